"""Prints slips in numbered batches, blank or for dossiers; the audit log notes each batch."""

from __future__ import annotations

import io
import json
from datetime import timedelta

from flask import request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.ratings import instruments, slip_values
from logbook.ratings.paper import printed
from logbook.ratings.paper.layout import SlipLayout
from logbook.ratings.paper.printed import BlankSlip
from logbook.ratings.slip_values import SlipRefusedError
from logbook.reports.survey import slip_sheets
from logbook.search import ticket_filters

USUAL = 20
FIRST = "P-0001"
LATELY = timedelta(days=45)
"""Dossiers finished since then are offered for slips that carry their reference."""
PAPERS = ("a5", "a4")


def add(desk: ConsoleFrame) -> None:
    """`/console/slips/print`."""

    @desk.page("/slips/print", Act.ENTER_SLIPS)
    def slip_print() -> str:
        with desk.reading() as conn:
            first = _next(conn)
            wanted = request.args.get("dossiers") == "finished"
            found = printed.without_slip(conn, desk.now - LATELY, slip_sheets.MOST) if wanted else []
        return _form(desk, first, "" if wanted else str(USUAL), references="\n".join(found))

    @desk.page("/slips/print", Act.ENTER_SLIPS, methods=("POST",))
    def slip_print_now() -> Response | tuple[str, int]:
        form = request.form
        typed, count, text = form.get("first", ""), form.get("count", ""), form.get("references", "")
        references = printed.references_in(text[:20_000])
        numbers = _numbers(slip_values.number_of(typed), len(references) or ticket_filters.whole(count) or 0)
        asked = instruments.for_slips(desk.settings)
        if not numbers or not SlipLayout.of(asked).fits:
            return _form(
                desk,
                typed,
                count,
                references=text,
                wrong=SlipRefusedError("print_bad", most=str(slip_sheets.MOST)),
            ), 400
        blanks = [
            BlankSlip(number, reference)
            for number, reference in zip(numbers, references or [""] * len(numbers), strict=True)
        ]
        two = form.get("paper") == "a4"
        file = slip_sheets.pdf(desk.settings.office.agency, asked, blanks, desk.words, desk.now, two=two)
        try:
            with desk.writing() as conn:
                printed.record(conn, blanks, asked, desk.person.id, desk.now)
                ends = {"first": numbers[0], "last": numbers[-1]}
                audit_log.write(conn, desk.person, "print_slips", "slips", desk.now, "", **ends)
                desk.back("slip_print", "slip_printed_before")  # where a second click leads
        except SlipRefusedError as refused:
            return _form(desk, typed, count, references=text, wrong=refused), 400
        name = f"phieu-{numbers[0]}-{numbers[-1]}.pdf"
        return send_file(io.BytesIO(file), "application/pdf", as_attachment=True, download_name=name)


def _next(conn: Connection) -> str:
    """The number after the last one printed."""
    before = audit_log.recent(conn, 1, act="print_slips")
    last = json.loads(before[0].details).get("last", "") if before else ""
    return slip_values.next_number(str(last)) or FIRST


def _numbers(first: str, count: int) -> list[str]:
    """Return so many numbers from `first` on; none where that cannot be."""
    if not 0 < count <= slip_sheets.MOST or not first.isprintable():
        return []
    numbers = [first]
    while len(numbers) < count:
        numbers.append(slip_values.next_number(numbers[-1]))
    fits = all(0 < len(number) <= slip_values.LONGEST_NUMBER for number in numbers)
    return numbers if fits and slip_values.next_number(first) else []


def _form(
    desk: ConsoleFrame, first: str, count: str, *, references: str = "", wrong: SlipRefusedError | None = None
) -> str:
    return desk.show(
        "slip_print.html",
        here="slips_page",
        first=first,
        count=count,
        references=references,
        paper=request.form.get("paper", PAPERS[0]),
        papers=PAPERS,
        wrong=wrong,
        most=slip_sheets.MOST,
        asked=instruments.for_slips(desk.settings),
    )
