"""Pictures of the satisfaction index, each with the rows of the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from logbook.console.views import charts
from logbook.console.views.charts import ShareSeries
from logbook.console.words import Words
from logbook.ratings.index import CriterionFigure, InstrumentFigures
from logbook.ratings.instruments import RatingChannel
from logbook.ratings.spans import DaySpan
from logbook.ratings.trend import InstrumentTrend, TrendPoint
from logbook.ratings.verdicts import Verdict
from logbook.reports import shown

LOOKS = {
    Verdict.REACHED: "is-met",
    Verdict.MISSED: "is-missed",
    Verdict.TOO_FEW: "is-small",
    None: "is-small",
}
COLOURS = 5
"""Colours of marks, from the lowest to the highest: `mark-0` to `mark-4`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One instrument on one channel: shares by criterion, and how often each mark was given.

    `marks` are the marks of the scale with their colours; `given` is None where nobody answered.
    """

    figures: InstrumentFigures
    picture: Markup
    marks: tuple[tuple[int, str], ...]
    given: Markup | None


@dataclass(frozen=True, slots=True)
class DrawnTrend:
    """Twelve months of one instrument: its channels with their colours; a row for each month."""

    of: InstrumentTrend
    picture: Markup
    channels: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[TrendPoint, ...]], ...]


def drawn(one: InstrumentFigures, words: Words) -> Drawn:
    """Draw one instrument on one channel."""
    rows = [
        (words("chart_criterion", number=number), _tenths(each), LOOKS[each.verdict])
        for number, each in enumerate(one.criteria, 1)
    ]
    details = "; ".join(f"{label}: {percent(share, words)}" for label, share, _ in rows)
    picture = charts.shares(
        words("chart_criteria"), details, rows, one.target, lambda share: shown.amount(share, words)
    )
    count = len(one.criteria[0].given) if one.criteria else 0
    marks = tuple(
        (one.lowest + place, f"mark-{round(place * (COLOURS - 1) / max(count - 1, 1))}")
        for place in range(count)
    )
    return Drawn(one, picture, marks, _given(one, marks, words) if one.n and marks else None)


def trend(one: InstrumentTrend, months: Sequence[DaySpan], words: Words) -> DrawnTrend:
    """Draw twelve months of one instrument, a line for each channel."""
    order = [each for each in RatingChannel if each in one.channels]
    looks = {each: list(RatingChannel).index(each) for each in order}
    names = {each: words(f"index_channel_{each}") for each in order}
    labels = [f"{month.first:%m/%Y}" for month in months]
    series = [ShareSeries(looks[each], [point.percent for point in one.channels[each]]) for each in order]
    spoken = "; ".join(
        f"{names[each]}, {labels[-1]}: {percent(one.channels[each][-1].percent, words)}" for each in order
    )
    return DrawnTrend(
        one,
        charts.share_lines(words("index_trend"), spoken, labels, series, one.target),
        tuple((names[each], f"series-{looks[each]}") for each in order),
        tuple(
            (label, tuple(one.channels[each][place] for each in order)) for place, label in enumerate(labels)
        ),
    )


def percent(value: float | None, words: Words) -> str:
    """Spell a share, cut after one decimal; a dash for none."""
    if value is None:
        return "–"
    return f"{int(value * 10 + 1e-9) / 10:.1f}".replace(".", words("report_decimal")) + "%"


def _given(one: InstrumentFigures, marks: Sequence[tuple[int, str]], words: Words) -> Markup:
    rows = [
        (words("chart_criterion", number=number), each.given) for number, each in enumerate(one.criteria, 1)
    ]
    details = "; ".join(
        f"{label}: " + ", ".join(f"{mark}: {many}" for (mark, _), many in zip(marks, given, strict=True))
        for label, given in rows
    )
    return charts.stacks(words("index_given"), details, rows, [look for _, look in marks])


def _tenths(one: CriterionFigure) -> float | None:
    """The share in percent, cut after one decimal, so that 89.99 never reads as 90."""
    return one.satisfied * 1000 // one.n / 10 if one.n else None
