"""Ratings of each official as files for leaders: a month (004-06), a year for the appraisal (004-08)."""

from __future__ import annotations

import io

from flask import Response, abort, send_file

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.ratings import comments, per_official, spans
from logbook.ratings.by_token import CommentState

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def add(desk: ConsoleFrame) -> None:
    """`/console/officials-ratings/<period>.<kind>`."""

    @desk.page("/officials-ratings/<period>.<kind>", Act.SEE_LEADER)
    def officials_file(period: str, kind: str) -> Response:
        from logbook.console.views import officials_export  # a writer is loaded when somebody wants a file

        span = spans.read(period)
        if span is None or kind not in TYPES:
            abort(404)
        quarters = [spans.read(f"{period}-Q{number}") for number in (1, 2, 3, 4)] if len(period) == 4 else []
        with desk.reading() as conn:
            export = officials_export.OfficialsExport(
                span,
                per_official.figures(conn, span),
                desk.settings.ratings.minimum_sample,
                comments.listed(conn, (CommentState.SHOWN,), span),
                [(one.name[5:], per_official.figures(conn, one)) for one in quarters if one is not None],
                {one.key: one.name for one in desk.settings.tickets.tags},
            )
        with desk.writing() as conn:
            audit_log.write(conn, desk.person, "export_officials", f"ratings:{span.name}", desk.now)
        build = officials_export.document if kind == "docx" else officials_export.workbook
        file = build(export, desk.settings.office, desk.words, desk.mark)
        name = f"danh-gia-can-bo-{span.name}.{kind}"
        return send_file(io.BytesIO(file), TYPES[kind], as_attachment=True, download_name=name)
