"""Stores a rating sent with a token, once; a later sending replaces it in all figures."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from logbook.calls import criteria as criteria_book
from logbook.calls import rating_counts
from logbook.calls.criteria import CriteriaSet
from logbook.database import personal_names, rate_limits
from logbook.database.personal_names import NameKeys, NameKind
from logbook.database.tables import criteria, ratings, replaced_ratings, responses, token_ratings
from logbook.plain_text import whole_text
from logbook.ratings import instruments, places, tokens
from logbook.ratings.instruments import Instrument, RatingChannel
from logbook.ratings.places import RatingPlace
from logbook.settings.loading import Settings

LONGEST_PROCEDURE, LONGEST_COMMENT = 300, 2000
APART = "qr_open"
"""The stored channel of ratings without a one-time code: in no index, shown by themselves and marked."""
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
SENDINGS_PER_TOKEN, SENDINGS = 20, 20_000
"""Of one token in a day, and of all together."""
OPEN_PER_PLACE, OPEN = 200, 2000
"""Ratings without a one-time code in a day: of one place, and of all."""
GUESSES = 300
"""Codes that are none, in an hour: further ones are turned away before anything is written."""


class SendingOutcome(StrEnum):
    """What became of a sending; the sentence of the page is `rate_<outcome>`."""

    THANKS = "thanks"
    REPLACED = "replaced"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a citizen sent: one mark for each criterion, None for none; the official chosen, if any.

    `token` is the one-time code typed on the form of a place; `screened_out` says no to the question that
    is asked first, and then there are no marks.
    """

    answers: tuple[int | None, ...]
    official_id: int | None
    procedure: str
    comment: str
    token: str = ""
    screened_out: bool = False
    name: str = ""


class CommentState(StrEnum):
    """Who may read a comment: nobody but the leader until somebody with the right has read it (004-16)."""

    WAITING = "waiting"
    SHOWN = "shown"
    WITHHELD = "withheld"


class RatingRefusedError(Exception):
    """The rating was not taken; `args[0]` is a text key of the catalogue."""


def instrument(settings: Settings) -> Instrument:
    """Return the instrument of the form (`rating_form`); LookupError when it is none for QR codes."""
    part = settings.rating_form
    found = instruments.registry(settings).get((part.instrument, part.version))
    if found is None or RatingChannel.QR not in found.channels:
        raise LookupError(f"no instrument {part.instrument} {part.version} with the channel qr")
    return found


def is_known(conn: Connection, code: str, now: datetime) -> bool:
    """Whether a code opens a form."""
    return tokens.find(conn, code, now) is not None or places.find(conn, code) is not None


def may_guess(conn: Connection, now: datetime) -> bool:
    """Whether codes that are none are still answered in this hour."""
    return rate_limits.used(conn, "rating guesses", AN_HOUR, now) < GUESSES


def is_spent(conn: Connection, code: str, now: datetime) -> bool:
    """Whether a one-time code was sent too often today, known without writing: stuffing costs little."""
    token = tokens.find(conn, code, now)
    if token is None:
        return False
    return rate_limits.used(conn, f"rating:{token.id}", A_DAY, now) >= SENDINGS_PER_TOKEN


def guessed(conn: Connection, now: datetime) -> None:
    """Note that somebody sent a code that is none."""
    rate_limits.spend(conn, "rating guesses", AN_HOUR, GUESSES, now)


def store(conn: Connection, settings: Settings, code: str, sent: Sent, now: datetime) -> SendingOutcome:
    """Store a rating sent to a one-time code, or to a place with one typed beside it; both are its trust.

    Without one it is kept apart. RatingRefusedError for a code that is none, too many sendings, or a rating
    without a mark.
    """
    token = tokens.find(conn, code, now, to_write=True)
    place = places.find(conn, code) if token is None else None
    if token is None and place is None:
        raise RatingRefusedError("rate_code_unknown")
    if token is None and sent.token.strip():
        token = tokens.find(conn, sent.token, now, to_write=True)
        if token is None:
            raise RatingRefusedError("rate_token_bad")
    asked = instrument(settings)
    _check(sent, asked)
    clean = replace(
        sent,
        procedure=" ".join(whole_text(sent.procedure, LONGEST_PROCEDURE).split()),
        comment=whole_text(sent.comment, LONGEST_COMMENT),
        token="",
        name="",
    )
    if token is None:
        assert place is not None  # noqa: S101 - one of the two was found
        _demand(conn, f"rating place:{place.id}", OPEN_PER_PLACE, now)
        _demand(conn, "ratings apart", OPEN, now)
        _keep_name(conn, settings, _first(conn, asked, clean, now, APART, place), sent.name)
        return SendingOutcome.APART
    _demand(conn, f"rating:{token.id}", SENDINGS_PER_TOKEN, now)
    _demand(conn, "ratings", SENDINGS, now)
    if token.response_id is None:
        response_id = _first(conn, asked, clean, now, RatingChannel.QR.stored, place)
        tokens.used(conn, token, response_id)
        _keep_name(conn, settings, response_id, sent.name)
        return SendingOutcome.THANKS
    _replace(conn, token.response_id, clean, now)
    _keep_name(conn, settings, token.response_id, sent.name)
    return SendingOutcome.REPLACED


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
    state = conn.execute(select(responses.c.state).where(responses.c.id == response_id)).scalar_one()
    return Sent(marks, row.official_id, row.procedure, row.comment, screened_out=state == "screened")


def asks_name(settings: Settings) -> bool:
    """Whether the form asks for the customer's name: where the office wants it and a key can encrypt it."""
    return settings.rating_form.ask_name and bool(settings.data_keys)


def _keep_name(conn: Connection, settings: Settings, response_id: int, name: str) -> None:
    """Keep the name of whoever rated, encrypted; the rating counts with and without one (004-05)."""
    if asks_name(settings):
        keys = NameKeys([one.get_secret_value() for one in settings.data_keys])
        personal_names.keep(conn, keys, NameKind.RATER, response_id, name)


def _demand(conn: Connection, scope: str, most: int, now: datetime) -> None:
    if not rate_limits.spend(conn, scope, A_DAY, most, now):
        raise RatingRefusedError("rate_too_often")


def _check(sent: Sent, asked: Instrument) -> None:
    if sent.screened_out and asked.screening:
        return
    if len(sent.answers) != len(asked.criteria) or all(mark is None for mark in sent.answers):
        raise RatingRefusedError("rate_no_mark")
    if any(mark is not None and not asked.lowest <= mark <= asked.highest for mark in sent.answers):
        raise RatingRefusedError("rate_no_mark")


def _first(
    conn: Connection,
    asked: Instrument,
    sent: Sent,
    now: datetime,
    channel: str,
    place: RatingPlace | None,
) -> int:
    """Write a new rating and return its response."""
    kept = criteria_book.find_set(conn, *asked.identity)
    kept = kept or criteria_book.of_id(conn, instruments.install(conn, [asked], now)[0])
    begun = insert(responses).values(
        set_id=kept.id, channel=channel, state=_state(sent), started_at=now, finished_at=now
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
            place_id=None if place is None else place.id,
            comment_state=CommentState.WAITING,
            tags="",
        )
    )
    rating_counts.change(conn, Counter(), [response_id])
    return response_id


def _state(sent: Sent) -> str:
    return "screened" if sent.screened_out else "partial" if None in sent.answers else "complete"


def _replace(conn: Connection, response_id: int, sent: Sent, now: datetime) -> None:
    """Take the earlier rating's place; it counts in the month of the first sending."""
    earlier = standing(conn, response_id)
    if earlier == sent:
        return
    details = {
        "answers": earlier.answers,
        "official_id": earlier.official_id,
        "procedure": earlier.procedure,
        "comment": earlier.comment,
    }
    kept = json.dumps(details, ensure_ascii=False)
    conn.execute(insert(replaced_ratings).values(response_id=response_id, at=now, content=kept))
    row = conn.execute(
        select(responses.c.set_id, responses.c.started_at).where(responses.c.id == response_id)
    ).one()
    counted = rating_counts.of(conn, [response_id])
    _write(conn, response_id, criteria_book.of_id(conn, row.set_id), sent, row.started_at)
    conn.execute(update(responses).where(responses.c.id == response_id).values(state=_state(sent)))
    other_words = {"comment_state": CommentState.WAITING, "moderated_by": None, "moderated_at": None}
    conn.execute(
        update(token_ratings)
        .where(token_ratings.c.response_id == response_id)
        .values(
            official_id=sent.official_id,
            procedure=sent.procedure,
            comment=sent.comment,
            replaced=token_ratings.c.replaced + 1,
            sent_at=now,
            **(other_words if sent.comment != earlier.comment else {}),
        )
    )
    rating_counts.change(conn, counted, [response_id])


def _write(conn: Connection, response_id: int, kept: CriteriaSet, sent: Sent, at: datetime) -> None:
    conn.execute(ratings.delete().where(ratings.c.response_id == response_id))
    ids = conn.execute(
        select(criteria.c.id).where(criteria.c.set_id == kept.id).order_by(criteria.c.position)
    ).scalars()
    marks = (None,) * len(kept.criteria) if sent.screened_out else sent.answers
    rows = [
        {"response_id": response_id, "criterion_id": each, "value": mark, "at": at}
        for each, mark in zip(ids, marks, strict=True)
    ]
    conn.execute(insert(ratings), rows)
