"""The program from outside: its processes as `tongdai serve` starts them, its rooms as the contracts say."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

from ivr.running.parts import office
from tests.house import ROOT
from tests.suite.architecture.canvas import Canvas

WHAT = {
    "line": ("the telephone: webhooks, signed", "never behind pages"),
    "pages": ("console, public pages, API", "reports, exports"),
    "scheduler": ("what is due: calls, texts, deadlines", "holds a lease; a second one stands by"),
}
"""What each process of `tongdai serve` is there for."""
LONGEST_ROW = 6
"""Names in one line of a layer."""


def started() -> dict[str, str]:
    """The processes that `tongdai serve` starts, with how each is told what it is."""
    shown = {}
    for name, child in office({}).items():
        shown[name] = " ".join(word for word in child.command[1:] if not word.startswith("-"))
        for socket in child.sockets.values():
            socket.close()
    return shown


def processes() -> str:
    """Who talks to whom."""
    canvas = Canvas(
        940,
        430,
        "The processes",
        "A supervisor starts line, pages and scheduler and starts again what dies or hangs. Telephone hosts "
        "reach line, browsers reach pages through line, all three share one database.",
    )
    canvas.frame(236, 14, 436, 402, "tongdai serve: one service of the machine")
    watching = (
        "supervisor: ivr/running/parts.py",
        "starts the three, hears their heartbeats, starts them again",
    )
    canvas.box(256, 44, 396, 44, watching)
    for at, name in enumerate(started()):
        canvas.box(276, 118 + at * 98, 356, 68, (name, *WHAT[name]), "own")
    canvas.arrow((454, 186), (454, 216), label="pages, API", at=(496, 206))
    outside = (
        ("telephone host", "Twilio, or any that speaks TwiML"),
        ("own line", "tongdai line run: SIP or Asterisk"),
        ("browsers, other systems", "staff, citizens, API clients"),
    )
    for at, lines in enumerate(outside):
        y = 52 + at * 74
        canvas.box(8, y, 204, 52, lines, "end")
        canvas.arrow((212, y + 26), (224, y + 26), (224, 152), (276, 152))
    canvas.box(8, 322, 204, 52, ("people", "called, texted, written to"), "end")
    canvas.arrow((276, 348), (212, 348))
    canvas.box(720, 118, 204, 68, ("database", "SQLite, or PostgreSQL", "commit before every answer"), "data")
    canvas.box(
        720,
        230,
        204,
        68,
        ("recordings/, backups/", "files of the data folder", "known by their hashes"),
        "data",
    )
    canvas.arrow((672, 152), (720, 152))
    canvas.arrow((672, 264), (720, 264))
    return canvas.drawn()


def rooms() -> str:
    """The rooms of logbook and ivr; each stands on what lies below it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = {one["containers"][0]: one["layers"] for one in contracts if one["type"] == "layers"}
    high = 148 + 34 * max(len(one) for one in layers.values())
    canvas = Canvas(
        980,
        high,
        "The rooms",
        "; ".join(f"{house}, from above: {', then '.join(one)}" for house, one in layers.items()),
    )
    for x, house, says in (
        (8, "callflows", "decides"),
        (330, "ivr", "joins the two"),
        (652, "scheduler", "wakes up"),
    ):
        canvas.box(x, 8, 230, 44, (house, says), "own")
    canvas.arrow((330, 30), (240, 30))
    canvas.arrow((445, 52), (445, 92))
    canvas.arrow((767, 52), (767, 92))
    canvas.frame(314, 92, 658, high - 100, "logbook remembers: a room imports only rooms below it")
    canvas.frame(8, 92, 294, high - 100, "ivr: the same")
    _layers(canvas, 326, 634, layers["logbook"])
    _layers(canvas, 20, 270, layers["ivr"])
    return canvas.drawn()


def _layers(canvas: Canvas, x: int, width: int, layers: Sequence[str]) -> None:
    for at, layer in enumerate(layers):
        names, y = [name.strip(" ()") for name in layer.split("|")], 122 + at * 34
        half = len(names) // 2 if len(names) > LONGEST_ROW else 0
        rows = [names[:half], names[half:]] if half else [names]
        canvas.box(x, y, width, 10 + 18 * len(rows), ())
        for row, one in enumerate(rows):
            canvas.text(x + width / 2, y + 18 + row * 18, " · ".join(one), "")
