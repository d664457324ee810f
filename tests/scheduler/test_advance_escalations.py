"""Advancing escalations: who is notified, by what and when, over nights, holidays, downtime, two runners."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from logbook.calendar import closures
from logbook.database.engine import Database
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations as table
from logbook.ids import EscalationId
from logbook.opening_hours import Window
from logbook.outbox import deliveries, escalations
from logbook.sending import escalation_steps
from logbook.sending.escalation_steps import look_again
from logbook.settings.loading import Settings
from logbook.settings.notifications import EscalationStep
from scheduler.advance_escalations import EscalationsDue, _Walk, from_the_first
from tests.logbook.calendar_oracle import OFFICE as HOURS
from tests.logbook.calendar_oracle import Oracle
from tests.scheduler.careless_sweeps import counted_from_what_was_due
from tests.suite.waiting import PATIENCE
from tests.town_hall import (
    MINUTE,
    SETTINGS,
    HandClock,
    advancing,
    file_ticket,
    hire,
    local_time,
    matters,
    move,
    other_ladders,
    told,
)

ORACLE = Oracle(2026, HOURS)
WEDNESDAY = local_time("2026-11-25 09:10")
CHAIRMAN, VICE, HEAD, CLERK = "chu-tich", "pho-chu-tich", "chanh-van-phong", "truc"


def rung(
    official: str, after: int = 0, times: int = 1, every: int = 15, channel: str = "call"
) -> EscalationStep:
    return EscalationStep(
        official=official, channel=channel, after_minutes=after, times=times, every_minutes=every
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock(WEDNESDAY)


@pytest.fixture
def due(database: Database, clock: HandClock) -> EscalationsDue:
    return advancing(database, clock)


def open_escalation(database: Database, now: datetime, **more: Any) -> int:
    with database.writing() as conn:
        values = {"key": f"matter:{now.isoformat()}", "kind": "new", "ladder": "complaint"} | more
        number = escalations.open_once(conn, now=now, **values)
    assert number is not None
    return number


def tick(due: EscalationsDue) -> int:
    return due.advance(lambda: True)


def calls_at(database: Database, escalation_id: int | None = None) -> list[tuple[datetime, str]]:
    """When each call of one escalation was written, or of all, and to whom."""
    query = select(outbox.c.made_at, outbox.c.recipient).order_by(outbox.c.id)
    if escalation_id is not None:
        query = query.where(outbox.c.escalation_id == escalation_id)
    with database.reading() as conn:
        return [(row.made_at, row.recipient) for row in conn.execute(query)]


def walk(due: EscalationsDue, clock: HandClock, until: datetime, step: timedelta) -> None:
    while clock.at < until:
        tick(due)
        clock.at += step


def expected(settings: Settings, ladder: str, begin: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """The ladder walked by counting worked minutes one by one."""
    end, free = ORACLE.minute(until), ORACLE.minute(begin)
    steps = [one for one in settings.notifications.ladder(ladder) if one.channel in ("call", "sms")]
    made: list[tuple[datetime, str]] = []

    def worked_from(minute: int) -> int:
        while not ORACLE.worked[minute]:
            minute += 1
        return minute

    free = worked_from(free)
    while free < end:
        for number, one in enumerate(steps):
            if number:
                free = worked_from(ORACLE.add(free, one.after_minutes))
            for again in range(one.times):
                if again:
                    free = worked_from(ORACLE.add(free, one.every_minutes))
                made.append((ORACLE.instant(free), one.official))
        free = worked_from((free // 1440 + 1) * 1440)
    return [one for one in made if one[0] < until]


@pytest.mark.row("000-13")
def test_a_new_complaint_reaches_the_chairman_at_the_first_tick_and_then_the_vice_chairman(
    due: EscalationsDue, database: Database, clock: HandClock
) -> None:
    open_escalation(database, WEDNESDAY)
    walk(due, clock, WEDNESDAY + timedelta(hours=2), MINUTE)
    minutes = [((at - WEDNESDAY) // MINUTE, who) for at, who in calls_at(database)]
    assert minutes == [(0, CHAIRMAN), (15, CHAIRMAN), (30, CHAIRMAN), (45, VICE), (60, VICE)]
    assert matters(database)[0].first_sent_at is None


@pytest.mark.row("F-14")
@pytest.mark.parametrize(
    ("begin", "days"), [("2026-11-27 16:20", 6), ("2026-02-13 15:55", 14), ("2026-01-09 23:40", 4)]
)
def test_over_weekends_tet_and_made_up_days_each_step_falls_where_a_count_of_minutes_puts_it(
    due: EscalationsDue, database: Database, clock: HandClock, begin: str, days: int
) -> None:
    clock.at = local_time(begin)
    until = clock.at + timedelta(days=days)
    right = {
        open_escalation(database, clock.at, key=ladder, ladder=ladder): expected(
            SETTINGS, ladder, clock.at, until
        )
        for ladder in ("complaint", "overdue", "reminder")
    }
    walk(due, clock, until, 5 * MINUTE)
    assert {number: calls_at(database, number) for number in right} == right
    assert all(len({at.date() for at, _ in steps}) > 1 for steps in right.values())


def test_batches_go_on_after_the_last_row_and_pass_over_none_that_is_due_at_the_same_moment(
    database: Database,
) -> None:
    later = WEDNESDAY + MINUTE
    numbers = [open_escalation(database, WEDNESDAY, key=str(number)) for number in range(3)]
    numbers += [open_escalation(database, later, key="later")]
    with database.reading() as conn:
        seen, after = [], None
        while batch := escalation_steps.due(conn, later, 2, after):
            seen += [number for _, number in batch]
            after = batch[-1]
    assert seen == numbers


def test_an_urgent_matter_climbs_at_night_by_the_wall_clock_but_not_in_quiet_hours(
    due: EscalationsDue, database: Database, clock: HandClock
) -> None:
    clock.at = local_time("2026-11-28 20:20")
    open_escalation(database, clock.at, urgent=True)
    walk(due, clock, local_time("2026-11-30 08:00"), 5 * MINUTE)
    assert calls_at(database) == [
        (local_time("2026-11-28 20:20"), CHAIRMAN),
        (local_time("2026-11-28 20:35"), CHAIRMAN),
        (local_time("2026-11-28 20:50"), CHAIRMAN),
        (local_time("2026-11-29 06:00"), VICE),
        (local_time("2026-11-29 06:15"), VICE),
        (local_time("2026-11-30 07:30"), CHAIRMAN),
        (local_time("2026-11-30 07:45"), CHAIRMAN),
    ]


def test_nothing_is_told_at_midnight_or_at_the_weekend_when_it_is_not_urgent(
    due: EscalationsDue, database: Database, clock: HandClock
) -> None:
    clock.at = local_time("2026-11-28 00:00")
    open_escalation(database, clock.at)
    walk(due, clock, local_time("2026-11-30 07:30"), 10 * MINUTE)
    assert told(database) == []
    assert tick(due) == 1


def test_a_day_decided_to_be_worked_after_all_is_told_on_and_nobody_is_told_twice(
    database: Database, clock: HandClock
) -> None:
    clock.at = local_time("2026-12-04 16:50")
    open_escalation(database, clock.at, key="on friday")
    advancing(database, clock).advance(lambda: True)
    clock.at = local_time("2026-12-05 08:10")
    open_escalation(database, clock.at, key="on saturday")
    advancing(database, clock).advance(lambda: True)
    before = {row.key: row.next_at for row in matters(database)}
    assert before["on saturday"] == local_time("2026-12-07 07:30")
    with database.writing() as conn:
        closures.override_day(conn, clock.at.date(), worked=True, reason="làm bù", document="12/TB")
        look_again(conn, clock.at)
    assert {row.key: row.next_at for row in matters(database)}["on friday"] == before["on friday"]
    clock.at += MINUTE
    advancing(database, clock).advance(lambda: True)
    advancing(database, clock).advance(lambda: True)
    assert len(told(database)) == 2


def test_settings_changed_while_nothing_ran_count_from_the_first_tick_on(
    database: Database, clock: HandClock
) -> None:
    clock.at = local_time("2026-11-26 10:00")
    quiet = other_ladders(notifications={"quiet_hours": (Window(8 * 60, 16 * 60),)})
    open_escalation(database, clock.at)
    begun = from_the_first(advancing(database, clock, quiet))
    begun(lambda: True)
    waits = matters(database)[0].next_at
    clock.at += MINUTE
    begun(lambda: True)
    assert (matters(database)[0].next_at, told(database)) == (waits, [])
    again = from_the_first(advancing(database, clock))
    again(lambda: True)
    clock.at += MINUTE
    assert again(lambda: True) == 1
    stands = matters(database)[0].next_at
    from_the_first(advancing(database, clock))(lambda: True)
    assert matters(database)[0].next_at == stands


def test_it_is_told_again_every_working_day_until_a_person_acknowledges(
    due: EscalationsDue, database: Database, clock: HandClock
) -> None:
    number = open_escalation(database, WEDNESDAY)
    walk(due, clock, local_time("2026-12-02 08:00"), 15 * MINUTE)
    days = [at.astimezone(WEDNESDAY.tzinfo).date().isoformat() for at, _ in calls_at(database)]
    working = ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01", "2026-12-02"]
    assert sorted(set(days)) == working
    with database.writing() as conn:
        assert escalations.acknowledge(conn, EscalationId(number), how="key", who=CHAIRMAN, now=clock.at)
    before = len(days)
    walk(due, clock, local_time("2026-12-04 12:00"), 30 * MINUTE)
    assert len(calls_at(database)) == before
    assert "due" not in {state for *_, state in told(database)}


def test_the_ladder_waits_and_repeats_as_each_rung_says(database: Database, clock: HandClock) -> None:
    settings = other_ladders(
        complaint=(rung(CHAIRMAN, times=2, every=7), rung(VICE, after=20, times=3, every=4), rung(HEAD))
    )
    open_escalation(database, WEDNESDAY)
    walk(advancing(database, clock, settings), clock, WEDNESDAY + timedelta(hours=2), MINUTE)
    minutes = [((at - WEDNESDAY) // MINUTE, who) for at, who in calls_at(database)]
    assert minutes == [(0, CHAIRMAN), (7, CHAIRMAN), (27, VICE), (31, VICE), (35, VICE), (35, HEAD)]


def test_a_channel_is_passed_over_until_its_address_is_set(database: Database, clock: HandClock) -> None:
    only_mail = other_ladders(complaint=(rung(CHAIRMAN, channel="mail"),))
    open_escalation(database, WEDNESDAY)
    assert tick(advancing(database, clock, only_mail)) == 0
    (row,) = matters(database)
    assert (told(database), row.first_sent_at) == ([], None)
    assert row.next_at == local_time("2026-11-26 07:30")
    clock.at = local_time("2026-11-26 07:30")
    reached = replace(only_mail, channels={"CHU_TICH_MAIL": SecretStr("mailto://x")})
    assert tick(advancing(database, clock, reached)) == 1
    assert told(database) == [(CHAIRMAN, "mail", "due")]


def test_a_text_to_a_number_that_takes_none_is_passed_over_at_once(
    database: Database, clock: HandClock
) -> None:
    settings = other_ladders(complaint=(rung(CHAIRMAN, channel="sms", times=3), rung(VICE, after=60)))
    open_escalation(database, WEDNESDAY)
    assert tick(advancing(database, clock, settings)) == 1
    assert told(database) == [(VICE, "call", "due")]


@pytest.mark.row("F-05")
def test_after_six_hours_of_downtime_every_matter_takes_its_one_step_at_the_first_tick(
    due: EscalationsDue, database: Database, clock: HandClock
) -> None:
    clock.at = local_time("2026-11-25 08:00")
    for number in range(40):
        open_escalation(database, clock.at, key=f"matter:{number}")
    assert tick(due) == 40
    clock.at += timedelta(hours=6)
    assert (tick(due), tick(due)) == (40, 0)
    assert told(database) == [(CHAIRMAN, "call", "due")] * 80


def clock_jumps(due: EscalationsDue, database: Database, clock: HandClock) -> list[int]:
    """How many steps one escalation took after the first tick, an hour back, an hour and a year ahead."""
    open_escalation(database, WEDNESDAY)
    hour, taken = timedelta(hours=1), []
    for moment in (WEDNESDAY, WEDNESDAY - hour, WEDNESDAY + hour, local_time("2027-12-30 09:10")):
        clock.at = moment
        tick(due)
        tick(due)
        taken.append(len(told(database)))
    return taken


@pytest.mark.row("F-13")
def test_a_clock_set_back_tells_nothing_again_and_one_set_ahead_takes_one_step(
    due: EscalationsDue, database: Database, clock: HandClock
) -> None:
    assert clock_jumps(due, database, clock) == [1, 1, 2, 3]


class TellsWhatIsFarAhead(EscalationsDue):
    """A planted bug: a step further ahead than its ladder waits is taken for one the scheduler missed."""

    def advance(self, have_lease: Callable[[], bool]) -> int:
        far = table.c.next_at > self.clock.now() + timedelta(minutes=15)
        with self.database.writing() as conn:
            conn.execute(update(table).where(far).values(next_at=self.clock.now()))
        return super().advance(have_lease)


@pytest.mark.row("F-13")
def test_a_planted_bug_that_tells_again_under_a_clock_set_back_is_found_out(
    due: EscalationsDue, database: Database, clock: HandClock
) -> None:
    hasty = TellsWhatIsFarAhead(database, clock, due.settings, due.calendars)
    first, back, *_ = clock_jumps(hasty, database, clock)
    assert (first, back) == (1, 2)


@pytest.mark.row("F-05")
@pytest.mark.row("F-13")
def test_a_planted_bug_that_takes_every_step_it_missed_is_found_out(
    due: EscalationsDue, database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Walk, "_after", counted_from_what_was_due)
    _, back, ahead, _ = clock_jumps(due, database, clock)
    assert back == 1
    assert ahead > 2


@pytest.mark.row("F-05")
@pytest.mark.row("F-20")
def test_two_runners_at_once_put_every_step_once(database: Database, clock: HandClock) -> None:
    settings = other_ladders(complaint=(rung(CHAIRMAN), rung(VICE), rung(HEAD, after=15)))
    for number in range(150):
        open_escalation(database, WEDNESDAY, key=f"matter:{number}")
    runners = [advancing(database, clock, settings) for _ in range(2)]
    for wait in (0, 15, 30):
        clock.at = WEDNESDAY + wait * MINUTE
        threads = [threading.Thread(target=tick, args=(runner,)) for runner in runners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    with database.reading() as conn:
        steps = select(outbox.c.escalation_id, outbox.c.recipient, func.count())
        rows = conn.execute(steps.group_by(outbox.c.escalation_id, outbox.c.recipient)).all()
    assert len(rows) == 450
    assert {count for *_, count in rows} == {1}


def test_whoever_lost_the_lease_tells_nobody(due: EscalationsDue, database: Database) -> None:
    open_escalation(database, WEDNESDAY)
    assert due.advance(lambda: False) == 0
    assert told(database) == []


@pytest.mark.parametrize("ladder", [(), (rung(CHAIRMAN),)])
def test_a_ladder_that_was_shortened_begins_again_on_the_next_working_day(
    database: Database, clock: HandClock, ladder: tuple[EscalationStep, ...]
) -> None:
    number = open_escalation(database, WEDNESDAY)
    with database.writing() as conn:
        conn.execute(update(table).values(step=3, tries=1))
    assert tick(advancing(database, clock, other_ladders(complaint=ladder))) == 0
    (row,) = matters(database)
    assert (row.id, row.step, row.tries, row.cycle) == (number, 0, 0, 1)
    assert row.next_at == local_time("2026-11-26 07:30")


def test_a_row_on_a_ladder_nobody_knows_waits_and_holds_up_no_other(
    due: EscalationsDue, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    open_escalation(database, WEDNESDAY - MINUTE, ladder="removed")
    broken = open_escalation(database, WEDNESDAY - MINUTE, key="broken")
    open_escalation(database, WEDNESDAY, key="sound")
    with database.writing() as conn:
        conn.execute(update(table).where(table.c.id == broken).values(params="no words"))
    assert tick(due) == 1
    assert told(database) == [(CHAIRMAN, "call", "due")]


def test_fewer_repetitions_than_were_made_lead_on_at_once(database: Database, clock: HandClock) -> None:
    open_escalation(database, WEDNESDAY)
    settings = other_ladders(complaint=(rung(CHAIRMAN, times=4), rung(VICE, after=300)))
    walk(advancing(database, clock, settings), clock, WEDNESDAY + 45 * MINUTE, 15 * MINUTE)
    fewer = other_ladders(complaint=(rung(CHAIRMAN), rung(VICE, after=300)))
    tick(advancing(database, clock, fewer))
    assert [who for who, *_ in told(database)] == [CHAIRMAN, CHAIRMAN, CHAIRMAN, VICE]


class TestWhomItConcerns:
    """rules B10: nobody hears from us what is said about them."""

    @pytest.fixture
    def ids(self, database: Database) -> dict[str, int]:
        with database.writing() as conn:
            return hire(conn, WEDNESDAY)

    def matter(self, database: Database, ladder: str, **ticket: Any) -> None:
        with database.writing() as conn:
            filed = file_ticket(conn, "000001", WEDNESDAY, **ticket)
            escalations.open_once(
                conn, key="matter", kind="new", ladder=ladder, ticket_id=filed.id, now=WEDNESDAY
            )

    def test_the_vice_chairman_is_passed_over_at_once_in_what_concerns_them(
        self, due: EscalationsDue, database: Database, clock: HandClock, ids: dict[str, int]
    ) -> None:
        self.matter(database, "conflict", subject_ids=frozenset([ids["phochutich"]]), conflict=True)
        walk(due, clock, WEDNESDAY + timedelta(hours=2), 5 * MINUTE)
        assert {who for who, *_ in told(database)} == {HEAD}
        assert calls_at(database)[0][0] == WEDNESDAY

    @pytest.mark.parametrize("ladder", ["complaint", "overdue", "report", "conflict"])
    def test_the_chairman_hears_of_no_conflict_on_whatever_ladder(
        self, due: EscalationsDue, database: Database, clock: HandClock, ids: dict[str, int], ladder: str
    ) -> None:
        self.matter(database, ladder, conflict=True)
        walk(due, clock, WEDNESDAY + timedelta(hours=2), 5 * MINUTE)
        assert CHAIRMAN not in {who for who, *_ in told(database)}

    def test_a_clerk_is_not_reminded_of_what_is_said_about_them(
        self, due: EscalationsDue, database: Database, clock: HandClock, ids: dict[str, int]
    ) -> None:
        self.matter(database, "reminder", subject_ids=frozenset([ids["canbotruc"]]))
        walk(due, clock, WEDNESDAY + timedelta(hours=2), 5 * MINUTE)
        assert {who for who, *_ in told(database)} == {HEAD}

    def test_what_is_due_to_the_chairman_is_called_off_when_it_turns_out_to_concern_them(
        self, due: EscalationsDue, database: Database, clock: HandClock, ids: dict[str, int]
    ) -> None:
        self.matter(database, "complaint")
        tick(due)
        assert told(database) == [(CHAIRMAN, "call", "due")]
        with database.writing() as conn:
            ticket_id = matters(database)[0].ticket_id
            move(
                conn,
                ticket_id,
                "concern",
                actor="canbotruc",
                reason="nói về Chủ tịch",
                now=clock.at,
                subject_ids=frozenset([ids["chutich"]]),
            )
        clock.at += MINUTE
        assert tick(due) == 1
        assert told(database) == [(CHAIRMAN, "call", "cancelled"), (VICE, "call", "due")]
        walk(due, clock, WEDNESDAY + timedelta(days=2), 15 * MINUTE)
        assert (CHAIRMAN, "call", "due") not in told(database)

    def test_an_urgent_matter_begins_again_and_its_first_step_is_not_taken_for_the_earlier_one(
        self, due: EscalationsDue, database: Database, clock: HandClock, ids: dict[str, int]
    ) -> None:
        clock.at = local_time("2026-11-27 16:58")
        self.matter(database, "complaint")
        with database.writing() as conn:
            conn.execute(update(table).values(kind="new"))
        tick(due)
        clock.at = local_time("2026-11-27 19:00")
        with database.writing() as conn:
            number = matters(database)[0].ticket_id
            move(conn, number, "mark_urgent", actor="canbotruc", now=clock.at, urgent=True)
        assert tick(due) == 1
        assert told(database) == [(CHAIRMAN, "call", "cancelled"), (CHAIRMAN, "call", "due")]


def test_the_words_of_a_matter_go_with_each_delivery(due: EscalationsDue, database: Database) -> None:
    number = open_escalation(database, WEDNESDAY, kind="late", ladder="overdue", params={"term": "answer"})
    tick(due)
    with database.reading() as conn:
        (first, *_) = (deliveries.of_id(conn, one) for one in conn.execute(select(outbox.c.id)).scalars())
    assert first is not None
    assert (first.escalation_id, first.kind, first.param("term"), first.number) == (
        number,
        "late",
        "answer",
        None,
    )
