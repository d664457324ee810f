"""Comments beside ratings: leaders read and moderate them, others read what was let through (004-16)."""

from __future__ import annotations

from flask import abort, request
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.console.frame import ConsoleFrame
from logbook.ratings import comments
from logbook.ratings.by_token import CommentState
from logbook.ratings.comments import Moderated

DECISIONS = (CommentState.SHOWN, CommentState.WITHHELD)


def add(desk: ConsoleFrame) -> None:
    """`/console/rating-comments`."""

    @desk.page("/rating-comments", Act.SEE_REPORTS)
    def rating_comments() -> str:
        leads = may(desk.person, Act.MODERATE_COMMENTS)
        states = tuple(CommentState) if leads else (CommentState.SHOWN,)
        with desk.reading() as conn:
            found = comments.listed(conn, states)
        return desk.show(
            "rating_comments.html",
            here="ratings",
            waiting=[one for one in found if one.state is CommentState.WAITING],
            others=[one for one in found if one.state is not CommentState.WAITING],
            leads=leads,
            decisions=DECISIONS,
            promises=desk.settings.tickets.tags,
            promised={one.key: one.name for one in desk.settings.tickets.tags},
        )

    @desk.page(
        "/rating-comments/<int(max=9223372036854775807):response_id>",
        Act.MODERATE_COMMENTS,
        methods=("POST",),
    )
    def rating_comment_moderate(response_id: int) -> Response:
        decision = request.form.get("decision", "")
        if decision not in DECISIONS:
            abort(404)
        read = request.form.get("read", "").replace("\r\n", "\n")
        with desk.writing() as conn:
            state, words = CommentState(decision), request.form.get("tags", "")
            known = {one.key for one in desk.settings.tickets.tags}
            decided = Moderated(read, state, words, frozenset(request.form.getlist("promise")) & known)
            done = comments.moderate(conn, response_id, decided, desk.person.id, desk.now)
            if done:
                subject = f"rating:{response_id}"
                audit_log.write(conn, desk.person, "moderate_comment", subject, desk.now, "", state=state)
            message = f"comment_{decision}_now" if done else "comment_changed"
            return desk.back("rating_comments", message, done=done)
