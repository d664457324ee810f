"""Opens a ticket by hand (counter, box, book, mail, talk) and prints its receipt."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act, may
from logbook.calls import history
from logbook.calls.history import Call
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.console.pages.tickets.ticket import RULE
from logbook.ids import CallId
from logbook.settings import own_numbers
from logbook.tickets import open_by_hand, openings, tickets
from logbook.tickets.lifecycle import BroughtBy
from logbook.tickets.open_by_hand import CHANNELS, OPENED_BY_MINUTES, EntryRefusedError, ManualEntry
from logbook.tickets.tickets import case_of

Answer = str | tuple[str, int] | Response


def add(desk: ConsoleFrame) -> None:
    """`/console/tickets/new` and the receipt."""

    @desk.page("/tickets/new", Act.ENTER)
    def enter() -> str:
        with desk.reading() as conn:
            return _form(desk, conn, _call(desk, conn, request.args.get("call", "")), request.args, {})

    @desk.page("/tickets/new", Act.ENTER, methods=("POST",))
    def enter_now() -> Answer:
        form = request.form
        with desk.writing() as conn:
            call = _call(desk, conn, form.get("call", ""))
            times, _ = desk.installation.calendars.now(conn)
            complaint = desk.settings.complaint
            try:
                opened = open_by_hand.enter(
                    conn,
                    _entry(form, call),
                    actor=desk.person.login,
                    notice_due_at=times.office.add_days(desk.now, complaint.notice_days),
                    answer_due_at=times.office.add_days(desk.now, complaint.answer_days),
                    days=complaint.days,
                    now=desk.now,
                    secret=desk.settings.secret_key.get_secret_value(),
                    office=own_numbers.of_office(desk.settings),
                )
            except EntryRefusedError as refused:
                return _form(desk, conn, call, form, refused.problems), 400
            return desk.back("receipt", code=opened.code)

    @desk.page(f"{RULE}/receipt", Act.ENTER)
    def receipt(code: str) -> str:
        with desk.reading() as conn:
            ticket = tickets.find(conn, code)
            if ticket is None or ticket.channel not in CHANNELS:
                abort(404)
            mine = open_by_hand.entered_by(conn, ticket.id) == desk.person.login
            concerned = desk.person.id in ticket.subject_ids
            if concerned or not (mine or may(desk.person, Act.SEE_TICKETS, case_of(ticket))):
                abort(404)
            pin = open_by_hand.pin_of(ticket, desk.settings.secret_key.get_secret_value())
            return desk.show(
                "receipt.html",
                here="tickets",
                ticket=ticket,
                pin=pin,
                mine=mine,
                opens=may(desk.person, Act.SEE_TICKETS, case_of(ticket)),
                answer_days=desk.settings.complaint.answer_days,
            )


def _call(desk: ConsoleFrame, conn: Connection, given: str) -> Call | None:
    """The call a talk was held on, for whoever may see calls; its number need not be typed."""
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        return None
    if not may(desk.person, Act.SEE_CALLS):
        return None
    found = history.timeline(conn, CallId(int(given)))
    return None if found is None else found.call


def _entry(form: Mapping[str, str], call: Call | None) -> ManualEntry:
    number = form.get("number", "").strip(" #")
    if not number and call is not None and call.caller_number:
        number = call.caller_number
    return ManualEntry(
        channel=form.get("channel", ""),
        caller_type=form.get("caller_type", ""),
        content=form.get("content", ""),
        summary=form.get("summary", ""),
        name=form.get("name", ""),
        address=form.get("address", ""),
        number=number,
        anonymous=form.get("anonymous") == "1",
        opening_id=row_id(form.get("opening", "").strip()),
        call_id=call.id if call else None,
    )


def _form(
    desk: ConsoleFrame,
    conn: Connection,
    call: Call | None,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
) -> str:
    choices = openings.to_choose(conn)
    wanted = row_id(typed.get("opening", "").strip())
    chosen = None if wanted is None else openings.find(conn, wanted)
    if chosen is not None and chosen.found and chosen.withdrawn_at is None and chosen not in choices:
        choices.append(chosen)
    return desk.show(
        "entry.html",
        here="tickets",
        call=call,
        typed=typed,
        wrong=wrong,
        channels=CHANNELS,
        with_minutes=OPENED_BY_MINUTES,
        openings=choices,
        chosen=chosen,
        caller_types=list(BroughtBy),
    )
