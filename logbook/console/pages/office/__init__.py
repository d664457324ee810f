"""Pages about the office: calendar, outbox, retention, kept forms."""
