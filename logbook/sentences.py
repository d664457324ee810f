"""Writes sentences as people do, beginning with a capital letter (U4)."""

from __future__ import annotations

import re

_BEGINS = re.compile(r"(?:\A|(?<=[.!?])\s+)[^\W\d_]")


def written(text: str) -> str:
    """Return `text` with a capital at its beginning and after each full stop; nothing else is touched.

    A stop inside a number or an address, as in 0258.3842.102, has no blank after it and begins nothing.
    """
    return _BEGINS.sub(lambda begins: begins[0].upper(), text)
