"""A sample province: every commune of it as an office of its own, with a small month that was confirmed.

Only for demonstrations. A few offices have not confirmed theirs, so that the province's page names them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection

from logbook.accounts import accounts
from logbook.accounts.demo_accounts import FILE, LOGINS, demo_accounts
from logbook.accounts.rights import Person
from logbook.calendar.current import Calendars
from logbook.calendar.of_settings import WorkingTimes
from logbook.calls import calls, ratings
from logbook.clock import Clock, local
from logbook.database.engine import Database
from logbook.database_address import of_file
from logbook.dossiers.months import Month
from logbook.reports import due, late, made
from logbook.reports.counting import counted
from logbook.reports.leaving import issue
from logbook.reports.periods import MONTHLY
from logbook.settings.loading import Settings
from logbook.tickets import moves, open_by_phone
from logbook.tickets.verbs.registry import verbs

CALLS, TICKETS = 44, 14
UNCONFIRMED = 16
"""Every so manieth office has not confirmed its month."""
_WORDS = (
    "Đường vào thôn lở một đoạn, xe máy không qua được khi trời mưa.",
    "Mương trước nhà bị tắc, nước thải tràn ra đường.",
    "Hồ sơ khai sinh bị yêu cầu bổ sung nhiều lần.",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """One office while its month is written."""

    conn: Connection
    settings: Settings
    times: WorkingTimes
    dice: Random


def template(settings: Settings, folder: Path, now: datetime) -> Path:
    """Make one empty book with the sample accounts, and return it: all offices begin with a copy."""
    file = folder / "tongdai.db"
    database = Database(of_file(file))
    try:
        database.upgrade(now)
        with database.writing() as conn:
            demo_accounts(conn, replace(settings, data_folder=folder), now)
    finally:
        database.close()
    return file


def fill(settings: Settings, accounts_of: Path, number: int, now: datetime) -> bool:
    """Write last month into an office's book and confirm it, unless it is one of the few; whether it was."""
    if not settings.is_demo:
        raise ValueError("samples are for demonstrations")
    shutil.copyfile(accounts_of / FILE, settings.data_folder / FILE)
    database, month = Database(settings.database_url), Month.of(now).plus(-1)
    confirms = number % UNCONFIRMED != UNCONFIRMED - 1
    try:
        with database.writing() as conn:
            times, _ = Calendars(settings, Clock(now)).now(conn)
            _month(Opened(conn, settings, times, Random(number)), month)  # noqa: S311
            period = next(
                one
                for one in due(settings, times, now + timedelta(days=15))
                if (one.kind, one.name) == (MONTHLY, str(month))
            )
            made.made(conn, counted(conn, period, settings, times, now, None), now)
            if confirms:
                _confirm(conn, str(month), now)
        if confirms:
            issue.issue_due(database, settings, now)
    finally:
        database.close()
    return confirms


def _confirm(conn: Connection, month: str, now: datetime) -> None:
    people = {one.role: one for one in accounts.listed(conn) if one.login in LOGINS.values()}
    report = made.of_period(conn, MONTHLY, month)
    if report is None:
        return
    who: Person = people["chairman"]
    for case in report.counted.late:
        words = {"owner": "Văn phòng", "cause": "Thiếu người.", "remedy": "Đã bố trí thêm người."}
        late.keep(conn, report.id, case.code, words, who, now)
    made.confirm(conn, report, report.version, "Đồng ý với báo cáo.", who, now)


def _month(this: Opened, month: Month) -> None:
    """Calls that rated, and tickets answered mostly in time."""
    moments = _moments(this, month)
    kind: dict[str, Any] = {
        "kind": "feedback",
        "topic": "process",
        "category": None,
        "urgent": False,
        "reason": "",
    }
    for number in range(CALLS):
        at = next(moments)
        mood = this.dice.choices((2, 3, 4, 5), (1, 2, 40, 57))[0]
        call = _call(this, number, at)
        ratings.begin_response(
            this.conn, call.id, this.settings.ratings.key, this.settings.ratings.version, at
        )
        for criterion in this.settings.ratings.criteria:
            mark = min(5, max(1, mood + this.dice.choice((0, 0, 0, 0, -1))))
            ratings.rate(this.conn, call.id, criterion.key, mark, at)
    for number in range(TICKETS):
        at = next(moments)
        ticket = _ticket(this, CALLS + number, at).ticket
        answered = at + timedelta(days=this.dice.choice((1, 2, 3, 6)))
        steps: tuple[tuple[str, datetime, dict[str, Any]], ...] = (
            ("classify", at + timedelta(hours=1), kind),
            ("write", at + timedelta(hours=2), {"content": this.dice.choice(_WORDS), "summary": "Phản ánh"}),
            ("answer", answered, {"answer": "Đã kiểm tra và khắc phục. Xin cảm ơn."}),
        )
        for verb, when, details in steps:
            move = verbs()[verb](**{"reason": "", **details})
            moves.apply(this.conn, ticket.id, move, actor="canbotruc", now=when)


def _moments(this: Opened, month: Month) -> Iterator[datetime]:
    """Moments of working hours in the first three weeks, one after the other, as long as they are wanted."""
    step = timedelta(days=20) / (CALLS + TICKETS)
    for number in range(CALLS + TICKETS):
        at = local(month.begins + step * number)
        yield at.replace(hour=8 + this.dice.randrange(3), minute=this.dice.randrange(60))


def _call(this: Opened, number: int, at: datetime) -> calls.Call:
    code = f"+849{this.dice.randrange(10**8):08d}"
    return calls.begin(
        this.conn,
        sid=f"CA{number:032d}",
        direction="inbound",
        caller_raw=code,
        caller_number=code,
        called=this.settings.line.number,
        language="vi",
        place="{}",
        time_shift=0,
        now=at,
    )


def _ticket(this: Opened, number: int, at: datetime) -> open_by_phone.OpenedTicket:
    office, part = this.times.office, this.settings.complaint
    return open_by_phone.open_by_phone(
        this.conn,
        call=_call(this, number, at),
        recording_id=None,
        caller_type="individual",
        notice_due_at=office.add_days(at, part.notice_days),
        answer_due_at=office.add_days(at, part.answer_days),
        now=at,
        secret=this.settings.secret_key.get_secret_value(),
    )
