"""What the database refuses by the rules of all rooms."""


class Outdated(Exception):  # noqa: N818
    """Somebody changed the ticket since it was read; look again before deciding."""
