"""Page of obstacles (khó khăn, vướng mắc), open and removed (001-18)."""

from __future__ import annotations

from flask import request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import accounts
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import row_id
from logbook.reports import obstacles

PAGE = 30


def add(desk: ConsoleFrame) -> None:
    """`/console/reports/obstacles`, the form that enters one, and that which keeps one as removed."""
    _add_passing(desk)

    @desk.page("/reports/obstacles", Act.SEE_REPORTS)
    def report_obstacles() -> str:
        with desk.reading() as conn:
            return _shown(desk, conn)

    @desk.page("/reports/obstacles", Act.RUN_OBSTACLES, methods=("POST",))
    def enter_obstacle() -> tuple[str, int] | Response:
        text, owner = (request.form.get(name, "") for name in ("text", "owner"))
        with desk.writing() as conn:
            try:
                entered = obstacles.enter(conn, text, owner, desk.person, desk.now)
            except ValueError:
                return _shown(desk, conn, wrong="obstacle_refused", text=text, owner=owner), 400
            if entered is None:
                return desk.back("report_obstacles", "obstacle_said_twice", done=False)
            return desk.back("report_obstacles", "obstacle_said_entered")

    @desk.page("/reports/obstacles/<int(max=2147483647):obstacle_id>", Act.RUN_OBSTACLES, methods=("POST",))
    def resolve_obstacle(obstacle_id: int) -> tuple[str, int] | Response:
        with desk.writing() as conn:
            try:
                note = request.form.get("note", "")
                done = obstacles.resolve(conn, obstacle_id, note, desk.person, desk.now)
            except ValueError:
                return _shown(desk, conn, wrong="obstacle_refused_note"), 400
            said = "obstacle_said_resolved" if done else "obstacle_said_gone"
            return desk.back("report_obstacles", said, done=done)


def _add_passing(desk: ConsoleFrame) -> None:
    rule = "/reports/obstacles/<int(max=2147483647):obstacle_id>/up"

    @desk.page(rule, Act.REMARK_REPORT, methods=("POST",))
    def pass_up_obstacle(obstacle_id: int) -> Response:
        with desk.writing() as conn:
            done = obstacles.pass_up(conn, obstacle_id, desk.person, desk.now)
            said = "obstacle_said_passed_up" if done else "obstacle_said_gone"
            return desk.back("report_obstacles", said, done=done)


def _shown(desk: ConsoleFrame, conn: Connection, *, wrong: str = "", text: str = "", owner: str = "") -> str:
    done = obstacles.resolved(conn, PAGE + 1, row_id(request.args.get("before", "")))
    return desk.show(
        "obstacles.html",
        here="reports",
        open_ones=obstacles.open_ones(conn),
        done=done[:PAGE],
        older=done[PAGE - 1].id if len(done) > PAGE else None,
        names=sorted({one.name for one in accounts.listed(conn, desk.now)}),
        wrong=wrong,
        typed_text=text,
        typed_owner=owner,
    )
