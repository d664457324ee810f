"""Search over tickets, calls and the audit log: find, filter, count, read."""
