"""Pages of openings of the letter box and the book of opinions, with printed minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import LARGEST_ID, row_id
from logbook.console.pages.tickets.ticket import version_seen
from logbook.console.views import ticket_history
from logbook.database.errors import StaleVersionError
from logbook.search import openings as opening_list
from logbook.tickets import openings
from logbook.tickets.openings import CHANNELS, Minutes, Opening, OpeningRefusedError

PAGE = 30
RULE = f"/openings/<int(max={LARGEST_ID}):opening_id>"
Answer = str | tuple[str, int] | Response
FIELDS = ("channel", "opened_on", "opened_by", "witnesses", "found", "minutes_number", "note")


def add(desk: ConsoleFrame) -> None:
    """The list, the form for a new one, one opening with its tickets, and the sheet to be signed."""

    @desk.page("/openings", Act.SEE_OPENINGS)
    def openings() -> str:
        with desk.reading() as conn:
            found = opening_list.latest(conn, desk.person, PAGE + 1, _before())
            last = found[PAGE - 1].opening if len(found) > PAGE else None
            return desk.show("openings.html", here="openings", found=found[:PAGE], last=last)

    @desk.page("/openings/new", Act.ENTER)
    def opening_new() -> str:
        return _form(desk, {}, {})

    @desk.page("/openings/new", Act.ENTER, methods=("POST",))
    def opening_record() -> Answer:
        return _record(desk)

    @desk.page(RULE, Act.SEE_OPENINGS)
    def opening(opening_id: int) -> str:
        with desk.reading() as conn:
            return _one(desk, conn, _found(conn, opening_id))

    @desk.page(f"{RULE}/print", Act.SEE_OPENINGS)
    def opening_print(opening_id: int) -> str:
        with desk.reading() as conn:
            return _one(desk, conn, _found(conn, opening_id), template="opening_print.html")

    @desk.page(RULE, Act.ENTER, methods=("POST",))
    def opening_correct(opening_id: int) -> Answer:
        return _correct(desk, opening_id)

    @desk.page(f"{RULE}/withdraw", Act.ENTER, methods=("POST",))
    def opening_withdraw(opening_id: int) -> Answer:
        return _withdraw(desk, opening_id)


def _record(desk: ConsoleFrame) -> Answer:
    with desk.writing() as conn:
        try:
            number = openings.record(conn, _typed(), desk.person, today=_today(desk), now=desk.now)
        except OpeningRefusedError as refused:
            return _form(desk, request.form, refused.problems), 400
        return desk.back("opening", "opening_said_recorded", opening_id=number)


def _correct(desk: ConsoleFrame, opening_id: int) -> Answer:
    seen = version_seen()
    with desk.writing() as conn:
        found, typed = _found(conn, opening_id), request.form
        try:
            openings.correct(
                conn,
                opening_id,
                _typed(),
                desk.person,
                expected_version=seen,
                today=_today(desk),
                now=desk.now,
            )
        except OpeningRefusedError as refused:
            return _one(desk, conn, found, typed=typed, wrong=refused.problems, seen=seen), 400
        except StaleVersionError:
            return _one(desk, conn, _found(conn, opening_id), typed=typed, outdated=True), 409
        return desk.back("opening", "opening_said_corrected", opening_id=opening_id)


def _withdraw(desk: ConsoleFrame, opening_id: int) -> Answer:
    seen, why = version_seen(), request.form.get("why", "")
    with desk.writing() as conn:
        found = _found(conn, opening_id)
        try:
            openings.withdraw(conn, opening_id, why, desk.person, expected_version=seen, now=desk.now)
        except OpeningRefusedError as refused:
            return _one(desk, conn, found, wrong=refused.problems, why=why, seen=seen), 400
        except StaleVersionError:
            return _one(desk, conn, _found(conn, opening_id), outdated=True, why=why), 409
        return desk.back("opening", "opening_said_withdrawn", opening_id=opening_id)


def _found(conn: Connection, opening_id: int) -> Opening:
    found = openings.find(conn, opening_id)
    if found is None:
        abort(404)
    return found


def _one(
    desk: ConsoleFrame,
    conn: Connection,
    opening: Opening,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    why: str = "",
    seen: int | None = None,
    outdated: bool = False,
    template: str = "opening.html",
) -> str:
    """One opening; `seen` is the version a refused form was made from, whose words come back."""
    return desk.show(
        template,
        here="openings",
        opening=opening,
        entered=opening_list.tickets_of(conn, opening.id, desk.person),
        names=ticket_history.names(conn),
        channels=CHANNELS,
        today=_today(desk),
        typed={name: str(getattr(opening, name)) for name in FIELDS} if typed is None else typed,
        wrong=wrong or {},
        why=why,
        seen=opening.version if seen is None else seen,
        outdated=outdated,
        correcting=typed is not None,
    )


def _form(desk: ConsoleFrame, typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    return desk.show(
        "opening_new.html",
        here="openings",
        typed=typed,
        wrong=wrong,
        channels=CHANNELS,
        today=_today(desk),
    )


def _typed() -> Minutes:
    """The form as it was sent; a day or a number that cannot be read is none."""
    form = request.form
    found = form.get("found", "").strip()
    known = found.isascii() and found.isdecimal() and len(found) <= 6
    return Minutes(
        channel=form.get("channel", ""),
        opened_on=_day(form.get("opened_on", "")),
        opened_by=form.get("opened_by", ""),
        witnesses=form.get("witnesses", ""),
        found=int(found) if known else None,
        minutes_number=form.get("minutes_number", ""),
        note=form.get("note", ""),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _before() -> tuple[date, int] | None:
    """Day and number of the last opening shown, from an address like 2026-11-24.12; None: from the first."""
    day, _, number = request.args.get("before", "").partition(".")
    last = row_id(number)
    when = _day(day)
    return None if when is None or last is None else (when, last)


def _today(desk: ConsoleFrame) -> date:
    return local(desk.now).date()
