"""A report as a file: the document that is signed, or the workbook, from the same kept figures."""

from __future__ import annotations

from collections.abc import Set

from sqlalchemy import Connection

from logbook.console.words import Words
from logbook.reports import made
from logbook.reports.made import Report
from logbook.reports.periods import WEEKLY


def written(
    conn: Connection, found: Report, says: Words, hidden: Set[str], ending: str, mark: str = ""
) -> bytes:
    """Return the report as .docx or .xlsx; `hidden` are the codes of late tickets the reader may not see."""
    team = made.team_part(conn, found.period) if found.kind == WEEKLY else None
    if ending == "docx":
        from logbook.reports import document as documents  # a writer is loaded when somebody wants a file

        return documents.written(found, says, team, frozenset(hidden), mark=mark)
    from logbook.reports import workbook as workbooks

    before = made.earlier(conn, found.counted, workbooks.TREND - 1)
    part = found.team_part or ("" if found.kind != WEEKLY else says("report_team_missing"))
    return workbooks.written(found, before, says, part, frozenset(hidden), mark=mark)
