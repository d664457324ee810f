"""Page of paper slips: entry by keyboard, correction, exclusion with a reason, second entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.calls.criteria import CriteriaSet, of_id
from logbook.console.frame import ConsoleFrame
from logbook.duty.sessions import DutyKind, in_session
from logbook.ratings import campaign, instruments, second_entries, slip_lookup, slip_values, slips
from logbook.ratings.slip_values import PaperSlip, Respondent, SlipRefusedError, StaleSlipError, TypedSlip
from logbook.search import ticket_filters

Page = tuple[str, int] | Response | str
ONE = "/slips/<int(max=2147483647):slip_id>"
NEWEST = 50
"""Slips on one page."""
LAST = 8
"""Slips shown below the form of the next one."""
ORGANISATION = {"organisation", "t", "tc"}


def add(desk: ConsoleFrame) -> None:
    """`/console/slips`, the form of the next slip, one slip, and second entries."""

    @desk.page("/slips", Act.SEE_SLIPS)
    def slips_page() -> str:
        before = ticket_filters.whole(request.args.get("before"))
        asked = request.args.get("q", "")[:200]
        with desk.reading() as conn:
            found = slip_lookup.recent(conn, NEWEST + 1, before, asked)
        return desk.show(
            "slips.html",
            here="slips_page",
            slips=found[:NEWEST],
            older=found[NEWEST - 1].id if len(found) > NEWEST else None,
            asked=asked,
            outside=partial(_outside, desk),
            in_hours=_in_hours(desk),
        )

    @desk.page("/slips/new", Act.ENTER_SLIPS)
    def slip_new() -> str:
        return _form(desk, number=_next())

    @desk.page("/slips/new", Act.ENTER_SLIPS, methods=("POST",))
    def slip_add() -> Page:
        try:
            entry = _typed()
            with desk.writing() as conn:
                asked = instruments.for_slips(desk.settings)
                made = slips.enter(conn, entry, asked, desk.now, by=desk.person.id)
                outside = campaign.is_outside(desk.settings, made.finished_at)
                said = "slip_entered_outside" if outside else "slip_entered"
                return desk.back("slip_new", said, last=made.number)
        except SlipRefusedError as refused:
            return _form(desk, wrong=refused), 400

    @desk.page(ONE, Act.SEE_SLIPS)
    def slip(slip_id: int) -> str:
        return _one(desk, slip_id)

    @desk.page(ONE, Act.ENTER_SLIPS, methods=("POST",))
    def slip_change(slip_id: int) -> Page:
        return _change(desk, slip_id)

    @desk.page(f"{ONE}/void", Act.ENTER_SLIPS, methods=("POST",))
    def slip_void(slip_id: int) -> Page:
        return _void(desk, slip_id)

    _add_second_entries(desk)


def _add_second_entries(desk: ConsoleFrame) -> None:
    @desk.page("/slips/check", Act.ENTER_SLIPS)
    def slip_check() -> str:
        return _form(desk, number=_next(), second=True)

    @desk.page("/slips/check", Act.ENTER_SLIPS, methods=("POST",))
    def slip_check_now() -> Page:
        try:
            entry = _typed()
            with desk.writing() as conn:
                differs = second_entries.enter(conn, entry, desk.person.id, desk.now)
                number = slip_values.number_of(entry.number)
                if differs is not None:
                    return desk.back("slip_differences", "slip_check_differs")
                return desk.back("slip_check", "slip_check_agrees", last=number)
        except SlipRefusedError as refused:
            return _form(desk, wrong=refused, second=True), 400

    @desk.page("/slips/differences", Act.SEE_SLIPS)
    def slip_differences() -> str:
        with desk.reading() as conn:
            found, checked = second_entries.differences(conn)
        return desk.show("slip_differences.html", here="slips_page", found=found, checked=checked)


def _outside(desk: ConsoleFrame, slip: PaperSlip) -> bool:
    return campaign.is_outside(desk.settings, slip.finished_at)


def _in_hours(desk: ConsoleFrame) -> Callable[[PaperSlip], bool]:
    """Whether a slip was entered in the team's hours; another time is marked, not refused (001-03)."""
    with desk.reading() as conn:
        times, _ = desk.installation.calendars.now(conn)
    return lambda slip: in_session(times, DutyKind.SLIP_TEAM, slip.entered_at)


def _change(desk: ConsoleFrame, slip_id: int) -> Page:
    _known(desk, slip_id)
    try:
        entry = _typed()
        with desk.writing() as conn:
            before = _found(conn, slip_id)
            after, changed = slips.change(conn, slip_id, _version(), entry)
            if changed:
                _note(desk, conn, "change_slip", before, after, changed)
            return desk.back("slip", "slip_kept", slip_id=slip_id)
    except SlipRefusedError as refused:
        return _one(desk, slip_id, wrong=refused), 400
    except StaleSlipError:
        return _one(desk, slip_id, outdated=True), 409


def _void(desk: ConsoleFrame, slip_id: int) -> Page:
    _known(desk, slip_id)
    reason = request.form.get("reason", "")
    try:
        with desk.writing() as conn:
            after = slips.void(conn, slip_id, _version(), reason)
            subject = f"slip:{slip_id}"
            audit_log.write(conn, desk.person, "void_slip", subject, desk.now, reason, number=after.number)
            return desk.back("slip", "slip_voided", slip_id=slip_id)
    except SlipRefusedError as refused:
        return _one(desk, slip_id, wrong=refused), 400
    except StaleSlipError:
        return _one(desk, slip_id, outdated=True), 409


def _typed() -> TypedSlip:
    """Read the form; a mark of 0, or none, is an item the citizen left out."""
    form = request.form
    marks = [_mark(form.get(name, ""), place) for place, name in enumerate(_fields(), 1)]
    organisation = form.get("respondent", "").strip().casefold() in ORGANISATION
    return TypedSlip(
        form.get("number", "")[:200],
        form.get("reference", "")[:200],
        Respondent.ORGANISATION if organisation else Respondent.INDIVIDUAL,
        tuple(marks),
        form.get("comment", ""),
    )


def _fields() -> list[str]:
    places = (ticket_filters.whole(name[1:]) for name in request.form if name[:1] == "a")
    return [f"a{place}" for place in sorted(place for place in places if place)]


def _mark(text: str, place: int) -> int | None:
    typed = text.strip()
    if typed in ("", "0", "-"):
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 3):
        raise SlipRefusedError("answer_no_number", place=str(place))
    return int(typed)


def _next() -> str:
    """The number after the one that was entered last."""
    return slip_values.next_number(request.args.get("last", "")[: slip_values.LONGEST_NUMBER])


def _version() -> int:
    return ticket_filters.whole(request.form.get("version")) or 0


def _found(conn: Connection, slip_id: int) -> PaperSlip:
    return slip_lookup.find(conn, slip_id) or abort(404)


def _known(desk: ConsoleFrame, slip_id: int) -> None:
    with desk.reading() as conn:
        _found(conn, slip_id)


def _form(
    desk: ConsoleFrame, *, number: str = "", wrong: SlipRefusedError | None = None, second: bool = False
) -> str:
    form = request.form
    with desk.reading() as conn:
        newest = [] if second else slip_lookup.recent(conn, LAST)
    return desk.show(
        "slip_new.html",
        here="slips_page",
        asked=instruments.for_slips(desk.settings),
        number=form.get("number", number),
        form=form,
        wrong=wrong,
        second=second,
        newest=newest,
        outside=partial(_outside, desk),
    )


def _one(
    desk: ConsoleFrame, slip_id: int, *, wrong: SlipRefusedError | None = None, outdated: bool = False
) -> str:
    with desk.reading() as conn:
        found = _found(conn, slip_id)
        asked: CriteriaSet = of_id(conn, found.set_id)
    return desk.show(
        "slip.html",
        here="slips_page",
        slip=found,
        asked=asked,
        form=request.form,
        wrong=wrong,
        outside=partial(_outside, desk),
        in_hours=_in_hours(desk),
        outdated=outdated,
    )


def _note(
    desk: ConsoleFrame, conn: Connection, act: str, before: PaperSlip, after: PaperSlip, changed: list[str]
) -> None:
    """What was typed before stands in the audit log, and what was typed instead; a comment's words do not."""
    details = {
        name: f"{_shown(before, name)} > {_shown(after, name)}" for name in changed if name != "comment"
    }
    subject = f"slip:{before.id}"
    fields = ", ".join(changed)
    audit_log.write(
        conn, desk.person, act, subject, desk.now, "", number=before.number, changed=fields, **details
    )


def _shown(slip: PaperSlip, name: str) -> str:
    if name == "answers":
        return "".join("–" if mark is None else str(mark) for mark in slip.answers)
    return slip.reference if name == "dossier_id" else str(getattr(slip, name))
