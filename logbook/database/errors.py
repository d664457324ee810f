"""What the database refuses by the rules of all rooms."""


class StaleVersionError(Exception):
    """Somebody changed the ticket since it was read; look again before deciding."""
