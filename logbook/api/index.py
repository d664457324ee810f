"""`/api/v1/index`: the satisfaction index of a month, small groups left out as for everybody (rules B2)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from logbook.accounts.api_clients import ApiRight
from logbook.api.cursors import BadCursorError
from logbook.api.frame import ApiFrame
from logbook.clock import local
from logbook.ratings import index
from logbook.ratings.index import CriterionFigure, InstrumentFigures
from logbook.ratings.spans import month_of, read


def add(api: ApiFrame) -> None:
    """The figures of one month, the current one where none is named."""

    @api.route("/index", ApiRight.INDEX)
    def satisfaction() -> Response:
        asked = request.args.get("period", "")
        span = read(asked[:12]) if asked else month_of(local(api.now).date())
        if span is None or span != month_of(span.first):
            raise BadCursorError("period")
        with api.reading() as conn:
            (found,) = index.of_months(conn, api.settings, [span], officials=False)
        least = api.settings.publications.smallest_group
        return api.answer({"period": span.name, "instruments": [_instrument(one, least) for one in found]})


def _instrument(one: InstrumentFigures, least: int) -> dict[str, Any]:
    few = 0 < one.n < least
    shown = () if few else one.criteria
    return {
        "key": one.key,
        "version": one.version,
        "title": one.title,
        "channel": one.channel,
        "n": None if few else one.n,
        "target_percent": one.target,
        "withheld": one.withheld or few,
        "criteria": [_criterion(each, least) for each in shown],
    }


def _criterion(one: CriterionFigure, least: int) -> dict[str, Any]:
    if 0 < one.n < least:
        return {"key": one.key, "name": one.name, "n": None, "withheld": True}
    low, high = one.interval or (None, None)
    percents = {"percent": one.percent, "low": low, "high": high}
    rounded = {name: None if value is None else round(value, 2) for name, value in percents.items()}
    return {"key": one.key, "name": one.name, "n": one.n, "satisfied": one.satisfied, **rounded}
