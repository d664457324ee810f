"""Tags of ratings: the office's promises that a comment says were kept or broken (002-12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from logbook.calls.rating_counts import AT_ONCE
from logbook.database.tables import rating_tags, responses
from logbook.ratings.instruments import CHANNELS
from logbook.ratings.spans import DaySpan


def put(conn: Connection, response_id: int, keys: Collection[str]) -> None:
    """Let a rating carry exactly these tags."""
    conn.execute(delete(rating_tags).where(rating_tags.c.response_id == response_id))
    rows = [{"response_id": response_id, "tag": key} for key in sorted(set(keys))]
    if rows:
        conn.execute(insert(rating_tags), rows)


def of(conn: Connection, response_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the tags of these ratings; one without a tag is left out."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(response_ids), AT_ONCE):
        wanted = response_ids[start : start + AT_ONCE]
        query = select(rating_tags).where(rating_tags.c.response_id.in_(wanted)).order_by(rating_tags.c.tag)
        for row in conn.execute(query):
            found.setdefault(row.response_id, []).append(row.tag)
    return {response_id: tuple(tags) for response_id, tags in found.items()}


def counted(conn: Connection, span: DaySpan) -> Counter[str]:
    """Count the ratings of the span that carry each tag; what is kept apart is not in them."""
    query = (
        select(rating_tags.c.tag, func.count().label("many"))
        .join(responses, responses.c.id == rating_tags.c.response_id)
        .where(
            responses.c.started_at >= span.begins,
            responses.c.started_at < span.ends,
            responses.c.channel.in_(list(CHANNELS)),
        )
        .group_by(rating_tags.c.tag)
    )
    return Counter({row.tag: row.many for row in conn.execute(query)})
