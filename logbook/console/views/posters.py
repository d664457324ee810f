"""What makes the hotline known: the poster's words and QR code, and the text that is read out (000-14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from logbook.calendar import weekly_hours
from logbook.printing.codes import qr_svg
from logbook.settings.loading import Settings
from logbook.texts.spoken import SPELLERS

Says = Callable[..., str]
SYLLABLES_A_MINUTE = 200
"""How fast a text is read over a loudspeaker; in Vietnamese every written word is one syllable."""
LONGEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class PromiseGroup:
    """4 xin, 4 luôn, 5 không, 3 không: the group's name and its promises in full (002-12)."""

    name: str
    promises: tuple[str, ...]


def promises(settings: Settings) -> list[PromiseGroup]:
    """Return the promises of the settings (`tickets.tags`), group by group as they stand there."""
    found: dict[str, list[str]] = {}
    for tag in settings.tickets.tags:
        group, _, promise = tag.name.partition(":")
        found.setdefault(group.strip(), []).append(promise.strip() or group.strip())
    return [PromiseGroup(name, tuple(words)) for name, words in found.items()]


def told_of(settings: Settings, says: Says, paper: str) -> dict[str, object]:
    """Return everything a poster of this paper ("a4" or "a3") shows; its code leads to the public pages."""
    hours = weekly_hours.lines(settings.calendars.hotline.week)
    address = f"{settings.public_url}/"
    return {
        "paper": paper,
        "agency": settings.office.agency,
        "title": settings.office.hotline_name,
        "call": says("poster_call"),
        "number": settings.line.number_shown,
        "hours": [says("poster_hours"), *hours],
        "always": says("poster_always"),
        "uses": [says(f"public_key_{key}") for key in ("procedures", "complain", "status", "rate")],
        "promises_title": says("poster_promises"),
        "promises": [{"name": one.name, "words": list(one.promises)} for one in promises(settings)],
        "qr": qr_svg(address),
        "address": address,
        "scan": says("poster_scan"),
        "foot": settings.office.address,
    }


def spoken(settings: Settings, says: Says) -> str:
    """Return the text for the loudspeaker: numbers in words, read aloud within a minute."""
    speller = SPELLERS["vi"]
    digits = "".join(sign for sign in settings.line.number_shown if sign.isdigit())
    runs = [
        (first, last, tuple((window.start, window.end) for window in windows))
        for first, last, windows in weekly_hours.stretches(settings.calendars.hotline.week)
    ]
    return says(
        "poster_spoken",
        office=settings.office.name_spoken,
        digits=speller.digits(digits, 4),
        week=speller.week(runs),
        place=settings.office.reception_place,
    )


def seconds(text: str) -> int:
    """Return how long a text is read aloud: its syllables, and half a second at each full stop."""
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    stops = sum(text.count(sign) for sign in ".!?")
    return -(-len(words) * 60 // SYLLABLES_A_MINUTE) + -(-stops // 2)
