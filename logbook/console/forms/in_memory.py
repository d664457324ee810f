"""Keeps uploaded files in memory: personal data in them must not reach a disk (002-32)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from werkzeug.formparser import FormDataParser


class InMemory(FormDataParser):
    """Reads forms without the temporary file a larger part would go to; the request's size is limited."""

    def __init__(self, stream_factory: object = None, **limits: Any) -> None:
        """Take the limits, and no other place for files."""
        del stream_factory
        super().__init__(stream_factory=lambda *_, **__: BytesIO(), **limits)
