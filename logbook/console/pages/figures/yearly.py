"""Page of the yearly index and rank that the superior body published (002-01, 002-02)."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.ratings import yearly
from logbook.ratings.yearly import StaleYearError, YearRefusedError, YearTyped
from logbook.search import ticket_filters


def add(desk: ConsoleFrame) -> None:
    """`/console/yearly-index`."""

    @desk.page("/yearly-index", Act.SEE_REPORTS)
    def yearly_index() -> str:
        return _shown(desk)

    @desk.page("/yearly-index", Act.WRITE_INDEX, methods=("POST",))
    def yearly_index_keep() -> Response | tuple[str, int]:
        form = request.form
        typed = YearTyped(
            form.get("year", "")[:10],
            form.get("percent", "")[:20],
            form.get("rank", "")[:20],
            form.get("target", "")[:20],
            form.get("document", ""),
        )
        version = ticket_filters.whole(form.get("version")) or 0
        try:
            with desk.writing() as conn:
                year = yearly.keep(conn, typed, version, desk.person.id, desk.now)
                details = {"percent": typed.percent, "rank": typed.rank, "target": typed.target}
                subject = f"yearly:{year}"
                audit_log.write(conn, desk.person, "keep_yearly_index", subject, desk.now, "", **details)
                return desk.back("yearly_index", "yearly_kept")
        except YearRefusedError as refused:
            return _shown(desk, str(refused.args[0])), 400
        except StaleYearError:
            return _shown(desk, "yearly_stale"), 409


def _shown(desk: ConsoleFrame, wrong: str = "") -> str:
    with desk.reading() as conn:
        years = yearly.listed(conn)
    asked = ticket_filters.whole(request.args.get("year"))
    chosen = next((one for one in years if one.year == asked), None)
    return desk.show(
        "yearly.html",
        here="ratings",
        years=years,
        chosen=chosen,
        wrong=wrong,
        form=request.form,
        percent=yearly.shown,
    )
