"""Recordings: rows, files, fetching, checking."""
