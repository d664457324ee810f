"""Fills a sentence with examples, so that a page shows, and lets hear, what a caller would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from logbook.prompts.sentences import variables
from logbook.sentences import written
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue

_DAY = date(2026, 11, 20)


def filled(catalogue: Catalogue, text: str, settings: Settings, **words: str) -> str:
    """The sentence `text` with `words`, and an example for each of its other variables."""
    values = {**_values(catalogue, settings), **catalogue.names(), **words}
    return written(text.format_map({name: values.get(name, "…") for name in variables(text)}))


def menu_offer(catalogue: Catalogue, entries: Iterable[tuple[str, str]], *, closed: bool) -> str:
    """What the menu offers, entry by entry (purpose and key), as it is spoken in or out of hours."""
    prefix = "menu_closed_" if closed else "menu_"
    return " ".join(
        catalogue.sentence(
            "menu_choice",
            {"wish": catalogue.sentences[f"{prefix}{name}"], "key": catalogue.spell.number(int(key))},
        )
        for name, key in entries
    )


def _values(catalogue: Catalogue, settings: Settings) -> Mapping[str, str]:
    spell = catalogue.spell
    day, number = spell.day(_DAY), spell.number
    first = settings.procedures[0] if settings.procedures else None
    return {
        "office": settings.office.name_spoken,
        "code": spell.digits("004217", 3),
        "pin": spell.digits("4821", 4),
        "due": day,
        "received": day,
        "answered": day,
        "day": day,
        "at": spell.hours([(540, 555)]),
        "opening": spell.hours([(480, 660)]),
        "hours": spell.hours([(480, 660), (840, 990)]),
        "longest": spell.span(settings.complaint.max_seconds),
        "count": number(2),
        "number": number(1),
        "key": number(1),
        "lowest": number(settings.ratings.lowest),
        "highest": number(settings.ratings.highest),
        "days": catalogue.sentence("unit_working_day_many", {"count": number(10)}),
        "zero": catalogue.sentences.get("zero_clerk", ""),
        "wish": catalogue.sentences.get("menu_complaint", ""),
        "state": catalogue.sentences.get("state_in_progress", ""),
        "question": settings.ratings.criteria[0].text if settings.ratings.criteria else "",
        "procedure": first.name if first else "",
        "papers": first.papers if first else "",
        "fee": first.fee if first else "",
        "time_limit": first.time_limit if first else "",
        "where": first.where if first else "",
        "text": catalogue.sentences.get("recording_notice", ""),
    }
