"""Numbered migrations of the logbook, shipped inside the package."""
