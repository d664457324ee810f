"""Page of forms written for citizens: a short form for a phone, and a week's list (001-08 to 001-13)."""

from __future__ import annotations

from datetime import date, timedelta

from flask import request
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.office.duty import read_day
from logbook.duty import team, week, written_forms
from logbook.duty.written_forms import (
    CheckResult,
    Confirmed,
    FormRefusedError,
    Manner,
    WrittenForm,
    WrittenFormRow,
)

Page = tuple[str, int] | Response | str


def add(desk: ConsoleFrame) -> None:
    """`/console/forms` and the form of the next case."""

    @desk.page("/forms", Act.SEE_FORMS)
    def written() -> str:
        return _page(desk)

    @desk.page("/forms", Act.WRITE_FORMS, methods=("POST",))
    def write_form() -> Page:
        try:
            form = _typed(desk)
            with desk.writing() as conn:
                number = written_forms.enter(
                    conn, form, desk.settings.team.excluded, desk.person.login, desk.now
                )
                subject = f"form:{number}"
                audit_log.write(conn, desk.person, "write_form", subject, desk.now, helper=form.helper)
                return desk.back("written", "forms_kept")
        except FormRefusedError as refused:
            return _page(desk, refused), 400


def _typed(desk: ConsoleFrame) -> WrittenForm:
    """The case as it was typed; FormRefusedError for what is missing."""
    given = {name: request.form.get(name, "").strip() for name in request.form}
    today = local(desk.now).date()
    day = read_day(given.get("date", "")) if given.get("date") else today
    appointment = read_day(given.get("appointment", ""))
    if day is None or day > today:
        raise FormRefusedError("forms_date_bad")
    if given.get("appointment") and appointment is None:
        raise FormRefusedError("forms_appointment_bad")
    if given.get("confirmed_by") not in tuple(Confirmed):
        raise FormRefusedError("forms_confirmed_missing")
    if given.get("check_result") not in tuple(CheckResult) or given.get("manner") not in tuple(Manner):
        raise FormRefusedError("forms_check_missing")
    helper = given.get("helper", "")
    if helper not in dict(_helpers(desk, day)):
        raise FormRefusedError("forms_helper_bad")
    procedure, field = given.get("procedure", ""), given.get("field", "")
    again = None if procedure else _repeated(desk, given.get("again", ""))
    if again is not None:
        procedure, field = again.form.procedure, again.form.field
    return WrittenForm(
        day,
        procedure,
        field,
        helper,
        Manner(given["manner"]),
        given.get("asked_for") == "yes",
        CheckResult(given["check_result"]),
        given.get("receipt", ""),
        appointment,
        given.get("same_day") == "yes",
        Confirmed(given["confirmed_by"]),
    )


def _repeated(desk: ConsoleFrame, typed: str) -> WrittenFormRow | None:
    """The case whose procedure is the same as this one's, where one was chosen and nothing typed."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        return None
    with desk.reading() as conn:
        return written_forms.find(conn, int(typed))


def _helpers(desk: ConsoleFrame, day: date) -> list[tuple[str, str]]:
    """Key and name of those who may have helped on a day, the signed-in person first."""
    with desk.reading() as conn:
        found = [one for one in team.members(conn, day, day) if one.serves_on(day)]
    own = [(one.person, one.name) for one in found if one.login == desk.person.login]
    duty = desk.settings.duty.of_login(desk.person.login)
    own += [] if duty is None else [(duty.id, duty.name)]
    rest = [(one.person, one.name) for one in found]
    rest += [(one.id, one.name) for one in desk.settings.duty.people]
    return list(dict([*own, *rest]).items())


def _page(desk: ConsoleFrame, refused: FormRefusedError | None = None) -> str:
    today = local(desk.now).date()
    begins = week.monday(read_day(request.args.get("week", "")) or today)
    ends = begins + timedelta(days=6)
    with desk.reading() as conn:
        shown = written_forms.between(conn, begins, ends)
        counts = written_forms.counted(conn, begins, ends)
        late = written_forms.overdue(conn, today)
        newest = written_forms.newest_by(conn, desk.person.login)
        again = written_forms.to_repeat(conn)
    return desk.show(
        "written_forms.html",
        here="written",
        shown=shown,
        counts=counts,
        late=late,
        again=again,
        last_field="" if newest is None else newest.form.field,
        begins=begins,
        ends=ends,
        previous=begins - week.WEEK,
        following=begins + week.WEEK,
        today=today,
        helpers=_helpers(desk, today),
        names=dict(_helpers(desk, begins) + _helpers(desk, today)),
        procedures=[one.name for one in desk.settings.procedures],
        excluded=desk.settings.team.excluded,
        refused=refused,
        typed=request.form,
        manners=tuple(Manner),
        checks=tuple(CheckResult),
        confirmations=tuple(Confirmed),
    )
