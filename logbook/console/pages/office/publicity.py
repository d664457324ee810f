"""The publicity log, and what is printed and read out to make the hotline known (000-14, 004-12)."""

from __future__ import annotations

import io
from datetime import date

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.console.views import posters
from logbook.printing import pdf
from logbook.publications import publicity
from logbook.publications.publicity import PublicityRefusedError, ToldPublicity

Page = str | tuple[str, int] | Response
PAGE = 40
PAPERS = ("a4", "a3")


def add(desk: ConsoleFrame) -> None:
    """`/console/publicity` and `/console/posters`."""

    @desk.page("/publicity", Act.SEE_PUBLICITY)
    def publicity_page() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    @desk.page("/publicity", Act.WRITE_PUBLICITY, methods=("POST",))
    def enter_publicity() -> Page:
        form = request.form
        words = [form.get(name, "") for name in ("channel", "who", "audience", "people", "note")]
        told = ToldPublicity(_day(form.get("held_on", "")), *words)
        with desk.writing() as conn:
            try:
                entered = publicity.enter(conn, told, desk.settings.publications, desk.person, desk.now)
            except PublicityRefusedError as refused:
                return _shown(desk, conn, wrong=str(refused.args[0])), 400
            said = "publicity_said_entered" if entered else "publicity_said_before"
            return desk.back("publicity_page", said, done=entered)

    @desk.page("/publicity/<int(max=2147483647):entry_id>/strike", Act.WRITE_PUBLICITY, methods=("POST",))
    def strike_publicity(entry_id: int) -> Page:
        with desk.writing() as conn:
            done = publicity.strike(conn, entry_id, desk.person, desk.now)
            said = "publicity_said_struck" if done else "publicity_said_gone"
            return desk.back("publicity_page", said, done=done)

    @desk.page("/posters", Act.SEE_PUBLICITY)
    def posters_page() -> str:
        spoken = posters.spoken(desk.settings, desk.words)
        return desk.show(
            "posters.html",
            here="notices_page",
            papers=PAPERS,
            spoken=spoken,
            seconds=posters.seconds(spoken),
            promises=posters.promises(desk.settings),
        )

    @desk.page("/posters/<paper>", Act.SEE_PUBLICITY)
    def poster(paper: str) -> Response:
        if paper not in PAPERS:
            abort(404)
        file = pdf("poster", posters.told_of(desk.settings, desk.words, paper), desk.now)
        return send_file(io.BytesIO(file), "application/pdf", download_name=f"tong-dai-{paper}.pdf")


def _shown(desk: ConsoleFrame, conn: Connection, *, wrong: str = "") -> str:
    before = row_id(request.args.get("before", ""))
    found = publicity.entries(conn, PAGE + 1, before)
    return desk.show(
        "publicity.html",
        here="notices_page",
        found=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        channels={one.key: one.name for one in desk.settings.publications.channels},
        wrong=wrong,
        typed=request.form if wrong else {},
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
