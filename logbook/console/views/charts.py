"""Draws figures as SVG, one function per kind; the table behind each stands in its template.

Only attributes and classes: the page's policy allows no style of its own. All text goes through Markup.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from markupsafe import Markup

WIDTH, HEIGHT = 420, 190
"""Units of a picture; the page makes it as wide as its place."""
LEFT, RIGHT, TOP, BOTTOM = 32, 10, 10, 24
ROW, BAR = 30, 16
"""Units of one horizontal bar with its label above, and of the bar."""
AGES = ("age-0", "age-1", "age-2", "age-3")
Spelt = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one part of every bar: its name and its values."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class ShareSeries:
    """One line of shares in percent, None where there is none; `look` is the number of its colour."""

    look: int
    values: Sequence[float | None]


def lines(title: str, details: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Draw how numbers went over time; `labels` are under the points, every third when there are many."""
    highest = _nice(max((value for one in series for value in one.values), default=0))
    parts = _levels(highest) + _under(labels)
    for place, one in enumerate(series):
        points = [(_x(number, len(labels)), _y(value, highest)) for number, value in enumerate(one.values)]
        parts += _line(points, place)
    return _picture(title, details, HEIGHT, parts)


def share_lines(
    title: str, details: str, labels: Sequence[str], series: Sequence[ShareSeries], target: int | None
) -> Markup:
    """Draw how shares in percent went over time, from 0 to 100; a line breaks where there is no share."""
    parts = _levels(100) + _under(labels)
    if target is not None:
        at = _y(target, 100)
        parts.append(
            Markup('<line class="chart-target" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
                LEFT, WIDTH - RIGHT, at, at
            )
        )
    for one in series:
        points = [
            (_x(number, len(labels)), None if value is None else _y(value, 100))
            for number, value in enumerate(one.values)
        ]
        for there, group in groupby(points, key=lambda point: point[1] is not None):
            if there:
                parts += _line([(x, y) for x, y in group if y is not None], one.look)
    return _picture(title, details, HEIGHT, parts)


def stacks(
    title: str, details: str, rows: Sequence[tuple[str, Sequence[int]]], looks: Sequence[str] = AGES
) -> Markup:
    """Draw one bar a row, made of parts in the order of the legend, with its total behind it.

    `looks` are the classes of the parts.
    """
    highest = max((sum(parts) for _, parts in rows), default=0)
    wide = WIDTH - 40
    drawn: list[Markup] = []
    for number, (label, parts) in enumerate(rows):
        top = number * ROW * 1.25 + 4
        drawn.append(_text(0, top + 10, label, "start"))
        begins = [0, *accumulate(parts)]
        for place, (start, value) in enumerate(zip(begins, parts, strict=False)):
            if value:
                drawn.append(
                    _bar(
                        wide * start / highest, top + 15, wide * value / highest, f"chart-bar {looks[place]}"
                    )
                )
        end = wide * begins[-1] / highest if highest else 0
        drawn.append(_text(end + 5, top + 28, str(begins[-1]), "start"))
    return _picture(title, details, round(len(rows) * ROW * 1.25 + 8), drawn)


def shares(
    title: str, details: str, rows: Sequence[tuple[str, float | None, str]], target: int | None, spelt: Spelt
) -> Markup:
    """Draw shares in percent, against a target if there is one.

    Rows are a label, the share or None, and the look of a bar.
    """
    wide = WIDTH - 92
    left = 40
    drawn: list[Markup] = []
    height = len(rows) * ROW + 26
    for number, (label, share, look) in enumerate(rows):
        top = number * ROW + 4
        drawn.append(_text(0, top + 13, label, "start"))
        drawn.append(_bar(left, top, wide, "chart-rail"))
        if share is not None:
            drawn.append(_bar(left, top, wide * share / 100, f"chart-bar {look}"))
        drawn.append(_text(left + wide + 6, top + 13, "–" if share is None else f"{spelt(share)}%", "start"))
    if target is None:
        return _picture(title, details, height - 20, drawn)
    at = left + wide * target / 100
    drawn.append(
        Markup('<line class="chart-target" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>').format(
            at, height - 20
        )
    )
    drawn.append(_text(at, height - 5, f"{target}%", "middle"))
    return _picture(title, details, height, drawn)


def small_share(share: float | None, look: str, target: int | None = None) -> Markup:
    """Draw one share in percent as a bar within a cell; the number that it is stands beside it."""
    parts = [Markup('<rect class="chart-rail" width="100" height="10"/>')]
    if share is not None:
        parts.append(Markup('<rect class="chart-bar {}" width="{:.1f}" height="10"/>').format(look, share))
    if target is not None:
        parts.append(Markup('<line class="chart-target" x1="{0}" x2="{0}" y1="0" y2="10"/>').format(target))
    return Markup('<svg class="chart-small" viewBox="0 0 100 10" aria-hidden="true">{}</svg>').format(
        Markup("").join(parts)
    )


def _picture(title: str, details: str, height: int, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart-picture" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    ).format(WIDTH, height, f"{title}. {details}", title, details, Markup("").join(parts))


def _x(number: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (number + 0.5) / max(count, 1)


def _y(value: float, highest: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / highest)


def _levels(highest: int) -> list[Markup]:
    """Level lines, each with its number to the left."""
    return [
        _rule(LEFT, _y(level, highest), WIDTH - RIGHT)
        + _text(LEFT - 5, _y(level, highest) + 4, f"{level}", "end")
        for level in range(0, highest + 1, max(highest // 4, 1))
    ]


def _under(labels: Sequence[str]) -> list[Markup]:
    step, last = 3 if len(labels) > 8 else 1, len(labels) - 1
    return [
        _text(_x(number, len(labels)), HEIGHT - 7, label, "middle")
        for number, label in enumerate(labels)
        if (last - number) % step == 0
    ]


def _line(points: Sequence[tuple[float, float]], look: int) -> list[Markup]:
    spelt = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = Markup('<polyline class="chart-line chart-{}" points="{}"/>').format(look, spelt)
    return [line, *(_dot(x, y, look) for x, y in points)]


def _nice(highest: int) -> int:
    """The next number that four steps divide: 4, 8, 12, 20, 40, 80, 120, 200…"""
    if highest <= 4:
        return 4
    size = 10 ** int(math.log10(highest))
    for factor in (1, 2, 4, 8, 10, 12, 20):
        candidate: int = math.ceil(factor * size / 4) * 4
        if candidate >= highest:
            return candidate
    return math.ceil(highest / 4) * 4


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, words)


def _rule(x: float, y: float, to: float) -> Markup:
    return Markup('<line class="chart-rule" x1="{0:.1f}" x2="{1:.1f}" y1="{2:.1f}" y2="{2:.1f}"/>').format(
        x, to, y
    )


def _dot(x: float, y: float, place: int) -> Markup:
    return Markup('<circle class="chart-dot chart-{}" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(place, x, y)


def _bar(x: float, y: float, width: float, look: str) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}"/>').format(
        look, x, y, width, BAR
    )
