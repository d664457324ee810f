"""Serves the console's style sheets and script, with cache headers."""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort, send_from_directory

from logbook.console.frame import ConsoleFrame
from logbook.guards import everyone, guarded_by

FOLDER = Path(__file__).parent / "static"
APP = ("app.webmanifest", "icon.svg", "worker.js", "offline.html", "offline.css")
"""What makes the leader's page an app of a telephone."""
FILES = frozenset({"tabler.min.css", "console.css", "console.js", "recorder.js", *APP})


def add(desk: ConsoleFrame) -> None:
    """`/console/static/<name>` for the files listed here and no others."""

    @desk.blueprint.get("/static/<name>")
    @guarded_by(everyone)
    def static(name: str) -> Response:
        if name not in FILES:
            abort(404)
        answer = send_from_directory(FOLDER, name, max_age=3600, conditional=True)
        if name == "worker.js":
            answer.headers["Service-Worker-Allowed"] = "/console/leader"
        return answer
