"""What is wrong now: each check alone, raised once a day, and ended when it is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Connection, update

from logbook.calendar.of_settings import working_times
from logbook.calendar.working_days import DayOverride
from logbook.calls import calls
from logbook.clock import ZONE
from logbook.database.engine import Database
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations as matters
from logbook.database.tables import recordings as sounds
from logbook.ids import EscalationId
from logbook.outbox import deliveries, escalations
from logbook.outbox.kinds import RETURNED_CALL
from logbook.recordings import recordings
from logbook.sending.alarms import alarms, notice_alarms
from logbook.sending.alarms import registry as alarm_checks
from logbook.sending.alarms.alarms import Alarm
from logbook.settings.config_file import DutyPart
from logbook.settings.loading import load_settings
from logbook.texts.catalogue import load_texts
from tests import frozen
from tests.logbook import worded_case

SETTINGS = load_settings(frozen.OFFICE)
WEDNESDAY, FRIDAY = date(2026, 11, 25), date(2026, 11, 27)


def duty(*, fallback: bool = True, **days: tuple[str, ...]) -> DutyPart:
    changes: dict[str, object] = {"roster": SETTINGS.duty.roster.model_copy(update=days)}
    return SETTINGS.duty.model_copy(update=changes if fallback else {**changes, "fallback": ()})


def gap(
    database: Database, part: DutyPart, today: date, *decided: DayOverride, hour: int = 17
) -> list[Alarm]:
    now = datetime.combine(today, time(hour), ZONE)
    with database.reading() as conn:
        return alarms.roster_gap(conn, part, working_times(SETTINGS, decided), (), now)


def test_nobody_on_the_roster_tomorrow_is_told_today(database: Database) -> None:
    assert gap(database, duty(), WEDNESDAY) == []
    (alarm,) = gap(database, duty(thu=(), fallback=False), WEDNESDAY)
    assert (alarm.name, alarm.kind, alarm.params) == ("roster_nobody", "roster_gap", {"day": "26/11/2026"})
    (alarm,) = gap(database, duty(thu=()), WEDNESDAY)
    assert alarm.name == "roster_stand_in"
    assert gap(database, duty(fri=(), fallback=False), WEDNESDAY) == []


def test_nobody_on_duty_in_what_is_left_of_today_is_told_at_once(database: Database) -> None:
    empty = duty(wed=(), fallback=False)
    seen = [[one.params["day"] for one in gap(database, empty, WEDNESDAY, hour=hour)] for hour in (7, 12, 17)]
    assert seen == [["25/11/2026"], ["25/11/2026"], []]


def test_tomorrow_is_the_next_day_the_line_is_open(database: Database) -> None:
    (alarm,) = gap(database, duty(mon=()), FRIDAY)
    assert alarm.params["day"] == "30/11/2026"
    off = DayOverride(date(2026, 11, 30), worked=False, reason="bão")
    assert gap(database, duty(mon=()), FRIDAY, off) == []
    (alarm,) = gap(database, duty(tue=()), FRIDAY, off)
    assert alarm.params["day"] == "01/12/2026"


def test_on_a_make_up_saturday_the_stand_ins_count(database: Database) -> None:
    makeup = DayOverride(date(2026, 11, 28), worked=True, reason="làm bù")
    assert gap(database, duty(), FRIDAY, makeup) == []
    (alarm,) = gap(database, duty(fallback=False), FRIDAY, makeup)
    assert (alarm.name, alarm.params["day"]) == ("roster_nobody", "28/11/2026")


@pytest.mark.row("F-14")
@pytest.mark.parametrize(
    ("today", "years", "told"),
    [
        (date(2026, 11, 30), {2026}, []),
        (date(2026, 12, 1), {2026}, ["2027"]),
        (date(2026, 12, 31), {2026}, ["2027"]),
        (date(2026, 12, 31), set(), ["2026"]),
        (date(2026, 12, 1), {2026, 2027}, []),
        (date(2027, 1, 1), {2026}, ["2027"]),
        (date(2027, 11, 30), {2026}, ["2027"]),
        (date(2027, 1, 1), {2026, 2027}, []),
    ],
)
def test_from_december_on_next_years_official_days_are_asked_for_until_they_are_entered(
    today: date, years: set[int], told: list[str]
) -> None:
    assert [one.params["year"] for one in alarms.holidays_missing(years, today)] == told


@pytest.mark.row("F-10")
@pytest.mark.row("S6")
@pytest.mark.row("F-28")
def test_clocks_that_differ_by_more_than_five_seconds_are_told_with_the_direction() -> None:
    assert alarms.clock_apart(timedelta(seconds=-5)) == alarms.clock_apart(timedelta(seconds=5)) == []
    found = [alarms.clock_apart(timedelta(seconds=seconds)) for seconds in (6, -90)]
    assert [(one.name, one.params) for each in found for one in each] == [
        ("clock_ahead", {"seconds": "6"}),
        ("clock_behind", {"seconds": "90"}),
    ]


def test_a_disk_is_too_full_below_the_limit_and_not_at_it() -> None:
    assert alarms.disk(500, 500) == []
    assert [one.params for one in alarms.disk(499, 500)] == [{"mb": "499", "least": "500"}]


@pytest.mark.row("F-16")
def test_a_copy_is_late_after_26_hours_and_an_empty_book_needs_none(now: datetime) -> None:
    day = timedelta(hours=26)
    assert alarms.backup_late(now - day, None, now) == []
    assert [one.name for one in alarms.backup_late(now - day - timedelta(seconds=1), None, now)] == [
        "backup_late"
    ]
    assert alarms.backup_late(None, None, now) == []
    assert alarms.backup_late(None, now - timedelta(hours=1), now) == []
    assert [one.name for one in alarms.backup_late(None, now - 2 * day, now)] == ["backup_none"]


def test_postgresql_without_its_program_is_told() -> None:
    assert [len(alarms.backup_program(missing)) for missing in (True, False)] == [1, 0]


@pytest.mark.row("F-15")
def test_recordings_that_could_not_be_fetched_are_told_for_a_week(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        call = begin(conn, now)
        for digit in "abc":
            recordings.hear_of(
                conn, call_id=call.id, turn=1, sid="RE" + digit * 32, seconds=3, purpose="complaint", now=now
            )
        assert alarms.recordings_lost(conn, now) == []
        for digit, state in (("a", "given_up"), ("b", "unplayable")):
            conn.execute(update(sounds).where(sounds.c.sid == "RE" + digit * 32).values(state=state))
        assert [one.params for one in alarms.recordings_lost(conn, now)] == [{"count": "2"}]
        assert alarms.recordings_lost(conn, now + timedelta(days=7)) == []


def begin(conn: object, now: datetime) -> calls.Call:
    return calls.begin(
        conn,  # type: ignore[arg-type]
        sid="CA1",
        direction="inbound",
        caller_raw="x",
        caller_number=None,
        called="y",
        language="vi",
        place="{}",
        time_shift=0,
        now=now,
    )


@pytest.mark.row("F-07")
@pytest.mark.row("F-24")
def test_what_a_provider_that_is_down_refuses_again_and_again_is_told_without_a_pause(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        put(conn, "x", now)
        seen = [(tries, len(unsent_alarms(conn, now, tries))) for tries in (5, 6, 7)]
    assert seen == [(5, 0), (6, 1), (7, 1)]


def unsent_alarms(conn: Connection, now: datetime, tries: int) -> list[Alarm]:
    """What is alarmed a minute after so many attempts, the next of which comes in half an hour."""
    due_at = now + timedelta(minutes=30)
    conn.execute(update(outbox).values(attempts=tries, claimed_at=now, due_at=due_at))
    return alarms.deliveries_unsent(conn, now + timedelta(minutes=1))


@pytest.mark.row("F-24")
def test_deliveries_that_failed_or_wait_are_told_but_not_those_of_alarms(
    database: Database, now: datetime
) -> None:
    later = now + timedelta(minutes=10)
    with database.writing() as conn:
        alarms.tell(conn, [Alarm("disk", params={"mb": "1", "least": "2"})], now)
        own = conn.execute(matters.select()).one().id
        put(conn, "late", now)
        put(conn, "own", now, own)
        put(conn, "later", now + timedelta(hours=1))
        assert alarms.deliveries_unsent(conn, later - timedelta(seconds=1)) == []
        assert counted(alarms.deliveries_unsent(conn, later)) == "1"
        assert alarms.deliveries_failed(conn, later) == []
        conn.execute(update(outbox).values(state="refused", due_at=None, ended_at=later))
        assert alarms.deliveries_unsent(conn, later) == []
        assert counted(alarms.deliveries_failed(conn, later)) == "2"
        assert alarms.deliveries_failed(conn, later + timedelta(days=1)) == []
        conn.execute(update(outbox).values(state="failed", result="no_answer"))
        assert alarms.deliveries_failed(conn, later) == []
        conn.execute(update(outbox).values(result="gave_up"))
        assert counted(alarms.deliveries_failed(conn, later)) == "2"
        conn.execute(update(outbox).values(state="sending", claimed_at=now))
        assert counted(alarms.deliveries_unsent(conn, later)) == "2"


@pytest.mark.row("F-24")
def test_a_returned_call_that_was_not_placed_alarms_nobody_since_its_clerk_reads_it(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        deliveries.put(conn, key="callback:1:0", kind=RETURNED_CALL, recipient="clerk", now=now)
        for state, result in (("refused", "not_allowed"), ("failed", "gave_up"), ("failed", "unclear")):
            conn.execute(update(outbox).values(state=state, result=result, due_at=None, ended_at=now))
            assert alarms.deliveries_failed(conn, now) == [], result


def put(conn: object, key: str, now: datetime, escalation_id: EscalationId | None = None) -> None:
    deliveries.put(
        conn,  # type: ignore[arg-type]
        key=key,
        kind="new",
        recipient="truc",
        now=now,
        escalation_id=escalation_id,
    )


def counted(found: list[Alarm]) -> str:
    (one,) = found
    return one.params["count"]


def opened(database: Database) -> list[tuple[str, str | None]]:
    with database.reading() as conn:
        rows = conn.execute(matters.select().order_by(matters.c.id))
        return [(row.key, row.settled_how) for row in rows]


def test_a_trouble_is_told_once_a_day_while_it_lasts_and_ends_by_itself(
    database: Database, now: datetime
) -> None:
    alarm = Alarm("roster_nobody", "roster_gap", {"day": "26/11/2026"})

    def tell(moment: datetime, *found: Alarm) -> int:
        with database.writing() as conn:
            return alarms.tell(conn, found, moment)

    assert [tell(now, alarm), tell(now + timedelta(hours=1), alarm)] == [1, 0]
    key = "alarm:roster_nobody:2026-11-25:26/11/2026"
    assert opened(database) == [(key, None)]
    assert tell(now + timedelta(days=1), alarm) == 0  # still waiting: its own ladder goes on
    with database.writing() as conn:
        (row,) = escalations.unsettled(conn)
        assert (row.kind, row.ladder, row.param("day")) == ("roster_gap", "office", "26/11/2026")
        escalations.acknowledge(conn, row.id, how="click", who="an", now=now)
    assert tell(now + timedelta(hours=2), alarm) == 0
    assert tell(now + timedelta(days=1), alarm) == 1
    assert tell(now + timedelta(days=1, hours=1)) == 0
    assert opened(database) == [(key, "click"), ("alarm:roster_nobody:2026-11-26:26/11/2026", "moot")]


def test_a_gap_of_the_day_after_is_told_though_nobody_answered_for_the_first(
    database: Database, now: datetime
) -> None:
    days = ["26/11/2026", "27/11/2026"]
    with database.writing() as conn:
        for ahead, day in enumerate(days):
            gap = Alarm("roster_nobody", "roster_gap", {"day": day})
            assert alarms.tell(conn, [gap], now + timedelta(days=ahead)) == 1
        assert [row.param("day") for row in escalations.unsettled(conn)] == days[1:]


def test_the_matters_of_tickets_are_left_alone(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        escalations.open_once(conn, key="x", kind="report", ladder="report", now=now)
        alarms.tell(conn, [], now)
        assert [row.kind for row in escalations.unsettled(conn)] == ["report"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_alarm_has_its_sentence_with_its_words(
    language: str, now: datetime, database: Database
) -> None:
    catalogue = load_texts()[language]
    found = [
        *alarms.disk(1, 2),
        *gap(database, duty(thu=(), fallback=False), WEDNESDAY),
        *gap(database, duty(thu=()), WEDNESDAY),
        *alarms.holidays_missing((), date(2026, 12, 1)),
        *alarms.backup_late(now - timedelta(days=3), None, now),
        *alarms.backup_late(None, now - timedelta(days=3), now),
        *alarms.backup_program(True),
        *(
            Alarm(name, params={"count": "3"})
            for name in ("recordings", "deliveries_failed", "calls_unended")
        ),
        Alarm("deliveries_unsent", params={"count": "3"}),
        Alarm("unheard"),
        *alarms.clock_apart(timedelta(seconds=45)),
        *alarms.clock_apart(timedelta(seconds=-45)),
        Alarm("slips_short", params={"day": "11/2026", "finished": "212", "missing": "35", "slips": "71"}),
        Alarm("desk_meeting", params={"day": "10/2026"}),
        Alarm("late_unexplained", "desk", {"day": "11/2026", "count": "2"}, ladder="desk"),
        Alarm("evaluation_soon", params={"day": "10/2026", "until": "05/11/2026"}),
        *(Alarm(name, params={"day": "10/2026", "until": "10/11/2026"}) for name in notice_alarms.NAMES),
        Alarm("team_nobody", "roster_gap", {"day": "26/11/2026"}),
        Alarm("guide_nobody", "roster_gap", {"day": "26/11/2026"}),
        *(Alarm(name, params={"since": "09:10 25/11/2026"}) for name in ("line_silent", "line_unregistered")),
    ]
    with database.writing() as conn:
        assert alarms.tell(conn, found, now) == len(found)
        seen = [alarms.sentence(catalogue, row) for row in escalations.unsettled(conn)]
        escalations.open_once(conn, key="x", kind="report", ladder="report", now=now)
        assert alarms.sentence(catalogue, escalations.unsettled(conn)[-1]) == ""
    assert len(set(seen)) == len(found)
    names = {f"alarm_{name}" for check in alarm_checks.CHECKS for name in check.names}
    assert {key for key in catalogue.sentences if key.startswith("alarm_")} == names
    assert {f"alarm_{one.name}" for one in found} == names
    assert not any("–" in one or "{" in one for one in seen)


def test_the_book_begins_with_its_first_call(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        assert alarms.begun_at(conn) is None
        begin(conn, now.astimezone(UTC))
        assert alarms.begun_at(conn) == now


@pytest.mark.row("F-16")
def test_a_book_of_letters_and_no_call_needs_copies_too(database: Database, now: datetime) -> None:
    worded_case.written_case(database, now)
    with database.reading() as conn:
        assert alarms.begun_at(conn) == now
