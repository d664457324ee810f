"""Writes out what a machine voice would misread: numbers, dates, hours, money, abbreviations.

Sentences of the line come spelled already; this is for the words of people, such as an answer read aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from logbook.texts.spoken import Speller, Vietnamese

ABBREVIATIONS = {
    "UBND": "Ủy ban nhân dân",
    "HĐND": "Hội đồng nhân dân",
    "TTHC": "thủ tục hành chính",
    "CCHC": "cải cách hành chính",
    "CCCD": "căn cước công dân",
    "CMND": "chứng minh nhân dân",
    "GCN": "giấy chứng nhận",
    "QSDĐ": "quyền sử dụng đất",
    "BHYT": "bảo hiểm y tế",
    "BHXH": "bảo hiểm xã hội",
    "TP": "thành phố",
    "QL": "quốc lộ",
    "VNĐ": "đồng",
}
_MOST = 9999
_DATE = re.compile(r"(?:ngày\s+)?\b([0-3]?\d)[/-]([01]?\d)[/-]((?:19|20)\d\d)\b")
_DAY = re.compile(r"(?:ngày\s+)?\b([0-3]?\d)/([01]?\d)\b(?![/\d])")
_HOUR = re.compile(r"\b([01]?\d|2[0-3])(?:[hg]|:)([0-5]\d)?(?!\w)")
_PHONE = re.compile(r"(?<![\w.])(?:\+84|0)\d(?:[ .-]?\d){7,10}(?!\d)|\b1[89]00(?:[ .-]?\d){4,6}\b")
_GROUPED = re.compile(r"\b\d{1,3}(?:\.\d{3})+\b(?:\s*(?:đ|VNĐ|VND)(?!\w))?")
_PERCENT = re.compile(r"\b(\d+)(?:,(\d+))?\s*%")
_NUMBER = re.compile(r"\d+")
_SHORT = re.compile(r"(?<!\w)(" + "|".join(ABBREVIATIONS) + r")(?!\w)")
_UNITS = ("", " nghìn", " triệu", " tỷ")


def spelled(text: str, speller: Speller) -> str:
    """Return `text` for the ear; in a language that leaves numerals to the voice, as it stands."""
    if not isinstance(speller, Vietnamese):
        return text
    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_SHORT, lambda found: ABBREVIATIONS[found[1]]),
        (_DATE, lambda found: _date(found, speller)),
        (_PHONE, lambda found: speller.digits(re.sub(r"\D", "", found[0].replace("+84", "0")), 4)),
        (_GROUPED, lambda found: _money(found[0], speller)),
        (_PERCENT, lambda found: _percent(found, speller)),
        (_HOUR, lambda found: speller.clock(int(found[1]) * 60 + int(found[2] or 0))),
        (_DAY, lambda found: _day(found, speller)),
        (_NUMBER, lambda found: number(found[0], speller)),
    )
    for pattern, written in steps:
        text = pattern.sub(written, text)
    return text


def number(digits: str, speller: Vietnamese) -> str:
    """A whole number in words; one that begins with 0, or is longer than nine digits, digit by digit."""
    if len(digits) > 9 or (len(digits) > 1 and digits.startswith("0")):
        return speller.digits(digits, 3)
    value = int(digits)
    if value <= _MOST:
        return speller.number(value)
    groups = []
    while value:
        value, rest = divmod(value, 1000)
        groups.append(rest)
    parts = [f"{speller.number(rest)}{_UNITS[at]}" for at, rest in enumerate(groups) if rest]
    return " ".join(reversed(parts))


def _date(found: re.Match[str], speller: Vietnamese) -> str:
    try:
        day = date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return found[0]
    return f"{speller.day(day)} năm {speller.number(day.year)}"


def _day(found: re.Match[str], speller: Vietnamese) -> str:
    try:
        return speller.day(date(2024, int(found[2]), int(found[1])))
    except ValueError:
        return found[0]


def _money(text: str, speller: Vietnamese) -> str:
    unit = " đồng" if re.search(r"[đĐD]", text) else ""
    return number(re.sub(r"\D", "", text), speller) + unit


def _percent(found: re.Match[str], speller: Vietnamese) -> str:
    rest = f" phẩy {speller.digits(found[2], 9)}" if found[2] else ""
    return f"{number(found[1], speller)}{rest} phần trăm"
