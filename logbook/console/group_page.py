"""Groups of duplicates."""

from logbook.console.desk import Desk


def add(desk: Desk) -> None:
    """Add the pages of this part."""
