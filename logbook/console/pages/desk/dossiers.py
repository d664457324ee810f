"""Page of the desk's dossiers, listed by what needs doing, with the month on top."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.dossiers import lists, quota, shares
from logbook.dossiers.lists import Dossier, WorkList
from logbook.dossiers.months import Month


def add(desk: ConsoleFrame) -> None:
    """`/console/dossiers`."""

    @desk.page("/dossiers", Act.SEE_DOSSIERS)
    def dossiers() -> str | Response:
        typed = request.args.get("reference", "").strip()
        with desk.reading() as conn:
            found = lists.by_reference(conn, typed) if typed else []
            if len(found) == 1:
                return redirect(url_for("console.dossier", dossier_id=found[0].id), code=303)
            return _list(desk, conn, typed, found)


def _list(desk: ConsoleFrame, conn: Connection, typed: str, found: list[Dossier]) -> str:
    part, now = desk.settings.dossiers, desk.now
    times, _ = desk.installation.calendars.now(conn)
    at = lists.moments(now, times.office, part)
    view = _view(request.args.get("view", ""))
    lines = lists.listed(conn, view, at, part, _after())
    month = Month.of(now)
    last = lines[lists.PAGE - 1].dossier if len(lines) > lists.PAGE else None
    moment = lists.key_of(view, last) if last is not None else None
    return desk.show(
        "dossiers.html",
        here="dossiers",
        view=view,
        counts={each: lists.counted(conn, each, at, part) for each in WorkList},
        most=lists.MOST_COUNTED,
        lines=lines[: lists.PAGE],
        after=f"{moment.isoformat()}~{last.id}" if last is not None and moment is not None else "",
        at=at,
        accept_by=lambda one: lists.accept_by(one, times.office, part),
        month=month,
        quota=quota.of_month(conn, month, part.quota_percent),
        shares=shares.of(conn, month.begins, month.ends, now),
        part=part,
        typed=typed,
        found=found,
        imported=audit_log.recent(conn, 1, act="import_dossiers"),
    )


def _view(text: str) -> WorkList:
    return WorkList(text) if text in set(WorkList) else WorkList.LATE


def _after() -> tuple[datetime, int] | None:
    moment, _, number = request.args.get("after", "").partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    good = at.tzinfo is not None and number.isascii() and number.isdecimal() and len(number) < 12
    return (at, int(number)) if good else None
