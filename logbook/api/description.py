"""`/api/v1/openapi.json`: what the API answers, in OpenAPI 3.1, and what the asking client may read."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from flask import Response

from logbook.api.frame import ROOT, ApiFrame


@cache
def openapi() -> dict[str, Any]:
    """Return the description as it lies beside this file."""
    text = resources.files("logbook.api").joinpath("openapi.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def add(api: ApiFrame) -> None:
    """The description, and who the client is."""

    @api.route("/openapi.json", None)
    def description() -> Response:
        servers = [{"url": f"{api.settings.public_url}{ROOT}"}]
        return api.answer({**openapi(), "servers": servers})

    @api.route("/client", None)
    def client() -> Response:
        own = api.client
        return api.answer(
            {"name": own.name, "rights": sorted(own.rights), "expires_datetime": own.expires_at}
        )
