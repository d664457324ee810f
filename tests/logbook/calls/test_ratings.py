"""Ratings: kept one by one, complete only when all were asked, sets never change under their version."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from logbook.calls import rating_counts, ratings
from logbook.calls.ratings import CriteriaSetChangedError, StoredCriterion
from logbook.database.engine import Database

FIVE = tuple(StoredCriterion(f"tc{number}", f"Tiêu chí {number}", f"Câu {number}?") for number in range(1, 6))


def installed(conn: Connection, now: datetime, asked: tuple[StoredCriterion, ...] = FIVE) -> int:
    return ratings.install_set(
        conn, key="dai-lanh-5", version=1, title="Năm", scale_min=1, scale_max=5, asked=asked, now=now
    )


@pytest.mark.row("000-05")
@pytest.mark.row("000-06")
@pytest.mark.row("000-07")
@pytest.mark.row("000-08")
@pytest.mark.row("000-09")
def test_a_set_is_stored_once_under_stable_keys_and_its_words_never_change(
    database: Database, now: datetime
) -> None:
    changed = (StoredCriterion("tc1", "Tiêu chí 1", "Câu khác?"), *FIVE[1:])
    with database.writing() as conn:
        assert installed(conn, now) == installed(conn, now)
        with pytest.raises(CriteriaSetChangedError, match="phiên bản 1"):
            installed(conn, now, changed)
        with pytest.raises(CriteriaSetChangedError):
            installed(conn, now, FIVE[:4])
        stored = ratings.find_set(conn, "dai-lanh-5", 1)
        assert ratings.find_set(conn, "dai-lanh-5", 2) is None
    assert stored is not None
    assert stored.criteria == FIVE


@pytest.mark.row("000-02")
def test_ratings_given_before_hanging_up_are_kept_as_partial(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        installed(conn, now)
        call = phone(conn)
        first = ratings.begin_response(conn, call.id, "dai-lanh-5", 1, now)
        ratings.rate(conn, call.id, "tc1", 2, now)
        ratings.rate(conn, call.id, "tc1", 5, now)
        assert ratings.begin_response(conn, call.id, "dai-lanh-5", 1, now) == first
        assert ratings.finish(conn, call.id, "complete", now) == "partial"
        response = ratings.of_call(conn, call.id)
    assert response is not None
    assert (response.state, response.ratings, response.finished_at) == ("partial", {"tc1": 5}, now)


def test_a_response_is_complete_when_all_were_answered_or_skipped_and_stays_so(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        installed(conn, now)
        call = phone(conn)
        ratings.begin_response(conn, call.id, "dai-lanh-5", 1, now)
        for key, value in zip(["tc1", "tc2", "tc3", "tc4", "tc5"], [5, 4, None, 1, 3], strict=True):
            ratings.rate(conn, call.id, key, value, now)
        assert ratings.finish(conn, call.id, "complete", now) == "complete"
        assert ratings.finish(conn, call.id, "partial", now + timedelta(hours=1)) == "complete"
        (response,) = ratings.recent(conn, 5)
        assert ratings.recent(conn, 5, before=response.id) == []
    assert response.ratings == {"tc1": 5, "tc2": 4, "tc3": None, "tc4": 1, "tc5": 3}
    assert response.finished_at == now


def test_a_refused_survey_is_refused_and_no_survey_is_nothing(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        installed(conn, now)
        call, silent = phone(conn, "CA1"), phone(conn, "CA2")
        ratings.begin_response(conn, call.id, "dai-lanh-5", 1, now)
        assert ratings.finish(conn, call.id, "refused", now) == "refused"
        assert ratings.finish(conn, silent.id, "refused", now) is None
        unheard = phone(conn, "CA9")
        ratings.begin_response(conn, unheard.id, "dai-lanh-5", 1, now)
        assert ratings.finish(conn, unheard.id, "complete", now) == "partial"


@pytest.mark.parametrize(("key", "value"), [("tc1", 0), ("tc1", 6), ("tc1", 2**63), ("tc6", 3)])
def test_what_was_not_asked_or_is_off_the_scale_is_refused(
    database: Database, phone: Any, now: datetime, key: str, value: int
) -> None:
    with database.writing() as conn:
        installed(conn, now)
        call = phone(conn)
        ratings.begin_response(conn, call.id, "dai-lanh-5", 1, now)
        with pytest.raises(ValueError, match=r"scale|asked"):
            ratings.rate(conn, call.id, key, value, now)


def test_a_response_to_an_unknown_set_is_refused(database: Database, phone: Any, now: datetime) -> None:
    with pytest.raises(IntegrityError), database.writing() as conn:
        ratings.begin_response(conn, phone(conn).id, "dai-lanh-5", 7, now)


def test_kept_counts_are_right_in_whatever_order_answers_come(
    database: Database, phone: Any, now: datetime
) -> None:
    day = timedelta(days=1)
    given = [("tc1", 3, now), ("tc2", None, now), ("tc3", 4, now - day), ("tc2", 1, now + day)]
    given += [("tc1", 5, now + day), ("tc4", 2, now - 2 * day), ("tc1", None, now), ("tc5", 5, now)]
    with database.writing() as conn:
        installed(conn, now)
        for sid in ("CA2", "CA3"):
            call = phone(conn, sid)
            ratings.begin_response(conn, call.id, "dai-lanh-5", 1, now)
            for key, value, at in given:
                ratings.rate(conn, call.id, key, value, at)
                assert rating_counts.wrong(conn) == [], (key, value, at)
