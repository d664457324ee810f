"""The province's page: one month of all offices, one office's month, and both as files."""

from __future__ import annotations

import io

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.province import shown, table
from logbook.console.province.table import ProvinceMonth
from logbook.console.words import Words
from logbook.province import figures as shape
from logbook.province import register
from logbook.province.figures import DeadlinesMet, MonthCounts

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add(desk: ConsoleFrame) -> None:
    """The front page of the province, an office's month, and the two files."""

    @desk.page("/", Act.SEE_PROVINCE)
    def today() -> str:
        return _shown(desk)

    @desk.page("/office/<code>", Act.SEE_PROVINCE)
    def province_office(code: str) -> str:
        return _office(desk, code)

    @desk.page("/document", Act.SEE_PROVINCE)
    def province_document() -> Response:
        return _file(desk, "docx")

    @desk.page("/workbook", Act.SEE_PROVINCE)
    def province_workbook() -> Response:
        return _file(desk, "xlsx")


def _month(desk: ConsoleFrame) -> str:
    asked = request.args.get("month", "")
    return asked if shape.is_month(asked) else table.shown_by_default(desk.now)


def _choices(desk: ConsoleFrame, conn: Connection, chosen: str) -> list[str]:
    """The months to choose from: those something came of, the last one, and the shown one; newest first."""
    return sorted({*register.months(conn), table.shown_by_default(desk.now), chosen}, reverse=True)


def _shown(desk: ConsoleFrame) -> str:
    month = _month(desk)
    with desk.reading() as conn:
        found = table.of_month(conn, month)
        points = table.trend(conn, month)
        choices = _choices(desk, conn, month)
    picture, verdicts = shown.verdicts(found, desk.words)
    return desk.show(
        "province.html",
        here="today",
        found=found,
        month=month,
        choices=choices,
        verdicts_drawn=picture,
        verdicts=verdicts,
        parts=shown.PARTS,
        points=points,
        course=shown.course(points, _target(found), desk.words),
        shown=shown,
    )


def _target(found: ProvinceMonth) -> int | None:
    """The target of the offices, where they have the same."""
    targets = {one.figures.target for one in found.confirmed if one.figures is not None}
    return targets.pop() if len(targets) == 1 else None


def _office(desk: ConsoleFrame, code: str) -> str:
    month = _month(desk)
    with desk.reading() as conn:
        found = table.of_month(conn, month)
        points = [
            (each, register.of_month(conn, each).get(code)) for each in table.months_back(month, table.TREND)
        ]
    row = next((one for one in found.rows if one.code == code), None) or abort(404)
    values = [(each, None if one is None else shown.share_number(one.figures.index)) for each, one in points]
    return desk.show(
        "province_office.html",
        here="today",
        row=row,
        month=month,
        deadlines=tuple(DeadlinesMet.model_fields),
        counts=tuple(MonthCounts.model_fields),
        course=shown.course(values, row.figures.target if row.figures else None, desk.words),
        points=values,
        shown=shown,
    )


def _file(desk: ConsoleFrame, ending: str) -> Response:
    """The month as a file, in Vietnamese whoever asks; each download stands in the audit log."""
    from logbook.console.province import letter, workbook  # a writer is loaded when somebody wants a file

    month, says = _month(desk), Words(desk.installation.texts["vi"])
    with desk.reading() as conn:
        found = table.of_month(conn, month)
        points = table.trend(conn, month)
    province = desk.settings.office.province
    if ending == "docx":
        content = letter.written(found, province, says, desk.now, desk.mark)
    else:
        content = workbook.written(found, points, province, says, desk.mark)
    with desk.writing() as conn:
        audit_log.write(conn, desk.person, "download_province", f"month:{month}", desk.now, format=ending)
    answer = send_file(
        io.BytesIO(content),
        DOCX if ending == "docx" else XLSX,
        as_attachment=True,
        download_name=f"so-lieu-{month}.{ending}",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
