"""Stores a rating sent with a token, once; a later sending replaces it in all figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from logbook.calls import criteria as criteria_book
from logbook.calls.criteria import CriteriaSet
from logbook.database import rate_limits
from logbook.database.tables import criteria, ratings, replaced_ratings, responses, token_ratings
from logbook.plain_text import whole_text
from logbook.ratings import instruments, tokens
from logbook.ratings.instruments import Instrument, RatingChannel
from logbook.ratings.tokens import Token
from logbook.settings.loading import Settings

LONGEST_PROCEDURE, LONGEST_COMMENT = 300, 2000
A_DAY = timedelta(days=1)
SENDINGS_PER_TOKEN, SENDINGS = 20, 20_000
"""Of one token in a day, and of all together."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a citizen sent: one mark for each criterion, None for none; the official chosen, if any."""

    answers: tuple[int | None, ...]
    official_id: int | None
    procedure: str
    comment: str


class RatingRefusedError(Exception):
    """The rating was not taken; `args[0]` is a text key of the catalogue."""


def instrument(settings: Settings) -> Instrument:
    """Return the newest instrument for QR codes (LookupError when there is none)."""
    found = [one for one in instruments.registry(settings).values() if RatingChannel.QR in one.channels]
    if not found:
        raise LookupError("no instrument has the channel qr")
    return max(found, key=lambda one: one.version)


def store(conn: Connection, settings: Settings, code: str, sent: Sent, now: datetime) -> bool:
    """Store a rating and return whether it replaced an earlier one of the same code.

    RatingRefusedError for a code that is none, too many sendings, or a rating without a mark.
    """
    token = tokens.find(conn, code, now, to_write=True)
    if token is None:
        raise RatingRefusedError("rate_code_unknown")
    asked = instrument(settings)
    _check(sent, asked)
    within = rate_limits.spend(conn, f"rating:{token.id}", A_DAY, SENDINGS_PER_TOKEN, now)
    if not (within and rate_limits.spend(conn, "ratings", A_DAY, SENDINGS, now)):
        raise RatingRefusedError("rate_too_often")
    clean = Sent(
        sent.answers,
        sent.official_id,
        " ".join(whole_text(sent.procedure, LONGEST_PROCEDURE).split()),
        whole_text(sent.comment, LONGEST_COMMENT),
    )
    if token.response_id is None:
        _first(conn, token, asked, clean, now)
        return False
    _replace(conn, token.response_id, clean, now)
    return True


def standing(conn: Connection, response_id: int) -> Sent:
    """Return what a rating says now."""
    row = conn.execute(select(token_ratings).where(token_ratings.c.response_id == response_id)).one()
    query = (
        select(ratings.c.value)
        .join(criteria, criteria.c.id == ratings.c.criterion_id)
        .where(ratings.c.response_id == response_id)
        .order_by(criteria.c.position)
    )
    marks = tuple(conn.execute(query).scalars())
    return Sent(marks, row.official_id, row.procedure, row.comment)


def _check(sent: Sent, asked: Instrument) -> None:
    if len(sent.answers) != len(asked.criteria) or all(mark is None for mark in sent.answers):
        raise RatingRefusedError("rate_no_mark")
    if any(mark is not None and not asked.lowest <= mark <= asked.highest for mark in sent.answers):
        raise RatingRefusedError("rate_no_mark")


def _first(conn: Connection, token: Token, asked: Instrument, sent: Sent, now: datetime) -> None:
    kept = criteria_book.find_set(conn, *asked.identity)
    kept = kept or criteria_book.of_id(conn, instruments.install(conn, [asked], now)[0])
    state = "partial" if None in sent.answers else "complete"
    begun = insert(responses).values(
        set_id=kept.id, channel=RatingChannel.QR.stored, state=state, started_at=now, finished_at=now
    )
    response_id: int = conn.execute(begun.returning(responses.c.id)).scalar_one()
    _write(conn, response_id, kept, sent, now)
    conn.execute(
        insert(token_ratings).values(
            response_id=response_id,
            official_id=sent.official_id,
            procedure=sent.procedure,
            comment=sent.comment,
            replaced=0,
            sent_at=now,
        )
    )
    tokens.used(conn, token, response_id)


def _replace(conn: Connection, response_id: int, sent: Sent, now: datetime) -> None:
    """Take the earlier rating's place; it counts in the month of the first sending."""
    before = standing(conn, response_id)
    if before == sent:
        return
    details = {
        "answers": before.answers,
        "official_id": before.official_id,
        "procedure": before.procedure,
        "comment": before.comment,
    }
    kept = json.dumps(details, ensure_ascii=False)
    conn.execute(insert(replaced_ratings).values(response_id=response_id, at=now, content=kept))
    row = conn.execute(
        select(responses.c.set_id, responses.c.started_at).where(responses.c.id == response_id)
    ).one()
    _write(conn, response_id, criteria_book.of_id(conn, row.set_id), sent, row.started_at)
    conn.execute(
        update(token_ratings)
        .where(token_ratings.c.response_id == response_id)
        .values(
            official_id=sent.official_id,
            procedure=sent.procedure,
            comment=sent.comment,
            replaced=token_ratings.c.replaced + 1,
            sent_at=now,
        )
    )


def _write(conn: Connection, response_id: int, kept: CriteriaSet, sent: Sent, at: datetime) -> None:
    conn.execute(ratings.delete().where(ratings.c.response_id == response_id))
    ids = conn.execute(
        select(criteria.c.id).where(criteria.c.set_id == kept.id).order_by(criteria.c.position)
    ).scalars()
    rows = [
        {"response_id": response_id, "criterion_id": each, "value": mark, "at": at}
        for each, mark in zip(ids, sent.answers, strict=True)
    ]
    conn.execute(insert(ratings), rows)
