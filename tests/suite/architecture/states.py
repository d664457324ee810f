"""Two lives as charts: a column for each state, a line for each thing that may happen, read from the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logbook.outbox.state_machine import TABLE, DeliveryState
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.verbs.registry import verbs
from logbook.tickets.verbs.verb import Leads, Verb
from tests.suite.architecture.canvas import Canvas

NAMES, LINE, TOP = 150, 27, 70


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a chart: from which columns, to which one (None: the state stays), what else is said."""

    name: str
    before: tuple[int, ...]
    after: int | None
    remark: str = ""


def chart(
    title: str, states: Sequence[tuple[str, str]], lines: Sequence[Happening], across: int, remarks: int
) -> str:
    """A chart; `states` are names and kinds of box, `across` and `remarks` widths of columns in pixels."""
    width = NAMES + len(states) * across + remarks
    height = TOP + len(lines) * LINE + 20
    words = (
        f"Columns: {', '.join(name for name, _ in states)}. Lines: {', '.join(one.name for one in lines)}."
    )
    canvas = Canvas(width, height, title, words)
    middle = [NAMES + at * across + across // 2 for at in range(len(states))]
    for (name, kind), x in zip(states, middle, strict=True):
        canvas.line((x, 52), (x, height - 12), "row")
        first, _, second = name.partition(" ")
        canvas.box(
            x - across // 2 + 4, 12, across - 8, 40, (name,) if len(name) < 13 else (first, second), kind
        )
    for at, one in enumerate(lines):
        _happening(canvas, one, TOP + at * LINE + 10, middle, NAMES + len(states) * across + 8)
    return canvas.drawn()


def _happening(canvas: Canvas, one: Happening, y: int, middle: Sequence[int], remark_at: int) -> None:
    canvas.text(NAMES - 14, y + 4, one.name, "t", "end")
    if one.remark:
        canvas.text(remark_at, y + 4, one.remark, "s", "start")
    ends = [middle[at] for at in one.before]
    to = None if one.after is None else middle[one.after]
    if to is not None:
        canvas.line((min(*ends, to), y), (max(*ends, to), y))
    for x in ends:
        canvas.dot(x, y)
    if to is None:
        return
    for side in {-1 if x < to else 1 for x in ends if x != to}:
        canvas.head(to - side * -6 if to in ends else to, y, side)


def delivery() -> str:
    """The life of a message or call."""
    states = list(DeliveryState)
    kinds = [
        (
            state.name.lower().replace("_", " "),
            "own" if state is DeliveryState.SENT else "end" if state.is_over else "box",
        )
        for state in states
    ]
    lines = [
        Happening(
            event.value,
            tuple(states.index(state) for state in one.before),
            None if one.before == (one.after,) else states.index(one.after),
            one.says,
        )
        for event, one in TABLE.items()
    ]
    return chart("The life of a delivery", kinds, lines, across=88, remarks=340)


def ticket() -> str:
    """The life of a complaint: the verbs that lead somewhere, then those that change no state."""
    states = list(TicketState)
    kinds = [(state.value.replace("_", " "), "end" if state.is_final else "box") for state in states]
    ordered = sorted(verbs().values(), key=lambda verb: verb.leads is Leads.NOWHERE)
    return chart("The life of a complaint", kinds, [_line(verb, states) for verb in ordered], 98, 190)


def _line(verb: type[Verb], states: Sequence[TicketState]) -> Happening:
    after = states.index(verb.leads) if isinstance(verb.leads, TicketState) else None
    stays = {Leads.NOWHERE: "the state stays", Leads.BACK: "back to where it was"}
    remark = stays[verb.leads] if isinstance(verb.leads, Leads) else ""
    if verb.right is None:
        remark = " · ".join(filter(None, (remark, "no form")))
    return Happening(
        verb.name.replace("_", " "), tuple(sorted(map(states.index, verb.from_states))), after, remark
    )
