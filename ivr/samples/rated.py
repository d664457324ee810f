"""Samples of ratings by QR code, and of the yearly index the superior body published."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from ivr.samples.month import SampleMonth
from logbook.ratings import by_token, tokens, yearly
from logbook.ratings.by_token import Sent
from logbook.ratings.yearly import YearTyped

RATINGS = 28


def add(month: SampleMonth) -> None:
    """Put the codes that were handed out and what was sent with them on the agenda."""
    month.at(month.on(month.days[0], 0.1), partial(_yearly, month))
    for number in range(RATINGS):
        month.at(month.some_moment(month.days[1:]), partial(_rate, month, number))


def _rate(month: SampleMonth, number: int, conn: Connection) -> None:
    """Hand out a code and send a rating with it; every ninth citizen sends a second one in its place."""
    now = month.clock.now()
    code = tokens.make(conn, 1, month.people["desk_officer"].login, now - timedelta(minutes=20))[0]
    for _ in range(2 if number % 9 == 4 else 1):
        by_token.store(conn, month.hotline.settings, code, _sent(month), now)


def _sent(month: SampleMonth) -> Sent:
    dice = month.dice
    asked = by_token.instrument(month.hotline.settings)
    mood = dice.choices((1, 2, 3, 4, 5), (2, 4, 8, 42, 44))[0]
    marks = tuple(min(5, max(1, mood + dice.choice((0, 0, 0, -1, 1)))) for _ in asked.criteria)
    words = month.pick("praise" if mood > 3 else "blame") if dice.random() < 0.4 else ""
    official = dice.choice(month.made["officials"]).id if dice.random() < 0.8 else None
    return Sent(marks, official, month.pick("procedures")[0], words)


def _yearly(month: SampleMonth, conn: Connection) -> None:
    """The two years before, where the office has not entered them."""
    there = {one.year for one in yearly.listed(conn)}
    for back, year in enumerate(month.words["yearly"], 1):
        typed = YearTyped(
            str(month.last.year - back), *(year[name] for name in ("percent", "rank", "target", "document"))
        )
        if int(typed.year) not in there:
            yearly.keep(conn, typed, 0, month.people["survey_lead"].id, month.clock.now())
