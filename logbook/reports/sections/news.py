"""Section on news and videos against the year's target, judged by their pace (002-06, 002-07)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from logbook.clock import local
from logbook.plan import news
from logbook.plan.news import NewsItem, NewsKind, Pace
from logbook.reports.figures import NEWS, Figure, Figures
from logbook.reports.sections.section import BEFORE, NOW, Counting, Section, SectionColumn
from logbook.reports.shown import Says

KEY = "news"
_JUDGED = {"year": "target", "videos": "videos_least"}
"""What is judged in the year, and the figure that is its target."""


def _counted(this: Counting) -> list[Figure]:
    if not this.is_monthly:
        return []
    first, last = local(this.span.begins).date(), _last(this.span.ends)
    since = date(last.year, 1, 1)
    found = news.published(this.conn, min(since, first), last)
    items = [one for one in found if one.kind is NewsKind.NEWS]
    year = [one for one in items if one.published_on >= since]
    videos = [one for one in found if one.kind is NewsKind.VIDEO and one.published_on >= since]
    part = this.settings.counters
    return [
        _figure("period", [one for one in items if one.published_on >= first]),
        _figure("year", year),
        Figure(KEY, "target", part.news_target),
        Figure(KEY, "projected", news.pace(len(year), part.news_target, last, last.year).projected),
        _figure("videos", videos),
        Figure(KEY, "videos_least", part.videos_least),
    ]


def _last(ends: datetime) -> date:
    """The last day that was counted, in Vietnam."""
    return local(ends - timedelta(seconds=1)).date()


def _figure(key: str, found: Iterable[NewsItem]) -> Figure:
    cases = tuple(str(one.id) for one in found)
    return Figure(KEY, key, len(cases), what=NEWS, cases=cases)


def _pace(figure: Figure, figures: Figures) -> Pace | None:
    target = figures.named(f"{KEY}.{_JUDGED.get(figure.key, '')}")
    if target is None:
        return None
    last = _last(figures.ends)
    return news.pace(int(figure.value or 0), int(target.value or 0), last, last.year).pace


def _result(figure: Figure, figures: Figures, says: Says) -> str:
    """đạt, chưa đạt, kịp or chậm tiến độ; a year without a video is red at once (002-07)."""
    found = _pace(figure, figures)
    if found is None:
        return ""
    return says("video_none_yet") if figure.key == "videos" and not figure.value else says(f"pace_{found}")


def _needs(figures: Figures, says: Says) -> tuple[str, ...]:
    said = []
    for figure in figures.section(KEY):
        if _pace(figure, figures) in (Pace.BEHIND, Pace.MISSED):
            words = {"what": says(f"report_news_{figure.key}"), "result": _result(figure, figures, says)}
            said.append(says("report_need_news", **words))
    return tuple(said)


def _is_shown(figures: Figures) -> bool:
    return bool(figures.section(KEY))


SECTION = Section(
    key=KEY,
    groups=(KEY,),
    count=_counted,
    columns=(NOW, BEFORE, SectionColumn("result", 30, _result, _result)),
    named=("figure", 73),
    is_shown=_is_shown,
    summary={one: f"{KEY}.{one}" for one in ("year", "target", "projected", "videos")},
    needs=_needs,
)
