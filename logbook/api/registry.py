"""Every route of the read API; a new one is an entry in `ROUTES` and a path in `openapi.json`."""

from flask import Blueprint

from logbook.api import calls, description, index, metrics, tickets
from logbook.api.frame import ApiFrame
from logbook.installation import Installation

ROUTES = (description, tickets, calls, index, metrics)
"""The route modules; each has `add(api)`."""


def api_blueprint(installation: Installation) -> Blueprint:
    """Return the read API of one installation."""
    api = ApiFrame(installation)
    for route in ROUTES:
        route.add(api)
    return api.blueprint
