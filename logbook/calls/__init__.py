"""Telephone calls and callbacks."""
