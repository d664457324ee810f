"""Comments beside ratings: nobody but the leader reads one before it was moderated (004-16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, select, update

from logbook.calls.rating_counts import AT_ONCE
from logbook.database.tables import officials, responses, token_ratings
from logbook.plain_text import whole_text
from logbook.ratings import tags as rating_tags
from logbook.ratings.by_token import APART, CommentState
from logbook.ratings.spans import DaySpan

LONGEST_TAGS = 500


@dataclass(frozen=True, slots=True)
class RatingComment:
    """One comment: on whom, when it was sent, the moderator's words; `apart` had no one-time code.

    `promises` are the keys of the office's promises it carries as tags.
    """

    response_id: int
    official: str
    sent_at: datetime
    procedure: str
    text: str
    state: CommentState
    tags: str
    apart: bool
    promises: tuple[str, ...] = ()


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
    rows = conn.execute(query.order_by(token_ratings.c.response_id.desc()).limit(AT_ONCE)).all()
    carried = rating_tags.of(conn, [row.response_id for row in rows])
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
            carried.get(row.response_id, ()),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Moderated:
    """What a leader decided about a comment as it was `read`: its own words and tags of the promises."""

    read: str
    state: CommentState
    words: str
    promises: frozenset[str] = frozenset()


def moderate(conn: Connection, response_id: int, decided: Moderated, by: int, now: datetime) -> bool:
    """Show or withhold a comment as it was read; False where there is none, or other words stand by now."""
    done = conn.execute(
        update(token_ratings)
        .where(token_ratings.c.response_id == response_id, token_ratings.c.comment == decided.read)
        .where(token_ratings.c.comment != "")
        .values(
            comment_state=decided.state,
            tags=" ".join(whole_text(decided.words, LONGEST_TAGS).split()),
            moderated_by=by,
            moderated_at=now,
        )
    )
    if done.rowcount == 1:
        rating_tags.put(conn, response_id, decided.promises)
    return done.rowcount == 1
