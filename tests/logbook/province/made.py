"""Documents of offices as the province gets them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from logbook.province import register, signed
from logbook.province.figures import DeadlinesMet, MonthCounts, OfficeFigures, PartOf
from logbook.province.signed import SignedFigures
from logbook.settings import communes

DECEMBER_4 = datetime(2026, 12, 4, 2, 0, tzinfo=UTC)
PLACES = ("22504", "22489", "22366")


def seed(code: str) -> bytes:
    """The private key of an office."""
    return sha256(code.encode()).digest()


def part(part: int | None, of: int | None) -> PartOf:
    return PartOf(part=part, of=of)


def document(
    code: str = "22504", month: str = "2026-11", key: bytes | None = None, **changes: Any
) -> SignedFigures:
    """What the office of that code signs, with some figures changed."""
    commune = communes.of_code(code)
    assert commune is not None
    year, number = int(month[:4]), int(month[5:])
    confirmed = datetime(year + number // 12, number % 12 + 1, 3, 2, 0, tzinfo=UTC)
    answered = part(18, 20)
    counts = {
        "calls": 210,
        "calls_answered": 190,
        "tickets": 22,
        "answered": 20,
        "late": 0,
        "dossiers": 99,
        "slips": 50,
    }
    told: dict[str, Any] = {
        "office": code,
        "name": commune.name,
        "month": month,
        "version": 1,
        "report": 17,
        "report_hash": sha256(f"{code}{month}".encode()).hexdigest(),
        "confirmed_at": confirmed,
        "issued_at": confirmed,
        "smallest_group": 5,
        "target": 90,
        "minimum": 30,
        "quota_percent": 50,
        "criteria": tuple(part(38, 40) for _ in range(5)),
        "deadlines": DeadlinesMet(
            notify=part(22, 22),
            classify=part(21, 22),
            transfer=part(None, None),
            notice=part(20, 20),
            answer=answered,
        ),
        "counts": MonthCounts(**counts),
    }
    return signed.signed(OfficeFigures(**(told | changes)), key or seed(code))


def enrol(conn: Connection, *codes: str, since: str = "2026-01") -> None:
    """Await the figures of these offices."""
    for code in codes:
        register.enrol(conn, code, signed.public_key(seed(code)), since)
