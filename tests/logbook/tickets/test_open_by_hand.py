"""Entering by hand below the page: codes, doubles and what never reaches the history."""

import dataclasses
from datetime import datetime, timedelta

import pytest

from logbook.database.engine import Database
from logbook.tickets import history, open_by_hand, open_by_phone
from logbook.tickets.open_by_hand import EntryRefusedError, ManualEntry
from logbook.tickets.open_by_phone import OpenedTicket, six_digits

SECRET = "a secret of the office"
OFFICE = frozenset({"+842583842102", "+842583842111"})
GIVEN = ManualEntry(
    "walk_in", "individual", "Nội dung", name="Bình\x00", address="Xóm 3", number="0912345678"
)


def enter(database: Database, given: ManualEntry, now: datetime, code: str | None = None) -> OpenedTicket:
    with database.writing() as conn:
        return open_by_hand.enter(
            conn,
            given,
            actor="an",
            notice_due_at=now + timedelta(days=14),
            answer_due_at=now + timedelta(days=14),
            now=now,
            secret=SECRET,
            office=OFFICE,
            draw=(lambda: code) if code else six_digits,
        )


def test_a_code_in_use_is_never_given_again(database: Database, now: datetime) -> None:
    assert enter(database, GIVEN, now, "111111").code == "111111"
    with pytest.raises(RuntimeError):
        enter(database, dataclasses.replace(GIVEN, content="Khác"), now, "111111")


def test_the_same_words_a_while_later_or_of_somebody_else_are_another_ticket(
    database: Database, now: datetime
) -> None:
    first = enter(database, GIVEN, now)
    assert enter(database, GIVEN, now + timedelta(seconds=59)).code == first.code
    assert enter(database, GIVEN, now + timedelta(seconds=61)).code != first.code
    assert enter(database, dataclasses.replace(GIVEN, name="Ba"), now).code != first.code


def test_the_pin_is_that_of_the_code_and_kept_only_as_a_digest(database: Database, now: datetime) -> None:
    opened = enter(database, dataclasses.replace(GIVEN, number=""), now)
    assert opened.pin is not None
    assert open_by_phone.proves(opened.ticket, opened.pin, SECRET)
    assert not open_by_phone.proves(opened.ticket, opened.pin, "another secret")
    assert open_by_hand.pin_of(opened.ticket, SECRET) == opened.pin
    assert enter(database, GIVEN, now).pin is None


def test_who_complains_stands_in_the_ticket_and_not_in_its_history(database: Database, now: datetime) -> None:
    opened = enter(database, GIVEN, now)
    assert (opened.ticket.caller_name, opened.ticket.caller_address) == ("Bình", "Xóm 3")
    with database.reading() as conn:
        (event,) = history.of(conn, opened.ticket.id)
        assert open_by_hand.entered_by(conn, opened.ticket.id) == "an"
        assert history.verify(conn) is None
    for private in ("Bình", "Xóm 3", "912345678"):
        assert private not in event.details


def test_every_problem_is_told_at_once(database: Database, now: datetime) -> None:
    with pytest.raises(EntryRefusedError) as caught:
        enter(database, ManualEntry("x", "y", "\x00"), now)
    assert set(caught.value.problems) == {"channel", "caller_type", "content", "name", "address"}


@pytest.mark.row("B-02")
def test_a_number_of_the_office_is_not_taken_down_as_the_citizens(database: Database, now: datetime) -> None:
    """However it is written; a clerk's mobile, and a citizen's number, are."""
    for typed in ("0258.3842.102", "+84 258 384 2102", "sip:02583842102@pbx", "02583842111"):
        with pytest.raises(EntryRefusedError) as caught:
            enter(database, dataclasses.replace(GIVEN, number=typed), now)
        assert caught.value.problems == {"number": "ours"}
    assert enter(database, GIVEN, now).ticket.caller_number == "+84912345678"
