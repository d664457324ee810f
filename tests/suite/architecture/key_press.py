"""The way of a pressed key through the program: the functions it passes, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from tests.suite.architecture.canvas import Canvas


@dataclass(frozen=True, slots=True)
class KeyStep:
    """One function on the way: its file, its name, what it does there."""

    file: str
    function: str
    does: str

    @property
    def house(self) -> str:
        """Which of the four top rooms it belongs to."""
        return self.file.partition("/")[0]


WAY = (
    KeyStep("ivr/line/signature.py", "demand", "403 unless the provider signed this address and this form"),
    KeyStep("ivr/line/provider_form.py", "read", "the form becomes what the caller did: Keys(pressed=5)"),
    KeyStep("logbook/database/engine.py", "writing", "the one transaction of this request begins"),
    KeyStep("ivr/line/exchange.py", "next", "a turn that was answered before gets that answer again"),
    KeyStep("ivr/line/conversation.py", "carry_on", "the place of the call, read from its row"),
    KeyStep("callflows/__init__.py", "advance", "decides: what is said, what is awaited, what was learnt"),
    KeyStep("ivr/line/recorder.py", "record", "each fact that was learnt goes to its verb"),
    KeyStep("logbook/calls/ratings.py", "rate", "the fact becomes a row under a natural key"),
    KeyStep("ivr/line/twiml.py", "render", "the turn becomes a document in TwiML"),
    KeyStep("logbook/calls/calls.py", "keep_turn", "place and answer are kept, for whoever asks again"),
    KeyStep("logbook/database/engine.py", "COMMIT", "all of it is on the disk, or none"),
    KeyStep("ivr/line/webhooks.py", "_twiml", "only now: 200, the caller hears the next sentence"),
)
"""A rating of 5, from the request to the answer; `COMMIT` is the database's own word."""
LANES = ("callflows", "ivr", "logbook")


def key_press() -> str:
    """Three lanes, one for each house, with the steps one below the other and what they do beside them."""
    lane, down, top, beside = 226, 52, 96, 430
    width, high = lane - 26, 36
    canvas = Canvas(
        len(LANES) * lane + beside,
        top + len(WAY) * down + 20,
        "The way of a pressed key",
        "; ".join(f"{one.file} {one.function}: {one.does}" for one in WAY),
    )
    says = {"callflows": "callflows decides", "ivr": "ivr joins the two", "logbook": "logbook remembers"}
    for at, house in enumerate(LANES):
        canvas.frame(8 + at * lane, 64, lane - 6, top + len(WAY) * down - 54, says[house])
    canvas.box(8 + lane, 8, lane - 6, 42, ("POST /ivr/turn/4", "Digits=5, signed"), "end")
    before = (8 + lane + (lane - 6) / 2, 50.0)
    for row, one in enumerate(WAY):
        x, y = 18 + LANES.index(one.house) * lane, top + row * down
        middle = x + width / 2
        if before[0] == middle:
            canvas.arrow(before, (middle, y))
        else:
            side = x if before[0] < middle else x + width
            canvas.arrow(before, (before[0], y + high / 2), (side, y + high / 2))
        where = one.file.removeprefix(f"{one.house}/")
        canvas.box(x, y, width, high, (one.function, where), "data" if one.function == "COMMIT" else "box")
        canvas.text(len(LANES) * lane + 14, y + high / 2 + 4, f"{row + 1}. {one.does}", "s", "start")
        before = (middle, y + high)
    return canvas.drawn()
