"""Explanations of late tickets: owner, cause and remedy (002-22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from logbook.accounts.rights import Person
from logbook.database.tables import late_explanations, tickets
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.reports.figures import LateCase
from logbook.tickets.lifecycle import is_guided

Codes = Iterable[str]


def _keep(insert: InsertInto) -> Any:
    new = insert(late_explanations)
    words = ("owner", "cause", "remedy", "written_by", "written_at")
    kept = {name: new.excluded[name] for name in words}
    return new.on_conflict_do_update(index_elements=["report_id", "code"], set_=kept)


_KEEP = PerDatabase(_keep)


def keep(
    conn: Connection, report_id: int, code: str, words: Mapping[str, str], who: Person, now: datetime
) -> None:
    """Keep `owner`, `cause` and `remedy` of one late ticket in one report; the last ones count."""
    values = {"report_id": report_id, "code": code, "written_by": who.id, "written_at": now}
    conn.execute(_KEEP.on(conn), values | dict(words))


def explained(conn: Connection, report_id: int, late: tuple[LateCase, ...]) -> tuple[LateCase, ...]:
    """Return the late tickets with what was written for this report in the place of what they had.

    One that has become a conflict, khiếu nại or tố cáo since the report was made is sealed as well.
    """
    query = select(late_explanations).where(late_explanations.c.report_id == report_id)
    written = {row.code: row for row in conn.execute(query)}
    apart = {row.code for row in _now(conn, late) if row.conflict or _guided(row)}
    return tuple(
        replace(_with(case, written.get(case.code)), sealed=case.sealed or case.code in apart)
        for case in late
    )


def unexplained(conn: Connection, report_id: int, late: tuple[LateCase, ...]) -> int:
    """Return how many late tickets lack an owner, a cause or a remedy; a khiếu nại or tố cáo needs none."""
    owed = {row.code for row in _now(conn, late) if not _guided(row)}
    return sum(not case.explained and case.code in owed for case in explained(conn, report_id, late))


def written_before(conn: Connection, codes: Codes) -> Mapping[str, Any]:
    """Return the last explanation of each of these tickets in any report, to go on from."""
    query = select(late_explanations).where(late_explanations.c.code.in_(list(codes)))
    return {row.code: row for row in conn.execute(query.order_by(late_explanations.c.id))}


def carried_over(conn: Connection, late: tuple[LateCase, ...]) -> tuple[LateCase, ...]:
    """Return late tickets with what another report's readers were told of them, where they lack something."""
    written = written_before(conn, [case.code for case in late if not case.explained])
    return tuple(_with(case, written.get(case.code)) for case in late)


def _with(case: LateCase, written: Row[Any] | None) -> LateCase:
    if written is None:
        return case
    return replace(case, owner=written.owner, cause=written.cause, remedy=written.remedy)


def _now(conn: Connection, late: Iterable[LateCase]) -> list[Row[Any]]:
    columns = (tickets.c.code, tickets.c.kind, tickets.c.state, tickets.c.conflict)
    codes = [case.code for case in late]
    return list(conn.execute(select(*columns).where(tickets.c.code.in_(codes))))


def _guided(row: Row[Any]) -> bool:
    return is_guided(row.state, row.kind)
