"""Minutes that stood in tickets become openings when an older database is upgraded."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from logbook.database import schema
from logbook.database.engine import Database
from logbook.database.tables import openings, tickets
from logbook.database.utc_datetime import UtcDateTime

NAMES = (
    *("id", "code", "kind", "channel", "caller_raw", "state", "version", "events", "head_hash", "urgent"),
    *("anonymous", "conflict", "search_text", "minutes", "content"),
)
OLD = sa.table(
    "tickets",
    *map(sa.column, NAMES),
    *(sa.column(name, UtcDateTime()) for name in ("opened_at", "notice_due_at", "answer_due_at")),
)
TUESDAY = {"opened_on": "2026-11-24", "opened_by": "Lê Thị Hoa", "opinions": 3}


@pytest.mark.row("R10")
def test_minutes_typed_three_times_become_one_opening_to_which_the_three_tickets_point(
    empty_database: Database, now: datetime
) -> None:
    book = [
        (1, "letter_box", TUESDAY),
        (2, "letter_box", TUESDAY),
        (3, "suggestion_book", TUESDAY),
        (4, "letter_box", TUESDAY | {"opened_by": "Trần Văn Ba"}),
        (5, "letter_box", TUESDAY | {"opened_on": "2026-11-17"}),
        (6, "walk_in", None),
        (7, "letter_box", TUESDAY),
        (8, "letter_box", None),
    ]
    with empty_database.writing() as conn:
        command.upgrade(schema.config(conn), "0010")
        for number, channel, minutes in book:
            row = dict.fromkeys(("kind", "caller_raw", "state", "head_hash", "search_text"), "")
            at = dict.fromkeys(("opened_at", "notice_due_at", "answer_due_at"), now + timedelta(hours=number))
            flags = dict.fromkeys(("urgent", "anonymous", "conflict"), False)
            seen = {
                "minutes": minutes and json.dumps(minutes, ensure_ascii=False),
                "content": f"thư {number}",
            }
            known = {"id": number, "code": f"{number:06}", "channel": channel, "version": 1, "events": 0}
            conn.execute(sa.insert(OLD).values(**row, **at, **flags, **seen, **known))
    empty_database.upgrade(now)
    with empty_database.reading() as conn:
        kept = [tuple(row) for row in conn.execute(_SAYS)]
        of_ticket = {row.id: row.opening_id for row in conn.execute(_POINTS)}
    first, book_of_opinions, by_ba, week_before = (row[0] for row in kept)
    day = date(2026, 11, 24)
    assert [row[1:] for row in kept] == [
        ("letter_box", day, "Lê Thị Hoa", 3, now + timedelta(hours=1)),
        ("suggestion_book", day, "Lê Thị Hoa", 3, now + timedelta(hours=3)),
        ("letter_box", day, "Trần Văn Ba", 3, now + timedelta(hours=4)),
        ("letter_box", date(2026, 11, 17), "Lê Thị Hoa", 3, now + timedelta(hours=5)),
    ]
    points = {1: first, 2: first, 3: book_of_opinions, 4: by_ba, 5: week_before, 6: None, 7: first, 8: None}
    assert of_ticket == points


_SAYS = sa.select(
    *(openings.c[name] for name in ("id", "channel", "opened_on", "opened_by", "found", "made_at"))
).order_by(openings.c.id)
_POINTS = sa.select(tickets.c.id, tickets.c.opening_id)
