"""Stores callers' ratings one by one, a response per call, so that a hang-up loses none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from logbook.calls import rating_counts
from logbook.calls.criteria import (
    CriteriaSet,
    CriteriaSetChangedError,
    StoredCriterion,
    find_set,
    install_set,
)
from logbook.clock import local
from logbook.database.tables import criteria, criteria_sets, ratings, responses
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import CallId

__all__ = [
    "CriteriaSet",
    "CriteriaSetChangedError",
    "Response",
    "StoredCriterion",
    "begin_response",
    "find_set",
    "finish",
    "install_set",
    "of_call",
    "rate",
    "recent",
]


HOTLINE = "hotline"
"""The channel of what callers rated; slips and other channels are read by logbook/ratings."""


@dataclass(frozen=True, slots=True)
class Response:
    """One row of `responses` with its ratings by criterion key; None is a question skipped."""

    id: int
    call_id: CallId | None
    set_id: int
    channel: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    ratings: dict[str, int | None]


def _begin(insert: InsertInto) -> Any:
    new = insert(responses).values(
        set_id=select(criteria_sets.c.id)
        .where(criteria_sets.c.key == bindparam("set_key"), criteria_sets.c.version == bindparam("version"))
        .scalar_subquery(),
        channel=HOTLINE,
        state="started",
    )
    return new.on_conflict_do_update(
        index_elements=[responses.c.call_id], set_={"call_id": new.excluded.call_id}
    ).returning(responses.c.id)


def _rate(insert: InsertInto) -> Any:
    new = insert(ratings)
    return new.on_conflict_do_update(
        index_elements=[ratings.c.response_id, ratings.c.criterion_id],
        set_={"value": new.excluded.value, "at": new.excluded.at},
    )


_BEGIN = PerDatabase(_begin)
_EARLIER = ratings.alias()
_RATE = PerDatabase(_rate)
_ASKED = (
    select(
        responses.c.id,
        criteria.c.id,
        responses.c.set_id,
        criteria_sets.c.scale_min,
        criteria_sets.c.scale_max,
        ratings.c.value,
        select(func.min(_EARLIER.c.at))
        .where(_EARLIER.c.response_id == responses.c.id, _EARLIER.c.value.is_not(None))
        .scalar_subquery(),
    )
    .join(criteria_sets, criteria_sets.c.id == responses.c.set_id)
    .join(criteria, criteria.c.set_id == criteria_sets.c.id)
    .outerjoin(
        ratings, and_(ratings.c.response_id == responses.c.id, ratings.c.criterion_id == criteria.c.id)
    )
    .where(responses.c.call_id == bindparam("call_id"), criteria.c.key == bindparam("key"))
)
_OF_CALL = select(responses).where(responses.c.call_id == bindparam("call_id"))
_RATINGS = (
    select(criteria.c.key, ratings.c.value)
    .join(criteria, criteria.c.id == ratings.c.criterion_id)
    .where(ratings.c.response_id == bindparam("response_id"))
    .order_by(criteria.c.position)
)
_ASKED_FOR = select(func.count()).where(criteria.c.set_id == responses.c.set_id).scalar_subquery()
_GIVEN = select(func.count()).where(ratings.c.response_id == responses.c.id).scalar_subquery()
_STATE = bindparam("so_far", type_=responses.c.state.type)
_FINISH = (
    update(responses)
    .where(responses.c.call_id == bindparam("call"))
    .values(
        state=case(
            (_GIVEN == _ASKED_FOR, "complete"),
            (or_(_GIVEN > 0, _STATE == "complete"), "partial"),
            else_=_STATE,
        ),
        finished_at=func.coalesce(
            responses.c.finished_at, bindparam("at", type_=responses.c.finished_at.type)
        ),
    )
    .returning(responses.c.state)
)


def begin_response(conn: Connection, call_id: CallId, set_key: str, version: int, now: datetime) -> int:
    """Begin the one response of a call, or find it again; IntegrityError for an unknown set."""
    response_id: int = conn.execute(
        _BEGIN.on(conn),
        {"call_id": call_id, "set_key": set_key, "version": version, "started_at": now},
    ).scalar_one()
    return response_id


def rate(conn: Connection, call_id: CallId, criterion_key: str, value: int | None, now: datetime) -> None:
    """Keep one answer at once; None is a skipped question, and the last answer to a question counts.

    ValueError for a criterion the call was not asked or a value outside the scale.
    """
    row = conn.execute(_ASKED, {"call_id": call_id, "key": criterion_key}).first()
    if row is None:
        raise ValueError(f"call {call_id} is not asked about {criterion_key!r}")
    response_id, criterion_id, set_id, lowest, highest, earlier, first_at = row
    if value is not None and not lowest <= value <= highest:
        raise ValueError(f"{value} is outside the scale {lowest} to {highest}")
    in_order = earlier is None and (first_at is None or first_at <= now)
    before = None if in_order else rating_counts.of(conn, [response_id])
    conn.execute(
        _RATE.on(conn),
        {"response_id": response_id, "criterion_id": criterion_id, "value": value, "at": now},
    )
    if before is not None:
        rating_counts.change(conn, before, [response_id])
    elif value is not None:
        day = local(now).date()
        rating_counts.add(conn, day, set_id, HOTLINE, criterion_id, value, first=first_at is None)


def finish(conn: Connection, call_id: CallId, state: str, now: datetime) -> str | None:
    """End the call's response as partial, refused or complete and return how it ended; None without one.

    It is complete only when every criterion was answered or skipped, and then stays so.
    """
    ended: str | None = conn.execute(_FINISH, {"call": call_id, "so_far": state, "at": now}).scalar()
    return ended


def of_call(conn: Connection, call_id: CallId) -> Response | None:
    """Return the response of one call with its ratings, or None."""
    row = conn.execute(_OF_CALL, {"call_id": call_id}).mappings().first()
    return None if row is None else Response(**row, ratings=_ratings_of(conn, row["id"]))


def recent(conn: Connection, limit: int, before: int | None = None) -> list[Response]:
    """Return the newest responses first; `before` is the id of the last one already shown."""
    query = (
        select(responses).where(responses.c.channel == HOTLINE).order_by(responses.c.id.desc()).limit(limit)
    )
    if before is not None:
        query = query.where(responses.c.id < before)
    rows = conn.execute(query).mappings().all()
    return [Response(**row, ratings=_ratings_of(conn, row["id"])) for row in rows]


def _ratings_of(conn: Connection, response_id: int) -> dict[str, int | None]:
    return {row.key: row.value for row in conn.execute(_RATINGS, {"response_id": response_id})}
