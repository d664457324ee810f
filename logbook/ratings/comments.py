"""Comments beside ratings: nobody but the leader reads one before it was moderated (004-16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, select, update

from logbook.calls.rating_counts import AT_ONCE
from logbook.database.tables import officials, responses, token_ratings
from logbook.plain_text import whole_text
from logbook.ratings.by_token import APART, CommentState
from logbook.ratings.spans import DaySpan

LONGEST_TAGS = 500


@dataclass(frozen=True, slots=True)
class RatingComment:
    """One comment: on whom, when it was sent, the moderator's tags; `apart` had no one-time code."""

    response_id: int
    official: str
    sent_at: datetime
    procedure: str
    text: str
    state: CommentState
    tags: str
    apart: bool


_COMMENTS: Select[tuple[object, ...]] = (
    select(
        token_ratings.c.response_id,
        officials.c.name,
        token_ratings.c.sent_at,
        token_ratings.c.procedure,
        token_ratings.c.comment,
        token_ratings.c.comment_state,
        token_ratings.c.tags,
        responses.c.channel,
    )
    .join(responses, responses.c.id == token_ratings.c.response_id)
    .outerjoin(officials, officials.c.id == token_ratings.c.official_id)
    .where(token_ratings.c.comment != "")
)


def listed(
    conn: Connection, states: tuple[CommentState, ...], span: DaySpan | None = None
) -> list[RatingComment]:
    """Return the newest comments in one of these states, of a stretch of days or of all time."""
    query = _COMMENTS.where(token_ratings.c.comment_state.in_([one.value for one in states]))
    if span is not None:
        query = query.where(responses.c.started_at >= span.begins, responses.c.started_at < span.ends)
    rows = conn.execute(query.order_by(token_ratings.c.response_id.desc()).limit(AT_ONCE))
    return [
        RatingComment(
            row.response_id,
            row.name or "",
            row.sent_at,
            row.procedure,
            row.comment,
            CommentState(row.comment_state),
            row.tags,
            row.channel == APART,
        )
        for row in rows
    ]


def moderate(
    conn: Connection, response_id: int, read: str, state: CommentState, tags: str, by: int, now: datetime
) -> bool:
    """Show or withhold a comment as it was read; False where there is none, or other words stand by now."""
    done = conn.execute(
        update(token_ratings)
        .where(token_ratings.c.response_id == response_id, token_ratings.c.comment == read)
        .where(token_ratings.c.comment != "")
        .values(
            comment_state=state,
            tags=" ".join(whole_text(tags, LONGEST_TAGS).split()),
            moderated_by=by,
            moderated_at=now,
        )
    )
    return done.rowcount == 1
