"""The ticket: what it is, what it may become, every move of it."""
