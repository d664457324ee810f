"""Page of the register of officials: who serves where, from when until when."""

from __future__ import annotations

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook import phone_numbers
from logbook.accounts import accounts, audit_log, last_days
from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.officials import register
from logbook.officials.register import (
    Official,
    OfficialDetails,
    OfficialRefusedError,
    Organisation,
    RemindedBy,
    StaleOfficialError,
)
from logbook.settings import own_numbers
from logbook.tickets import new_accounts

Page = tuple[str, int] | Response | str
ONE = "/officials/<int(max=2147483647):official_id>"


def add(desk: ConsoleFrame) -> None:
    """`/console/officials`, the form of one person, and leaving."""

    @desk.page("/officials", Act.SEE_OFFICIALS)
    def officials() -> str:
        today = local(desk.now).date()
        with desk.reading() as conn:
            everybody = register.listed(conn)
        return desk.show(
            "officials.html",
            here="officials",
            serving=[one for one in everybody if one.serves_on(today)],
            others=[one for one in everybody if not one.serves_on(today)],
            today=today,
        )

    @desk.page("/officials/new", Act.RUN_OFFICIALS)
    def official_new() -> str:
        blank = OfficialDetails(
            "", "", "", Organisation.CIVIL_SERVANT, _today(desk), "", "", "", photo_consent=False
        )
        return _form(desk, None, blank)

    @desk.page("/officials/new", Act.RUN_OFFICIALS, methods=("POST",))
    def official_add() -> Page:
        details = _typed()
        try:
            _refuse_our_own(desk, details)
            with desk.writing() as conn:
                made = register.add(conn, details, desk.now)
                last_days.close_after(conn, made.login, made.until)
                _note(desk, conn, "add_official", made)
                return desk.back("officials", "official_added")
        except OfficialRefusedError as refused:
            return _form(desk, None, details, str(refused.args[0])), 400

    @desk.page(ONE, Act.RUN_OFFICIALS)
    def official(official_id: int) -> str:
        with desk.reading() as conn:
            found = _found(conn, official_id)
        return _form(desk, found, _particulars(found))

    @desk.page(ONE, Act.RUN_OFFICIALS, methods=("POST",))
    def official_change(official_id: int) -> Page:
        return _change(desk, official_id)

    @desk.page(f"{ONE}/leave", Act.RUN_OFFICIALS, methods=("POST",))
    def official_leave(official_id: int) -> Page:
        return _leave(desk, official_id)


def _change(desk: ConsoleFrame, official_id: int) -> Page:
    details = _typed()
    with desk.reading() as conn:
        before = _found(conn, official_id)
    try:
        _refuse_our_own(desk, details)
        with desk.writing() as conn:
            after, changed = register.change(conn, official_id, _version(), details, desk.now)
            if "login" in changed:
                new_accounts.keep_away(conn, after, desk.person.login, desk.now)
            if {"login", "until"} & set(changed):
                last_days.close_after(conn, after.login, after.until)
            if changed:
                _note(desk, conn, "change_official", after, changed=", ".join(changed))
            return desk.back("officials", "official_kept")
    except OfficialRefusedError as refused:
        return _form(desk, before, details, str(refused.args[0]), version=_version()), 400
    except StaleOfficialError as outdated:
        now = outdated.args[0]
        return _form(desk, now, details, "people_outdated", theirs=now), 409


def _leave(desk: ConsoleFrame, official_id: int) -> Page:
    with desk.reading() as conn:
        before = _found(conn, official_id)
    try:
        with desk.writing() as conn:
            last_day = request.form.get("last_day", "")[:10]
            after = register.leave(conn, official_id, _version(), last_day)
            last_days.close_after(conn, after.login, after.until)
            _note(desk, conn, "leave_official", after, until=str(after.until))
            return desk.back("officials", "official_left")
    except OfficialRefusedError as refused:
        return _form(desk, before, _particulars(before), str(refused.args[0])), 400
    except StaleOfficialError as outdated:
        now = outdated.args[0]
        return _form(desk, now, _particulars(now), "people_outdated", theirs=now), 409


def _refuse_our_own(desk: ConsoleFrame, details: OfficialDetails) -> None:
    """The hotline never rings itself, so nobody is reached at its own numbers (B-16)."""
    if phone_numbers.parse(details.telephone).e164 in own_numbers.of_line(desk.settings):
        raise OfficialRefusedError("account_telephone_ours")


def _typed() -> OfficialDetails:
    form = request.form
    return OfficialDetails(
        form.get("name", ""),
        form.get("title", ""),
        form.get("unit", ""),
        form.get("organisation", "")[:16],
        form.get("since", "")[:10],
        form.get("until", "")[:10],
        form.get("login", ""),
        form.get("telephone", "")[:40],
        form.get("photo_consent", "") == "yes",
        form.get("key", "")[:64],
        form.get("reminded_by", RemindedBy.MESSAGE)[:8],
    )


def _particulars(official: Official) -> OfficialDetails:
    return OfficialDetails(
        official.name,
        official.title,
        official.unit,
        official.organisation,
        official.since.isoformat(),
        official.until.isoformat() if official.until else "",
        official.login or "",
        phone_numbers.dotted(official.telephone) if official.telephone else "",
        official.photo_consent_at is not None,
        reminded_by=official.reminded_by,
    )


def _version() -> int:
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _found(conn: Connection, official_id: int) -> Official:
    return register.find(conn, official_id) or abort(404)


def _today(desk: ConsoleFrame) -> str:
    return local(desk.now).date().isoformat()


def _form(
    desk: ConsoleFrame,
    official: Official | None,
    details: OfficialDetails,
    wrong: str = "",
    *,
    version: int | None = None,
    theirs: Official | None = None,
) -> str:
    settings = desk.settings
    configured = {one.id for one in settings.duty.people} | {
        one.id for one in settings.notifications.officials
    }
    with desk.reading() as conn:
        logins = [(one.login, one.name) for one in accounts.listed(conn, desk.now)]
    if details.login and details.login not in dict(logins):
        logins.append((details.login, details.login))
    return desk.show(
        "official.html",
        here="officials",
        official=official,
        told=details,
        version=(official.version if official else 0) if version is None else version,
        wrong=wrong,
        theirs=theirs,
        organisations=list(Organisation),
        reminders=list(RemindedBy),
        logins=logins,
        today=_today(desk),
        called_by_settings=official is not None and bool({official.key, official.second_key} & configured),
    )


def _note(desk: ConsoleFrame, conn: Connection, act: str, official: Official, **details: object) -> None:
    audit_log.write(
        conn, desk.person, act, f"official:{official.id}", desk.now, "", key=official.key, **details
    )
