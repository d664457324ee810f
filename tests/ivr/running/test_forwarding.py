"""What the front answers by itself when the pages' process is gone."""

from __future__ import annotations

import io
from typing import Any

import pytest

from ivr.running.forwarding import Forwarder, Pages
from logbook.texts.catalogue import load_texts


@pytest.mark.row("S13")
@pytest.mark.parametrize(("secure", "wanted"), [(True, "max-age=31536000"), (False, None)])
def test_its_own_apology_asks_for_https_as_every_page_does(secure: bool, wanted: str | None) -> None:
    front = Forwarder(Pages("127.0.0.1", 1, "word"), load_texts()["vi"], secure=secure)
    seen: dict[str, Any] = {}

    def begin(status: str, fields: list[tuple[str, str]], *_: object) -> Any:
        seen.update(fields, status=status)

    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "REQUEST_URI": "/", "REMOTE_ADDR": "127.0.0.1"}
    list(front({**asked, "wsgi.input": io.BytesIO(b"")}, begin))
    assert seen["status"].startswith("503")
    assert seen.get("Strict-Transport-Security") == wanted
