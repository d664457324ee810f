"""Exports the filtered list: columns, with or without callers; the audit log notes it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from flask import send_file
from werkzeug.wrappers import Response

from logbook import phone_numbers
from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.console.words import Words
from logbook.masking import query_without_numbers
from logbook.plain_text import whole_text
from logbook.reports import spreadsheet
from logbook.reports.spreadsheet import Cell, Column
from logbook.search import counts
from logbook.search.ticket_filters import Filters
from logbook.search.ticket_list import TicketQuery
from logbook.tickets.lifecycle import is_guided

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
PLAIN = (
    ("code", 10),
    ("opened_at", 17),
    ("channel", 14),
    ("kind", 14),
    ("topic", 20),
    ("category", 26),
    ("urgent", 8),
    ("summary", 36),
    ("content", 60),
    ("concerned", 20),
    ("assigned", 20),
    ("state", 16),
    ("notice_due_at", 17),
    ("answer_due_at", 17),
    ("answered_at", 17),
    ("answer", 60),
    ("closed_at", 17),
    ("outcome", 18),
    ("cause", 36),
    ("remedy", 36),
    ("caller_number", 16),
)
"""The columns of every file and their width in characters."""
CALLERS = (("caller_name", 24), ("caller_address", 36))
"""What is added when the callers go along."""
LABELLED = frozenset({"kind", "topic", "channel", "state", "outcome"})


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered: the kind of file, whether callers go along, why; `wrong` is a text key or empty."""

    format: str
    with_callers: bool
    reason: str
    wrong: str


def read(form: Mapping[str, str], may_see_callers: bool) -> Order:
    """Read the form; callers go along only for who may see them, and only with a reason (B4)."""
    reason = " ".join(whole_text(form.get("reason", ""), 500).split())
    with_callers = bool(form.get("with_callers")) and may_see_callers
    wrong = ""
    if form.get("format") not in TYPES:
        wrong = "tickets_export_format"
    elif with_callers and not reason:
        wrong = "tickets_export_needs_reason"
    return Order(form.get("format", ""), with_callers, reason, wrong)


def sent(desk: ConsoleFrame, filters: Filters, order: Order) -> Response:
    """Write the file aside, then the audit log, and only then let it go.

    Read and audit log are two transactions: a long file must not hold up the calls that are written
    meanwhile.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        with desk.reading() as conn:
            asked = TicketQuery(conn, filters, desk.person, desk.now, counts.SOON)
            count = _write(file, desk, filters, order, asked)
        with desk.writing() as conn:
            audit_log.write(
                conn,
                desk.person,
                "export",
                "tickets",
                desk.now,
                order.reason,
                filter=query_without_numbers(filters.as_query()),
                rows=count,
                format=order.format,
                with_callers=order.with_callers,
            )
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"phieu-{local(desk.now):%Y%m%d-%H%M}.{order.format}"
    answer = send_file(file, TYPES[order.format], as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _write(file: BinaryIO, desk: ConsoleFrame, filters: Filters, order: Order, asked: TicketQuery) -> int:
    words = desk.words
    names = PLAIN + CALLERS if order.with_callers else PLAIN
    columns = [Column(words(f"tickets_column_{name}"), width) for name, width in names]
    if mark := desk.mark:
        columns[0] = replace(columns[0], title=f"{mark}: {columns[0].title}")
    rows = _rows(asked, [name for name, _ in names], desk, order.with_callers)
    if order.format == "csv":
        return spreadsheet.write_csv(file, columns, rows)
    about = [
        (words("tickets_about_office"), desk.settings.office.agency),
        (words("tickets_about_made"), f"{words.moment(desk.now)} ({words('tickets_about_zone')})"),
        (words("tickets_about_by"), desk.person.name),
        (words("tickets_about_filter"), query_without_numbers(filters.as_query())),
        (words("tickets_about_reason"), order.reason),
    ]
    return spreadsheet.write_xlsx(
        file, words("tickets_sheet"), columns, rows, (words("tickets_about"), about)
    )


def _rows(
    asked: TicketQuery, names: list[str], desk: ConsoleFrame, with_callers: bool
) -> Iterator[list[Cell]]:
    words = desk.words
    callers = with_callers and may(desk.person, Act.SEE_CALLER)
    for row in asked.everything():
        # The caller of a khiếu nại or tố cáo never leaves in a file (rules B1).
        shown = callers and not is_guided(row.state, row.kind)
        yield [
            asked.named(row.subject_ids) if name == "concerned" else _cell(words, desk, row, name, shown)
            for name in names
        ]


def _cell(words: Words, desk: ConsoleFrame, row: Any, name: str, shown: bool) -> Cell:
    value = getattr(row, name)
    match name:
        case "caller_number":
            return None if value is None else (phone_numbers.dotted if shown else phone_numbers.masked)(value)
        case "caller_name" | "caller_address":
            return value if shown else None
        case "urgent":
            return words("tickets_urgent") if value else None
        case "category":
            found = desk.settings.tickets.category(value)
            return found.name if found else value
        case _ if name in LABELLED:
            return label(words, name, value)
        case _:
            cell: Cell = value
            return cell


def label(words: Words, name: str, value: str | None) -> str | None:
    """A stored word as it is read; one that has no text yet stands as it is."""
    if value is None:
        return None
    key = f"ticket_{name}_{value}"
    return words(key) if words.has(key) else value
