"""Who is on duty: dated sessions over the weekly pattern, absences with stand-ins, gaps."""
