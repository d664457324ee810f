"""Prints slips in numbered batches; the audit log notes each batch."""

from __future__ import annotations

import io
import json

from flask import request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.ratings import instruments, slips
from logbook.reports.survey import slip_sheets
from logbook.search import ticket_filters

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
USUAL = 20
FIRST = "P-0001"


def add(desk: ConsoleFrame) -> None:
    """`/console/slips/print`."""

    @desk.page("/slips/print", Act.ENTER_SLIPS)
    def slip_print() -> str:
        with desk.reading() as conn:
            first = _next(conn)
        return _form(desk, first, str(USUAL))

    @desk.page("/slips/print", Act.ENTER_SLIPS, methods=("POST",))
    def slip_print_now() -> Response | tuple[str, int]:
        typed, count = request.form.get("first", ""), request.form.get("count", "")
        numbers = _numbers(slips.number_of(typed), ticket_filters.whole(count) or 0)
        if not numbers:
            return _form(desk, typed, count, wrong=True), 400
        asked = instruments.for_slips(desk.settings)
        file = slip_sheets.written(desk.settings.office.agency, asked, numbers, desk.words)
        with desk.writing() as conn:
            audit_log.write(
                conn, desk.person, "print_slips", "slips", desk.now, "", first=numbers[0], last=numbers[-1]
            )
            desk.back("slip_print", "slip_printed_before")  # where a second click leads
        name = f"phieu-{numbers[0]}-{numbers[-1]}.docx"
        return send_file(io.BytesIO(file), DOCX, as_attachment=True, download_name=name)


def _next(conn: Connection) -> str:
    """The number after the last one printed."""
    printed = audit_log.recent(conn, 1, act="print_slips")
    last = json.loads(printed[0].details).get("last", "") if printed else ""
    return slips.next_number(str(last)) or FIRST


def _numbers(first: str, count: int) -> list[str]:
    """Return so many numbers from `first` on; none where that cannot be."""
    if not 0 < count <= slip_sheets.MOST or not first.isprintable():
        return []
    numbers = [first]
    while len(numbers) < count:
        numbers.append(slips.next_number(numbers[-1]))
    fits = all(0 < len(number) <= slips.LONGEST_NUMBER for number in numbers)
    return numbers if fits and slips.next_number(first) else []


def _form(desk: ConsoleFrame, first: str, count: str, *, wrong: bool = False) -> str:
    return desk.show(
        "slip_print.html",
        here="slips_page",
        first=first,
        count=count,
        wrong=wrong,
        most=slip_sheets.MOST,
        asked=instruments.for_slips(desk.settings),
    )
