"""Every page citizens may read without signing in; a new one is an entry in `PAGES`."""

from flask import Blueprint

from logbook.installation import Installation
from logbook.public import answers, front, hours_feed, results
from logbook.public.frame import PublicFrame

PAGES = (front, results, answers, hours_feed)
"""The page modules; each has `add(pages)`."""


def public_blueprint(installation: Installation) -> Blueprint:
    """Return the public pages of one installation."""
    pages = PublicFrame(installation)
    for page in PAGES:
        page.add(pages)
    return pages.blueprint
