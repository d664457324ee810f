"""Masks (redacts) telephone numbers in texts that others wrote: logs, search words in exports (B4, T-28)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from logbook.phone_numbers import HIDDEN

_BEGIN = r"(?:(?<![0-9A-Za-z])|(?<=%2B))"
_END = r"(?![0-9A-Za-z])"
_PLAIN = re.compile(rf"{_BEGIN}(\+?[0-9]{{4}})[0-9]{{5,11}}{_END}")
_SPACED = re.compile(rf"{_BEGIN}((?:\+?84|0)(?:[\s.()-]?[0-9]){{2,3}})(?:[\s.()-]{{1,2}}[0-9]+){{1,4}}{_END}")
_SPACED_DIGITS = range(9, 13)
_DIGITS = re.compile(r"[0-9][0-9\s.()-]*[0-9]")
_CODE = 6
_SHORTEST_END = 3


def without_numbers(text: str) -> str:
    """`text` with every telephone number in it cut to how it begins, together or spaced: 0912••••••."""
    spaced = _SPACED.sub(lambda found: _cut(found[0], found[1]), text)
    return _PLAIN.sub(rf"\1{HIDDEN}", spaced)


def query_without_numbers(query: str) -> str:
    """The query of an address whose searched words (`q`) show no number and no end of one; codes stay.

    Whoever reads an exported file must not find there by which digits its cases were looked for.
    """
    details = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, _DIGITS.sub(_hide, value) if name == "q" else value) for name, value in details])


def _cut(whole: str, begin: str) -> str:
    digits = sum(sign.isdecimal() for sign in whole)
    return begin + HIDDEN if digits in _SPACED_DIGITS else whole


def _hide(found: re.Match[str]) -> str:
    digits = sum(sign.isdecimal() for sign in found[0])
    return found[0] if digits == _CODE or digits < _SHORTEST_END else HIDDEN
