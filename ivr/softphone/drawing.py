"""Draws the dialogue as one SVG from the walked map: a lane for each subject, a box for each state.

The browser lights boxes and ways by their ids; nothing of the dialogue stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape

from callflows.atlas import HANG_UP, SILENCE, START, Atlas

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN, HEAD = 152, 42, 184, 60, 16, 62
LANES: tuple[tuple[str, ...], ...] = (
    ("guidance",),
    ("complaint",),
    ("status", "verdict"),
    ("rating",),
    ("transfer", "callback"),
    ("news",),
    ("official",),
)
"""Subjects by the first part of a state's name, as the keys of the menu have them; unknown ones come last."""
TOP, BOTTOM = ("menu",), ("farewell", "over")
EVERYWHERE = frozenset({"over", "callback", "farewell"})
UNSEEN = frozenset({SILENCE, HANG_UP})
Names = Callable[[str], str]


@dataclass(frozen=True)
class Box:
    """A state's place on the picture: the corner, in pixels."""

    state: str
    x: int
    y: int

    @property
    def middle(self) -> int:
        """The middle across."""
        return self.x + WIDTH // 2


def svg(atlas: Atlas, name: Names, lane_name: Names, title: str) -> str:
    """The picture as an SVG element; `name` and `lane_name` say what a state and a subject are called."""
    states = sorted({*atlas.awaits, *(way.to for way in atlas.exits)} - {START})
    ways = _ways(atlas)
    lanes = [lane for lane in _lanes(states, ways) if lane[1]]
    boxes = _placed(lanes)
    deepest = max(len(lane) for _, lane in lanes)
    width = len(lanes) * ACROSS + MARGIN
    height = HEAD + (deepest + 2) * DOWN + MARGIN
    parts = [_head(subject, index, lane_name, deepest) for index, (subject, _) in enumerate(lanes)]
    parts += [_way(boxes[here], boxes[to]) for here, to in ways]
    parts += [_box(box, name(box.state)) for box in boxes.values() if box.state in states]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _ways(atlas: Atlas) -> list[tuple[str, str]]:
    """Where something that was said or pressed leads to another state."""
    found = {
        (way.state, way.to)
        for way in atlas.exits
        if way.state != way.to and way.heard not in UNSEEN and way.state != START
    }
    return sorted(found)


def _lanes(states: Iterable[str], ways: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    inside = [state for state in states if state not in (*TOP, *BOTTOM)]
    subjects = [*LANES]
    known = {part for lane in LANES for part in lane}
    subjects += [(part,) for part in sorted({_subject(state) for state in inside} - known)]
    return [
        (lane[0], _in_order([state for state in inside if _subject(state) in lane], ways))
        for lane in subjects
    ]


def _in_order(states: list[str], ways: list[tuple[str, str]]) -> list[str]:
    """The states of a lane from the one that others lead to, step by step."""
    own = [(here, to) for here, to in ways if here in states and to in states]
    entered = [state for state in states if any(to == state and here not in states for here, to in ways)]
    entered.sort(key=lambda state: not any((top, state) in ways for top in TOP))
    order: list[str] = []
    waiting = [*entered[:1], *states]
    while waiting:
        state = waiting.pop(0)
        if state in order:
            continue
        order.append(state)
        waiting[:0] = [to for here, to in own if here == state and to not in order]
    return order


def _placed(lanes: list[tuple[str, list[str]]]) -> Mapping[str, Box]:
    boxes: dict[str, Box] = {}
    for column, (_, lane) in enumerate(lanes):
        for row, state in enumerate(lane, 1):
            boxes[state] = Box(state, MARGIN + column * ACROSS, HEAD + row * DOWN)
    callers = sum(1 for subject, _ in lanes if subject not in ("news", "official"))
    centre = MARGIN + (callers - 1) * ACROSS // 2
    deepest = max(len(lane) for _, lane in lanes)
    boxes |= {state: Box(state, centre, MARGIN // 2) for state in TOP}
    boxes |= {
        state: Box(state, centre + step * ACROSS, HEAD + (deepest + 1) * DOWN + 8)
        for step, state in enumerate(BOTTOM)
    }
    return boxes


def _way(here: Box, to: Box) -> str:
    """A line from box to box: down a lane, from the menu to a lane, or across, which shows only when lit."""
    same_lane = here.x == to.x
    if same_lane and to.y == here.y + DOWN:
        line = f"M{here.middle} {here.y + HEIGHT}V{to.y - 4}"
    elif same_lane:
        left, far = here.x, here.x - MARGIN + 2
        start, end = here.y + HEIGHT // 2, to.y + HEIGHT // 2
        line = f"M{left} {start}C{far} {start} {far} {end} {left - 2} {end}"
    else:
        start, end = here.y + HEIGHT, to.y - 4
        half = (start + end) // 2 if end > start else start + 20
        line = f"M{here.middle} {start}C{here.middle} {half} {to.middle} {half} {to.middle} {end}"
    near = same_lane or here.state in TOP
    kind = "way" if near and to.state not in EVERYWHERE else "way far"
    return f'<path class="{kind}" data-from="{escape(here.state)}" data-to="{escape(to.state)}" d="{line}"/>'


def _box(box: Box, name: str) -> str:
    middle, down = box.middle, box.y + HEIGHT // 2
    lines = _in_lines(name)
    first = down - (len(lines) - 1) * 8 + 4
    words = "".join(
        f'<tspan x="{middle}" y="{first + index * 16}">{escape(line)}</tspan>'
        for index, line in enumerate(lines)
    )
    return (
        f'<g class="state" data-state="{escape(box.state)}"><title>{escape(box.state)}</title>'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="9"/>'
        f'<text text-anchor="middle">{words}</text></g>'
    )


def _in_lines(name: str) -> list[str]:
    """A name in two lines at most, cut between words."""
    words, lines = name.split(), [""]
    for word in words:
        if len(lines) == 1 and len(lines[0]) + len(word) > 19:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _head(subject: str, index: int, lane_name: Names, deepest: int) -> str:
    x = MARGIN // 2 + index * ACROSS
    top, height = HEAD + DOWN - 40, deepest * DOWN + 34
    return (
        f'<rect class="lane" x="{x}" y="{top}" width="{ACROSS - 10}" height="{height}" rx="12"/>'
        f'<text class="lane-name" x="{x + 12}" y="{top + 22}">{escape(lane_name(subject))}</text>'
    )


def _subject(state: str) -> str:
    return state.partition(".")[0]
