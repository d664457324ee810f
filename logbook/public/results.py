"""`/ket-qua`: what a month's survey found, as the notice on the board says it (002-25, 003-11)."""

from __future__ import annotations

from flask import Response, request

from logbook.public.frame import PublicFrame
from logbook.publications import notice_figures, notices
from logbook.publications.notices import Notice

FRESH_SECONDS = 300


def add(pages: PublicFrame) -> None:
    """The months, newest first, and each month's notice."""

    @pages.page("/ket-qua")
    def results() -> Response:
        with pages.reading() as conn:
            standing = notices.stamp(conn)
        return pages.answer(request.path, standing, lambda: _months(pages), fresh_seconds=FRESH_SECONDS)

    @pages.page("/ket-qua/<month>")
    def result(month: str) -> Response | tuple[Response, int]:
        with pages.reading() as conn:
            standing = notices.stamp(conn)
            found = {str(one.month): one for one in notices.on_web(conn)}
        if month not in found:
            return pages.not_found()
        return pages.answer(
            request.path, standing, lambda: _month(pages, found[month]), fresh_seconds=FRESH_SECONDS
        )


def _months(pages: PublicFrame) -> str:
    with pages.reading() as conn:
        found = notices.on_web(conn)
    years = sorted({one.month.year for one in found}, reverse=True)
    told = [
        (
            year,
            [one for one in found if one.month.year == year],
            notice_figures.year_of([one.figures for one in reversed(found) if one.month.year == year]),
        )
        for year in years
    ]
    return pages.show("results.html", "results", "/ket-qua", years=told)


def _month(pages: PublicFrame, notice: Notice) -> str:
    return pages.show(
        "result.html",
        "results",
        f"/ket-qua/{notice.month}",
        notice=notice,
    )
