"""Backups, restoring, deletion by rule, legal holds."""
