"""What a citizen reads at an address that leads nowhere, or when something breaks: the office's words."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from logbook.installation import Installation
from logbook.public import rating
from logbook.public.frame import PublicFrame
from logbook.public.own_address import is_form_host

Explains = Callable[[HTTPException], Response]


def explains(installation: Installation) -> Explains:
    """Return what makes a page for citizens of an error for which no page answers by itself.

    On the form's own address the page leads nowhere else. Status and headers stay those of the error.
    """
    pages = PublicFrame(installation)

    def explain(error: HTTPException) -> Response:
        if is_form_host(request.host, installation.settings):
            page = rating.nowhere(installation)
        else:
            page = pages.not_found()[0].get_data(as_text=True)
        answer = Response(page, error.code, mimetype="text/html")
        for name, value in error.get_headers():
            answer.headers.setdefault(name, value)
        return answer

    return explain
