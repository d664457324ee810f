"""Retention: deletion by rule, legal holds, backups, restoring."""
