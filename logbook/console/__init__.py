"""The signed-in web: what clerk, desk, chairman and administrator see and do."""

from logbook.console.frame import console_blueprint

__all__ = ["console_blueprint"]
