"""Tickets, calls and the audit log: found, filtered, counted, read."""
