"""Deadline warnings: a reminder the day before, a warning once passed, once each, whatever dies meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from logbook.database.engine import Database
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations as table
from logbook.database.tables import tickets
from logbook.ids import TicketId
from logbook.outbox import escalations
from logbook.sending import deadline_warnings, handing_over
from tests.frozen import HOUSE
from tests.suite.waiting import PATIENCE
from tests.town_hall import (
    OFFICE,
    SETTINGS,
    HandClock,
    advancing,
    file_many,
    file_ticket,
    local_time,
    looking,
    matters,
    move,
    other_ladders,
    told,
)

OPENED = local_time("2026-11-25 09:10")
ANSWER = local_time("2026-12-09 17:00")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(OPENED)


def look(database: Database, clock: HandClock) -> int:
    return looking(database, clock).run_once(lambda: True)


def answers(database: Database, **columns: Any) -> int:
    """A ticket of which only the answer is still due."""
    with database.writing() as conn:
        filed = file_ticket(conn, "000001", OPENED, state="assigned", noticed_at=OPENED, **columns)
    return filed.id


def open_ones(database: Database) -> list[tuple[str, str]]:
    return [(row.kind, row.ladder) for row in matters(database) if row.settled_at is None]


def test_a_term_is_recalled_when_the_day_before_begins_and_told_once_it_has_passed(
    database: Database, clock: HandClock
) -> None:
    number = answers(database)
    seen = []
    for moment in (
        "2026-11-25 09:11",
        "2026-12-08 07:29",
        "2026-12-08 07:30",
        "2026-12-08 12:00",
        "2026-12-09 17:00",
        "2026-12-09 17:01",
        "2026-12-20 09:00",
    ):
        clock.at = local_time(moment)
        seen.append((look(database, clock), open_ones(database)))
    soon, late = [("soon", "reminder")], [("late", "overdue")]
    assert seen == [(0, []), (0, []), (1, soon), (0, soon), (0, soon), (2, late), (0, late)]
    rows = {row.kind: row for row in matters(database)}
    assert rows["late"].key == f"ticket:{number}:answer:2026-12-09T17:00:late"
    assert rows["late"].params == '{"due": "2026-12-09T17:00:00+07:00", "term": "answer"}'
    assert (rows["soon"].settled_how, rows["late"].urgent) == ("moot", False)


def test_of_several_terms_that_have_passed_the_last_speaks_for_the_ticket(
    database: Database, clock: HandClock
) -> None:
    with database.writing() as conn:
        file_ticket(conn, "000001", OPENED)
    counted = {}
    for day in ("2026-11-25 09:30", "2026-11-26 08:00", "2026-11-27 08:00", "2026-12-03", "2026-12-10"):
        clock.at = local_time(day if ":" in day else f"{day} 08:00")
        look(database, clock)
        counted[day] = [
            (row.kind, json.loads(row.params)["term"]) for row in matters(database) if row.settled_at is None
        ]
        assert look(database, clock) == 0
    assert list(counted.values()) == [
        [],
        [("soon", "classify")],
        [("late", "classify")],
        [("late", "transfer")],
        [("late", "answer")],
    ]


def test_a_conflict_of_interest_goes_round_the_chairman_and_the_reminder_to_those_at_work(
    database: Database, clock: HandClock
) -> None:
    answers(database, conflict=True)
    clock.at = local_time("2026-12-08 08:00")
    look(database, clock)
    assert open_ones(database) == [("soon", "reminder")]
    clock.at = local_time("2026-12-10 08:00")
    look(database, clock)
    assert open_ones(database) == [("late", "conflict")]
    advancing(database, clock).advance(lambda: True)
    assert {who for who, *_ in told(database)} == {"pho-chu-tich"}


def test_an_overdue_matter_is_told_every_working_day_until_acknowledged(
    database: Database, clock: HandClock
) -> None:
    answers(database)
    days = set()
    clock.at = local_time("2026-12-10 07:00")
    while clock.at < local_time("2026-12-16 12:00"):
        look(database, clock)
        before = len(told(database))
        advancing(database, clock).advance(lambda: True)
        if len(told(database)) > before:
            days.add(clock.at.date().isoformat())
        clock.at += timedelta(minutes=30)
    assert sorted(days) == ["2026-12-10", "2026-12-11", "2026-12-14", "2026-12-15", "2026-12-16"]


def test_acknowledged_it_never_comes_again_for_the_same_end_but_does_for_another(
    database: Database, clock: HandClock
) -> None:
    number = answers(database)
    clock.at = local_time("2026-12-10 08:00")
    look(database, clock)
    with database.writing() as conn:
        escalations.acknowledge(conn, matters(database)[0].id, how="key", who="chu-tich", now=clock.at)
    clock.at += timedelta(days=9)
    assert look(database, clock) == 0
    with database.writing() as conn:
        due = OFFICE.add_days(clock.at, 2)
        move(conn, TicketId(number), "extend", actor="x", reason="y", now=clock.at, answer_due_at=due)
    clock.at = due + timedelta(minutes=1)
    assert look(database, clock) == 1
    assert Counter(row.kind for row in matters(database))["late"] == 2


def test_an_answer_nobody_was_satisfied_with_is_late_again_in_its_own_row(
    database: Database, clock: HandClock
) -> None:
    number = answers(database)
    clock.at = local_time("2026-12-10 08:00")
    look(database, clock)
    with database.writing() as conn:
        move(conn, TicketId(number), "answer", actor="x", now=clock.at, answer="Đã xong.")
    assert open_ones(database) == []
    assert look(database, clock) == 0
    with database.writing() as conn:
        move(conn, TicketId(number), "reject_answer", actor="citizen", now=clock.at)
    assert look(database, clock) == 1
    (row,) = matters(database, kind="late")
    assert (row.settled_at, row.settled_how, row.step, row.cycle) == (None, None, 0, 1)
    assert row.next_at == clock.at
    assert look(database, clock) == 0


def test_handed_on_and_called_off_by_mistake_it_begins_again(database: Database, clock: HandClock) -> None:
    number = answers(database)
    clock.at = local_time("2026-12-10 08:00")
    look(database, clock)
    with database.writing() as conn:
        (late,) = escalations.unsettled(conn, TicketId(number))
        handing_over.hand_on(conn, late, by="chu-tich", settings=SETTINGS, now=clock.at, who="chu-tich")
        move(conn, TicketId(number), "classify", actor="x", now=clock.at, kind="nuisance", topic="other")
        move(conn, TicketId(number), "classify", actor="x", now=clock.at, kind="feedback", topic="other")
    assert look(database, clock) == 1
    with database.reading() as conn:
        first, second = escalations.of_ticket(conn, TicketId(number))
    assert (first.settled_how, second.settled_how, second.passed) == ("handed_on", None, ())
    assert look(database, clock) == 0
    assert advancing(database, clock).advance(lambda: True) >= 1


def test_what_a_changed_calendar_left_behind_is_mended(database: Database, clock: HandClock) -> None:
    answers(database)
    clock.at = local_time("2026-12-08 08:00")
    look(database, clock)
    with database.writing() as conn:
        conn.execute(update(tickets).values(answer_due_at=ANSWER + timedelta(days=5)))
    assert look(database, clock) == 1
    assert open_ones(database) == []
    with database.writing() as conn:
        conn.execute(update(tickets).values(answer_due_at=ANSWER))
    assert look(database, clock) == 1
    with database.writing() as conn:
        conn.execute(update(tickets).values(state="closed"))
    assert look(database, clock) == 1
    assert open_ones(database) == []


@pytest.mark.parametrize(
    "columns", [{"state": "answered"}, {"state": "closed"}, {"state": "guided"}, {"kind": "nuisance"}]
)
def test_a_ticket_without_terms_is_left_alone(
    database: Database, clock: HandClock, columns: dict[str, str]
) -> None:
    with database.writing() as conn:
        file_ticket(conn, "000001", OPENED, **columns)
    clock.at = local_time("2027-01-20 09:00")
    assert look(database, clock) == 0


def test_days_of_warning_are_working_days_of_the_settings(database: Database, clock: HandClock) -> None:
    answers(database)
    three = other_ladders(notifications={"remind_days": 3})
    clock.at = local_time("2026-12-04 07:29")
    assert looking(database, clock, three).run_once(lambda: True) == 0
    clock.at = local_time("2026-12-04 07:30")
    assert looking(database, clock, three).run_once(lambda: True) == 1


def test_whoever_lost_the_lease_opens_nothing(database: Database, clock: HandClock) -> None:
    answers(database)
    clock.at = local_time("2026-12-10 08:00")
    assert looking(database, clock).run_once(lambda: False) == 0
    assert matters(database) == []


@pytest.fixture
def no_rest_after_a_clock_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted bug: what has passed has not any more once the clock is set back."""
    monkeypatch.setattr(deadline_warnings, "SET_BACK", timedelta(0))


@pytest.fixture
def once_passed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted bug: what has passed stays so, however wrong the clock was."""
    monkeypatch.setattr(deadline_warnings, "SET_BACK", timedelta(days=1000))


@pytest.fixture
def a_row_for_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted bug: the key of a warning bears the moment of the run instead of the deadline."""
    opened = escalations.open_once

    def anew(conn: Connection, *, key: str, now: datetime, **seen: Any) -> int | None:
        return opened(conn, key=f"{key}:{now:%Y-%m-%dT%H:%M}", now=now, **seen)

    monkeypatch.setattr(escalations, "open_once", anew)
    monkeypatch.setattr(deadline_warnings, "_known", lambda *_: defaultdict(list))


def levels_after_jumps(database: Database, clock: HandClock) -> Counter[str]:
    """How many rows of each kind are there after the clock went back and forth over a deadline."""
    answers(database)
    for moment in (
        ANSWER + timedelta(minutes=30),
        ANSWER - timedelta(minutes=30),
        ANSWER + timedelta(minutes=30),
        ANSWER + timedelta(days=400),
        ANSWER + timedelta(minutes=30),
    ):
        clock.at = moment
        look(database, clock)
    return Counter(row.kind for row in matters(database))


@pytest.mark.row("F-13")
def test_a_clock_set_back_and_forth_opens_every_level_once(database: Database, clock: HandClock) -> None:
    assert levels_after_jumps(database, clock) == {"late": 1}
    assert open_ones(database) == [("late", "overdue")]


@pytest.mark.row("F-13")
@pytest.mark.parametrize("bug", ["no_rest_after_a_clock_set_back", "a_row_for_each_look"])
def test_a_planted_bug_that_opens_a_level_once_more_is_found_out(
    database: Database, clock: HandClock, request: pytest.FixtureRequest, bug: str
) -> None:
    request.getfixturevalue(bug)
    assert levels_after_jumps(database, clock).total() > 1


def sent_again(database: Database, clock: HandClock, late: datetime, back: timedelta) -> list[Any]:
    """What was sent, or begun again, because the clock was set back and came to the same hour once more."""
    answers(database)
    goes_by(database, clock, ANSWER - timedelta(hours=9), late)
    before, rounds = told(database), [row.cycle for row in matters(database)]
    goes_by(database, clock, late - back, late)
    again = Counter(told(database)) - Counter(before)
    return [*again, *({row.cycle for row in matters(database)} - set(rounds))]


SET_BACK = pytest.mark.parametrize(
    ("late", "back"),
    [
        (local_time("2026-12-09 17:30"), timedelta(hours=1)),
        (local_time("2026-12-10 08:05"), timedelta(hours=16)),
    ],
)


@pytest.mark.row("F-13")
@SET_BACK
def test_a_clock_set_back_tells_nothing_again(
    database: Database, clock: HandClock, late: datetime, back: timedelta
) -> None:
    assert sent_again(database, clock, late, back) == []
    assert open_ones(database) == [("late", "overdue")]


@pytest.mark.row("F-13")
@SET_BACK
def test_a_planted_bug_that_tells_again_is_found_out(
    database: Database,
    clock: HandClock,
    no_rest_after_a_clock_set_back: None,
    late: datetime,
    back: timedelta,
) -> None:
    assert sent_again(database, clock, late, back) != []


def open_after_a_wrong_year(database: Database, clock: HandClock) -> list[tuple[str, str]]:
    answers(database)
    goes_by(database, clock, ANSWER + timedelta(days=400), ANSWER - timedelta(hours=9))
    return open_ones(database)


@pytest.mark.row("F-13")
def test_a_clock_that_was_wrong_by_a_year_and_is_set_right_warns_of_nothing_that_runs(
    database: Database, clock: HandClock
) -> None:
    assert open_after_a_wrong_year(database, clock) == [("soon", "reminder")]


@pytest.mark.row("F-13")
def test_a_planted_bug_that_believes_the_wrong_year_is_found_out(
    database: Database, clock: HandClock, once_passed_for_ever: None
) -> None:
    assert ("late", "overdue") in open_after_a_wrong_year(database, clock)


def goes_by(database: Database, clock: HandClock, *moments: datetime) -> None:
    """The clock shows these moments, and the sweeps look at each."""
    for moment in moments:
        clock.at = moment
        look(database, clock)
        advancing(database, clock).advance(lambda: True)


def levels(database: Database, kind: str) -> Counter[int]:
    with database.reading() as conn:
        query = select(table.c.ticket_id, func.count().label("rows")).where(table.c.kind == kind)
        rows = conn.execute(query.group_by(table.c.ticket_id))
        return Counter({row.ticket_id: row.rows for row in rows})


def calls_of_each(database: Database) -> Counter[int]:
    with database.reading() as conn:
        query = select(outbox.c.escalation_id, outbox.c.key)
        return Counter(row.escalation_id for row in conn.execute(query))


@pytest.mark.row("F-05")
@pytest.mark.row("F-20")
def test_a_thousand_tickets_falling_due_are_told_once_each_by_two_runners_within_a_minute(
    database: Database, clock: HandClock
) -> None:
    with database.writing() as conn:
        file_many(conn, range(1000), OPENED, state="assigned", noticed_at=OPENED)
    clock.at = local_time("2026-12-10 08:00")
    begun = time.process_time()  # a machine that is busy with something else makes it no more
    runners = [threading.Thread(target=look, args=(database, HandClock(clock.at))) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(PATIENCE)
    assert time.process_time() - begun < 60
    found = levels(database, "late")
    assert (len(found), set(found.values())) == (1000, {1})
    assert look(database, clock) == 0


@pytest.mark.row("F-05")
def test_killed_again_and_again_while_a_thousand_fall_due_none_is_lost_and_none_doubled(
    database: Database, clock: HandClock
) -> None:
    with database.writing() as conn:
        file_many(conn, range(1000), OPENED, state="assigned", noticed_at=OPENED)
    address = database.url.render_as_string(hide_password=False)
    moment = local_time("2026-12-10 08:00").isoformat()
    done = subprocess.run(
        [sys.executable, "-m", "tests.scheduler.killed_sweeps", address, moment, "16", "a seed"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * PATIENCE,
    )
    assert (done.stdout, done.returncode) == ("16 0\n", 0), done.stderr
    found = levels(database, "late")
    assert (len(found), set(found.values())) == (1000, {1})
    sent = calls_of_each(database)
    assert (len(sent), set(sent.values())) == (1000, {1})
