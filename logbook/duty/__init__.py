"""Duty: dated sessions over the weekly pattern, absences with stand-ins, gaps."""
