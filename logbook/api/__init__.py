"""The read API for other systems: tokens with rights, JSON, nothing that changes anything."""
