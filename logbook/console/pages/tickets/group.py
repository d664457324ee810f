"""Page of a group: tickets about the same thing, and one answer for all."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.plain_text import TooLongError
from logbook.tickets import groups
from logbook.tickets.groups import Answered
from logbook.tickets.lifecycle import TransitionRefusedError
from logbook.tickets.tickets import TicketHead
from logbook.tickets.verbs.verb import ANSWER_LIMIT

Answer = str | tuple[str, int] | Response
ROW = "int(max=9223372036854775807)"


def add(desk: ConsoleFrame) -> None:
    """`/console/groups/<id>` and its answer."""

    @desk.page(f"/groups/<{ROW}:group_id>", Act.SEE_TICKETS)
    def group(group_id: int) -> str:
        with desk.reading() as conn:
            return _show(desk, conn, group_id)

    @desk.page(f"/groups/<{ROW}:group_id>/answer", Act.GROUP, methods=("POST",))
    def group_answer(group_id: int) -> Answer:
        with desk.writing() as conn:
            if "preview" in request.form:
                return _show(desk, conn, group_id, typed=request.form)
            _members(desk, conn, group_id)
            text = request.form.get("answer", "").strip()
            try:
                with conn.begin_nested():
                    done = groups.answer_all(conn, group_id, desk.person, text, desk.now, _versions())
            except TooLongError as words:
                return _show(desk, conn, group_id, typed=request.form, long=words), 400
            except TransitionRefusedError as refused:
                return _show(desk, conn, group_id, typed=request.form, refused=refused.why), 400
            if done.left_out:
                return _show(desk, conn, group_id, typed=request.form, done=done), 409
        return desk.back("group", "group_answered", group_id=group_id)


def _versions() -> dict[int, int]:
    """The versions the form was made from, by the tickets' row numbers."""
    found = {}
    for seen in request.form.getlist("seen")[: groups.LARGEST]:
        ticket_id, _, version = seen.partition(":")
        if seen.isascii() and ticket_id.isdecimal() and version.isdecimal() and len(seen) <= 28:
            found[int(ticket_id)] = int(version)
    return found


def _members(desk: ConsoleFrame, conn: Connection, group_id: int) -> list[TicketHead]:
    """The tickets of the group the person may see; 404 when there are none."""
    found = groups.members(conn, group_id, desk.person)
    if not found:
        abort(404)
    return found


def _show(
    desk: ConsoleFrame,
    conn: Connection,
    group_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    refused: str = "",
    long: TooLongError | None = None,
    done: Answered | None = None,
) -> str:
    members = _members(desk, conn, group_id)
    return desk.show(
        "group.html",
        here="tickets",
        group_id=group_id,
        title=groups.title(members),
        members=members,
        waiting=[one for one in members if one.state.is_open],
        typed=typed or {},
        refused=refused,
        long=long,
        done=done,
        answer_limit=ANSWER_LIMIT,
    )
