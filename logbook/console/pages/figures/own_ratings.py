"""What an official reads of their own ratings: totals only, from the minimum sample on (004-09)."""

from __future__ import annotations

from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.officials import register
from logbook.ratings import own_totals
from logbook.reports import shown


def add(desk: ConsoleFrame) -> None:
    """`/console/my-ratings`."""

    @desk.page("/my-ratings", Act.OWN_RATINGS)
    def own_ratings() -> str:
        minimum = desk.settings.ratings.minimum_sample
        with desk.reading() as conn:
            own = next((one for one in register.listed(conn) if one.login == desk.person.login), None)
            today = local(desk.now).date()
            months = [] if own is None else own_totals.months(conn, own.id, minimum, today)
        return desk.show(
            "own_ratings.html",
            here="account",
            own=own,
            months=months,
            minimum=minimum,
            share=lambda one: shown.share(one.satisfied * 1000 // one.answers, desk.words),
        )
