"""Reports that were drawn: once per period; their texts change until the chairman confirms."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.calendar.of_settings import WorkingTimes
from logbook.database import samples
from logbook.database.tables import calls, reports, tickets
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import PersonId
from logbook.outbox import escalations
from logbook.plain_text import is_sentence, whole_text
from logbook.reports import cases, late
from logbook.reports import figures as counted
from logbook.reports.figures import Figures
from logbook.reports.periods import TEAM, WEEKLY, Period, team_due, week_of, weekly_now
from logbook.settings.loading import Settings

LONGEST = 10_000
"""Characters of a text people add to a report."""
LONGEST_OWNER, LONGEST_CAUSE = 120, 500
"""Characters of who answers for a late ticket, and of its cause or its remedy."""
MADE_BY = "scheduler"
_IN_LINE = 7_302_583_842_103
"""PostgreSQL advisory lock of reports and the team's parts: the number only has to stay the same."""
SOON = "report_soon"
"""Kind of the escalation that reminds the office of a report before it is drawn (004-07)."""


class ReportRefusedError(Exception):
    """The report cannot be changed so; `why` is confirmed, changed, empty, missing or unexplained."""

    def __init__(self, why: str) -> None:
        """Refuse with one word for the page."""
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Report:
    """One row of `reports`, its columns in the order of the table; `figures` is JSON."""

    id: int
    kind: str
    period: str
    starts_on: date
    ends_on: date
    made_at: datetime
    figures: str
    team_part: str | None
    remarks: str | None
    confirmed_at: datetime | None
    confirmed_by: int | None
    conclusion: str | None
    version: int

    @property
    def final(self) -> bool:
        """Whether the chairman has confirmed it; then nothing changes any more (004-18)."""
        return self.confirmed_at is not None

    @property
    def counted(self) -> Figures:
        """Its figures."""
        return counted.from_json(self.figures)


@dataclass(frozen=True, slots=True)
class TeamPart:
    """What the team handed in for a week (001-16): its text, when first, and whether after the hour."""

    text: str
    handed_in_at: datetime
    late: bool


def _insert(insert: InsertInto) -> Any:
    return insert(reports).on_conflict_do_nothing(index_elements=["kind", "period"]).returning(reports.c.id)


_INSERT = PerDatabase(_insert)


def made(conn: Connection, figures: Figures, now: datetime) -> int | None:
    """Keep a report and ask the chairman to confirm it; None when its period's was made before (001-17).

    The unique kind and period make it one for ever, whoever runs, restarts or sets the clock.
    """
    _wait_in_line(conn)
    team = team_part(conn, figures.period) if figures.kind == WEEKLY else None
    report_id: int | None = conn.execute(
        _INSERT.on(conn),
        {
            "kind": figures.kind,
            "period": figures.period,
            "starts_on": figures.starts_on,
            "ends_on": figures.ends_on,
            "made_at": now,
            "figures": counted.to_json(figures),
            "team_part": None if team is None else team.text,
            "version": 1,
        },
    ).scalar()
    if report_id is None:
        return None
    asked = escalations.open_once(
        conn,
        key=escalation_key(figures.kind, figures.period),
        kind="report",
        ladder="report",
        params={"kind": figures.kind, "period": figures.period},
        now=now,
    )
    if samples.any_samples(conn):  # its figures are drawn from samples, so it is one
        samples.note(conn, now, {"reports": [report_id], "escalations": [] if asked is None else [asked]})
    _settle(conn, SOON, figures.kind, figures.period, who=MADE_BY, now=now, person_id=None)
    audit_log.write(conn, MADE_BY, "make_report", f"report:{report_id}", now, period=figures.period)
    return report_id


def _wait_in_line(conn: Connection) -> None:
    """A report that is made and a team's part handed in look for each other: one at a time (001-16).

    Writers on SQLite are one at a time already.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_IN_LINE)))


def escalation_key(kind: str, period: str) -> str:
    """Return the name for ever of the escalation that asks for a report's conclusion."""
    return f"report:{kind}:{period}"


def periods_made(conn: Connection) -> frozenset[tuple[str, str]]:
    """Return kind and period of every report there is."""
    rows = conn.execute(select(reports.c.kind, reports.c.period).where(reports.c.kind != TEAM))
    return frozenset((row.kind, row.period) for row in rows)


def of_period(conn: Connection, kind: str, period: str) -> Report | None:
    """Return the report of one period, or None."""
    row = conn.execute(select(reports).where(reports.c.kind == kind, reports.c.period == period)).first()
    return None if row is None else Report(*row)


def of_id(conn: Connection, report_id: int) -> Report | None:
    """Return the report with this row number, or None; the team's parts are none."""
    row = conn.execute(select(reports).where(reports.c.id == report_id, reports.c.kind != TEAM)).first()
    return None if row is None else Report(*row)


def recent(conn: Connection, limit: int, before: int | None = None) -> list[Report]:
    """Return the newest reports first; `before` is the id of the last one already shown."""
    query = select(reports).where(reports.c.kind != TEAM)
    if before is not None:
        query = query.where(reports.c.id < before)
    return [Report(*row) for row in conn.execute(query.order_by(reports.c.id.desc()).limit(limit))]


def of_kind(conn: Connection, kind: str, limit: int) -> list[Report]:
    """Return the reports of one kind, the newest period first."""
    query = select(reports).where(reports.c.kind == kind).order_by(reports.c.ends_on.desc(), reports.c.id)
    return [Report(*row) for row in conn.execute(query.limit(limit))]


def earlier(conn: Connection, report: Report | Figures, limit: int) -> list[Figures]:
    """Return the figures of the reports of the same kind before this one, the earliest first."""
    query = (
        select(reports.c.figures)
        .where(
            reports.c.kind == report.kind,
            reports.c.period.like(like(report.period)),
            reports.c.ends_on < report.ends_on,
        )
        .order_by(reports.c.ends_on.desc())
        .limit(limit)
    )
    return [counted.from_json(text) for text in reversed(conn.execute(query).scalars().all())]


def just_before(conn: Connection, period: Period) -> Figures | None:
    """Return the figures of the very period before, of the same kind and length, or None."""
    query = select(reports).where(
        reports.c.kind == period.kind,
        reports.c.period.like(like(period.name)),
        reports.c.ends_on == period.starts_on - timedelta(days=1),
    )
    row = conn.execute(query).first()
    return None if row is None else Report(*row).counted


def like(period: str) -> str:
    """Return the pattern of periods that are as long: 2026Q4 is held against quarters, not against months."""
    return re.sub(r"\d", "_", period)


def begun_at(conn: Connection) -> datetime | None:
    """Return when the first call or ticket came; None while there was none, and nothing to report."""
    firsts = [
        conn.execute(select(func.min(column))).scalar()
        for column in (calls.c.started_at, tickets.c.opened_at)
    ]
    return min((at for at in firsts if at is not None), default=None)


# --- texts people add


def team_part(conn: Connection, period: str) -> TeamPart | None:
    """Return what the team handed in for a week, or None."""
    row = of_period(conn, TEAM, period)
    if row is None:
        return None
    return TeamPart(row.team_part or "", row.made_at, bool(json.loads(row.figures)["late"]))


def team_missing(conn: Connection, settings: Settings, times: WorkingTimes, now: datetime) -> Period | None:
    """Return the week before the one to be written for, where its part was due and never came (001-16)."""
    week = weekly_now(settings, times, now)
    last = week_of(week.starts_on - timedelta(days=7), settings, times)
    late = now > team_due(last, settings, times)
    return last if late and team_part(conn, last.name) is None else None


def hand_in(conn: Connection, week: Period, text: str, by: datetime, who: Person, now: datetime) -> None:
    """Keep the team's part of a week's report, the last text counts; `by` is when it is due (001-16).

    It goes into the week's report, also into one already made. ReportRefusedError once that is confirmed.
    """
    words = _text(text)
    _wait_in_line(conn)
    report = of_period(conn, WEEKLY, week.name)
    if report is not None:
        _change(conn, report, report.version, team_part=words)
    values = {
        "kind": TEAM,
        "period": week.name,
        "starts_on": week.starts_on,
        "ends_on": week.ends_on,
        "made_at": now,
        "figures": json.dumps({"late": now > by}),
        "team_part": words,
        "version": 1,
    }
    if conn.execute(_INSERT.on(conn), values).scalar() is None:
        conn.execute(
            update(reports)
            .where(reports.c.kind == TEAM, reports.c.period == week.name)
            .values(team_part=words, version=reports.c.version + 1)
        )
    audit_log.write(conn, who, "write_team_part", f"week:{week.name}", now, characters=len(words))


def remark(conn: Connection, report: Report, version: int, text: str, who: Person, now: datetime) -> None:
    """Keep the remarks of the head of the office (001-17, 001-18); ReportRefusedError."""
    _change(conn, report, version, remarks=_text(text))
    audit_log.write(conn, who, "remark_report", f"report:{report.id}", now)


def explained(conn: Connection, report: Report) -> Report:
    """Return the report with what was written for its late tickets until now (002-22)."""
    figures = report.counted
    details = late.explained(conn, report.id, figures.late)
    return replace(report, figures=counted.to_json(replace(figures, late=details)))


def explain(
    conn: Connection, report: Report, code: str, words: Mapping[str, str], who: Person, now: datetime
) -> None:
    """Keep `owner`, `cause` and `remedy` of a late ticket that `who` may see (002-22); ReportRefusedError."""
    known = {case.code for case in report.counted.late} & {code}
    if not cases.tickets_of(conn, list(known), who):
        raise ReportRefusedError("missing")
    longest = {"owner": LONGEST_OWNER, "cause": LONGEST_CAUSE, "remedy": LONGEST_CAUSE}
    kept = {name: " ".join(_text(words[name], limit).split()) for name, limit in longest.items()}
    _change(conn, report, report.version)
    if not (is_sentence(kept["cause"]) and is_sentence(kept["remedy"])):
        raise ReportRefusedError("no_sentence")
    late.keep(conn, report.id, code, kept, who, now)
    audit_log.write(conn, who, "explain_late", f"report:{report.id}", now)


def confirm(conn: Connection, report: Report, version: int, text: str, who: Person, now: datetime) -> None:
    """Make a report final by the chairman's conclusion (004-18); ReportRefusedError.

    `version` is what the chairman saw: a report changed meanwhile is not confirmed unseen. Only that of a
    week is final while a late ticket in it is unexplained (002-22).
    """
    if report.kind != WEEKLY and not report.final and late.unexplained(conn, report.id, report.counted.late):
        raise ReportRefusedError("unexplained")
    _change(conn, report, version, conclusion=_text(text), confirmed_at=now, confirmed_by=who.id)
    _settle(conn, "report", report.kind, report.period, who=who.login, now=now, person_id=who.id)
    audit_log.write(conn, who, "confirm_report", f"report:{report.id}", now)


def _settle(
    conn: Connection,
    asked: str,
    kind: str,
    period: str,
    *,
    who: str,
    now: datetime,
    person_id: PersonId | None,
) -> None:
    """Settle the escalations of a report, also where one was handed on."""
    for row in escalations.unsettled(conn):
        if (row.kind, row.param("kind"), row.param("period")) == (asked, kind, period):
            how: escalations.How = "moot" if person_id is None else "click"
            escalations.acknowledge(conn, row.id, how=how, who=who, now=now, person_id=person_id)


def _change(conn: Connection, report: Report, version: int, **values: Any) -> None:
    done = conn.execute(
        update(reports)
        .where(
            reports.c.id == report.id,
            reports.c.version == version,
            reports.c.confirmed_at.is_(None),
        )
        .values(version=version + 1, **values)
    )
    if done.rowcount == 1:
        return
    held = of_id(conn, report.id)
    raise ReportRefusedError("missing" if held is None else "confirmed" if held.final else "changed")


def _text(text: str, longest: int = LONGEST) -> str:
    words = whole_text(text.replace("\r\n", "\n").replace("\r", "\n"), longest)
    if not words:
        raise ReportRefusedError("empty")
    return words
