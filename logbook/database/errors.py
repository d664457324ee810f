"""Errors that the database raises for all rooms."""


class StaleVersionError(Exception):
    """Somebody changed the ticket since it was read; look again before deciding."""
