"""Pages about tickets: today, lists, one ticket, new ones."""
