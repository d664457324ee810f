"""Calls and one call's timeline."""

from logbook.console.desk import Desk


def add(desk: Desk) -> None:
    """Add the pages of this part."""
