"""Writes one person's sessions as a calendar feed (RFC 5545), at a secret address."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime

from logbook.duty.on_duty import OnDuty

BACK_DAYS, AHEAD_DAYS = 7, 60
"""Days the feed shows before and after today."""
_LINE = 75
"""Octets of a line (RFC 5545, 3.1)."""


def address_key(secret: str, person: str) -> str:
    """Return the part of the feed's address that names a person and cannot be guessed."""
    seal = hmac.new(secret.encode(), f"duty-feed:{person}".encode(), hashlib.sha256).hexdigest()[:40]
    return f"{person}.{seal}"


def person_of(secret: str, key: str) -> str | None:
    """Return whose feed an address is; None for one that was not given out."""
    person, _, _ = key.partition(".")
    good = address_key(secret, person)
    return person if hmac.compare_digest(good.encode(), key.encode(errors="replace")) else None


def calendar(
    answers: Iterable[OnDuty], person: str, names: dict[str, str], title: str, now: datetime
) -> bytes:
    """Return the sessions in which `person` is on duty; `names` are what each kind is called."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tongdai//duty//VI",
        f"X-WR-CALNAME:{escaped(title)}",
    ]
    for one in answers:
        if person not in one.people:
            continue
        session = one.session
        lines += [
            "BEGIN:VEVENT",
            f"UID:{session.kind.value}-{session.date}-{session.window.start}-{person}@tongdai",
            f"DTSTAMP:{instant(now)}",
            f"DTSTART:{instant(session.begins)}",
            f"DTEND:{instant(session.ends)}",
            f"SUMMARY:{escaped(names[session.kind.value])}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return folded(lines)


def folded(lines: Iterable[str]) -> bytes:
    """Return the lines of a calendar as they are sent, none longer than 75 octets."""
    return b"".join(_folded(line) for line in lines)


def instant(moment: datetime) -> str:
    """Return a moment as calendars write it."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(words: str) -> str:
    """Return words as a calendar may hold them."""
    bare = words.replace("\\", "\\\\").replace("\r", "").replace("\n", "\\n")
    return bare.replace(",", "\\,").replace(";", "\\;")


def _folded(line: str) -> bytes:
    """A line cut into pieces of at most 75 octets, never within a letter."""
    pieces: list[bytes] = []
    piece = b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > _LINE - bool(pieces):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
