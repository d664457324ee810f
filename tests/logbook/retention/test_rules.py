"""What is over at a moment: counted by whole months, never while it is needed, and gone without a trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from logbook.accounts import audit_log
from logbook.database.engine import Database
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import legal_holds, recordings, ticket_events, tombstones
from logbook.database.tables import tickets as ticket_rows
from logbook.ids import CallId, TicketId
from logbook.outbox import escalations
from logbook.recordings.files import RecordingFolder
from logbook.retention import erasure
from logbook.retention import legal_holds as holds
from logbook.retention import rules as keeping
from logbook.retention.rules import Terms
from logbook.settings.loading import load_settings
from logbook.tickets import history, tickets
from tests import frozen
from tests.logbook import worded_case
from tests.logbook.worded_case import CANARY, Case, closed_case
from tests.town_hall import move

PART = load_settings(frozen.OFFICE).retention
YEARS = timedelta(days=366 * 11)


@pytest.fixture
def folder(tmp_path: Path) -> RecordingFolder:
    return RecordingFolder(tmp_path / "recordings")


@pytest.fixture
def case(database: Database, folder: RecordingFolder, now: datetime) -> Case:
    return closed_case(database, folder, now)


def over(now: datetime, **rules: int) -> Terms:
    return keeping.terms(PART.model_copy(update=rules), now)


def found(database: Database, what: Callable[..., Any], terms: Terms) -> Any:
    with database.reading() as conn:
        return what(conn, terms, 100)


def erase(database: Database, ticket_id: TicketId, now: datetime) -> None:
    with database.writing() as conn:
        erasure.erase_ticket(conn, ticket_id, "retention.ticket_years = 10", now)


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        ("2026-03-31T10:00", 1, "2026-02-28T10:00"),
        ("2028-02-29T10:00", 12, "2027-02-28T10:00"),
        ("2028-02-29T10:00", 48, "2024-02-29T10:00"),
        ("2026-01-15T10:00", 1, "2025-12-15T10:00"),
        ("2026-12-31T10:00", 24, "2024-12-31T10:00"),
    ],
)
def test_months_are_whole_months_of_the_calendar(now: str, months: int, before: str) -> None:
    here = datetime.fromisoformat(f"{now}:00+07:00")
    assert keeping.months_before(here, months) == datetime.fromisoformat(f"{before}:00+07:00")


@pytest.mark.row("T-22")
def test_a_ticket_is_over_on_the_day_and_not_an_hour_before(
    database: Database, case: Case, now: datetime
) -> None:
    day = now.replace(year=now.year + PART.ticket_years)
    assert found(database, keeping.tickets_over, over(day - timedelta(hours=1))) == []
    assert found(database, keeping.tickets_over, over(day)) == [case.ticket_id]


def test_a_ticket_at_work_is_never_over(database: Database, folder: RecordingFolder, now: datetime) -> None:
    closed_case(database, folder, now, close=False)
    later = over(now + 3 * YEARS)
    assert found(database, keeping.tickets_over, later) == []
    assert found(database, keeping.recordings_over, later) == []
    assert found(database, keeping.calls_over, later) == []


def test_a_guided_ticket_is_over_though_it_is_never_closed(
    database: Database, folder: RecordingFolder, now: datetime
) -> None:
    case = closed_case(database, folder, now, close=False)
    with database.writing() as conn:
        conn.execute(update(ticket_rows).values(state="guided", kind="denunciation"))
    assert found(database, keeping.tickets_over, over(now + timedelta(days=30))) == []
    assert found(database, keeping.tickets_over, over(now + YEARS)) == [case.ticket_id]


def test_a_recording_goes_months_after_its_ticket_was_closed(
    database: Database, case: Case, now: datetime
) -> None:
    closed = now + timedelta(days=60)
    with database.writing() as conn:
        conn.execute(update(ticket_rows).values(closed_at=closed))
    months = {"recording_months": 1}
    assert found(database, keeping.recordings_over, over(now + timedelta(days=80), **months)) == []
    due = found(database, keeping.recordings_over, over(closed + timedelta(days=32), **months))
    assert [one.id for one in due] == [case.recording_id]


def test_sound_and_call_without_a_ticket_wait_while_a_callback_is_owed(
    database: Database, folder: RecordingFolder, now: datetime
) -> None:
    with database.writing() as conn:
        call = worded_case.ring(conn, "CAlone", now)
        sound = worded_case.sound(conn, call, "b", folder, now)
        worded_case.settle_nothing(conn, call.id)
    later = over(now + YEARS)
    assert found(database, keeping.recordings_over, later) == []
    assert found(database, keeping.calls_over, later) == []
    with database.writing() as conn:
        conn.execute(text("UPDATE callbacks SET settled_at = owed_since"))
    assert [one.id for one in found(database, keeping.recordings_over, later)] == [sound]
    assert found(database, keeping.calls_over, later) == [(call.id, False)]


def test_an_instruction_is_kept_with_the_ticket_it_was_spoken_to(
    database: Database, folder: RecordingFolder, now: datetime
) -> None:
    case = closed_case(database, folder, now, close=False)
    with database.writing() as conn:
        leader = worded_case.ring(conn, "CAleader", now)
        spoken = worded_case.sound(conn, leader, "c", folder, now)
        move(
            conn,
            case.ticket_id,
            "instruct",
            actor="chutich",
            now=now,
            instruction="Làm ngay",
            recording_id=spoken,
        )
    later = over(now + YEARS)
    assert found(database, keeping.recordings_over, later) == []
    other = closed_case(database, folder, now, digit="d")
    with database.reading() as conn:
        assert [one.id for one in keeping.recordings_over(conn, later, 1)] == [other.recording_id]
    with database.writing() as conn:
        move(
            conn,
            case.ticket_id,
            "close",
            actor="an",
            now=now,
            outcome="withdrawn",
            reason="người dân gọi rút lại",
        )
    both = {case.recording_id, spoken, other.recording_id}
    assert {one.id for one in found(database, keeping.recordings_over, later)} == both


@pytest.mark.row("T-22")
def test_a_hold_keeps_ticket_call_sound_and_number_until_it_is_lifted(
    database: Database, case: Case, now: datetime
) -> None:
    later = over(now + YEARS)
    checks = (
        keeping.tickets_over,
        keeping.recordings_over,
        keeping.calls_over,
        keeping.numbers_over,
    )
    with database.writing() as conn:
        head = worded_case.person(conn, "head_of_office", now)
        holds.place(conn, case.ticket_id, head, "thanh tra", now)
    assert [found(database, what, later) for what in checks] == [[], [], [], []]
    with database.writing() as conn:
        holds.lift(conn, case.ticket_id, head, "xong", now)
    assert [len(found(database, what, later)) for what in checks] == [1, 1, 0, 0]


def test_a_hold_keeps_the_calls_we_placed_about_the_ticket(
    database: Database, case: Case, now: datetime
) -> None:
    with database.writing() as conn:
        placed = worded_case.ring(conn, "CPlaced", now)
        conn.execute(
            update(outbox).where(outbox.c.ticket_id == case.ticket_id).values(provider_sid="CPlaced")
        )
        holds.place(conn, case.ticket_id, worded_case.person(conn, "head_of_office", now), "thanh tra", now)
    later = over(now + YEARS)
    assert found(database, keeping.calls_over, later) == []
    with database.writing() as conn:
        conn.execute(legal_holds.update().values(lifted_at=now))
    assert found(database, keeping.calls_over, later) == [(placed.id, False)]


def test_the_number_beside_a_rating_has_a_term_of_its_own(database: Database, now: datetime) -> None:
    call_id, response_id = worded_case.rated_call(database, now)
    after_calls = over(now + timedelta(days=3 * 366))
    assert found(database, keeping.calls_over, after_calls) == [(call_id, True)]
    assert found(database, keeping.numbers_over, after_calls) == []
    with database.writing() as conn:
        erasure.erase_call(conn, CallId(call_id), "retention.call_months = 24", now, keep_number=True)
        assert worded_case.number_of(conn, CallId(call_id)) == worded_case.NUMBER
    later = over(now + timedelta(days=6 * 366))
    assert found(database, keeping.numbers_over, later) == [response_id]
    with database.writing() as conn:
        erasure.erase_number_beside(conn, response_id, "retention.rating_years = 5", now)
        assert worded_case.number_of(conn, CallId(call_id)) is None
    assert found(database, keeping.numbers_over, later) == []
    assert found(database, keeping.calls_over, later) == []


# --- erased words and the chain ---------------------------------------------------------------------------


@pytest.mark.row("T-22")
def test_of_an_erased_ticket_only_what_is_counted_stays(
    database: Database, case: Case, now: datetime
) -> None:
    letter = worded_case.written_case(database, now)
    assert worded_case.traces(database) != []
    before = row(database, case.ticket_id)
    for ticket_id in (case.ticket_id, letter):
        erase(database, TicketId(ticket_id), now + YEARS)
    left = set(worded_case.traces(database))
    assert left == {"budgets.scope"}
    with database.writing() as conn:
        keeping.delete_rate_limits(conn, now + YEARS)
    assert worded_case.traces(database) == []
    after = row(database, case.ticket_id)
    for name in ("code", "kind", "state", "opened_at", "closed_at", "outcome", "answered_at", "topic"):
        assert getattr(before, name) == getattr(after, name)
    with database.reading() as conn:
        assert len(history.of(conn, case.ticket_id)) == before.events
        kinds = {(one.kind, one.subject) for one in conn.execute(tombstones.select())}
    assert {("ticket", str(case.ticket_id)), ("call", str(case.call_id))} <= kinds


@pytest.mark.row("T-22")
def test_of_an_erased_ticket_nobody_is_told_any_more(database: Database, case: Case, now: datetime) -> None:
    erase(database, case.ticket_id, now + YEARS)
    with database.reading() as conn:
        assert escalations.unsettled(conn, case.ticket_id) == []
        waiting = select(outbox.c.kind).where(outbox.c.ticket_id == case.ticket_id, outbox.c.state == "due")
        assert conn.execute(waiting).all() == []


def row(database: Database, ticket_id: TicketId) -> tickets.Ticket:
    with database.reading() as conn:
        return tickets.of_id(conn, ticket_id)


@pytest.mark.row("T-23")
def test_the_chain_holds_after_words_were_erased_and_still_finds_every_other_change(
    database: Database, folder: RecordingFolder, case: Case, now: datetime
) -> None:
    other = closed_case(database, folder, now, digit="b")
    erase(database, case.ticket_id, now + YEARS)
    with database.reading() as conn:
        assert history.verify(conn) is None
        assert history.verify_ticket(conn, case.ticket_id) is None
        assert audit_log.verify(conn) is None
    changes: list[tuple[int, dict[str, Any]]] = [
        (case.ticket_id, {"at": now - timedelta(days=1)}),
        (case.ticket_id, {"actor": "khác"}),
        (case.ticket_id, {"verb": "close"}),
        (case.ticket_id, {"reason": "khác"}),
        (case.ticket_id, {"details": "{ }"}),
        (case.ticket_id, {"hash": "0" * 64}),
        (other.ticket_id, {"reason": "", "details": "{}"}),
    ]
    for ticket_id, change in changes:
        with database.writing() as conn:
            tried = conn.begin_nested()
            without_guard(conn)
            second = (ticket_events.c.ticket_id == ticket_id) & (ticket_events.c.number == 2)
            conn.execute(update(ticket_events).where(second).values(**change))
            broken = history.verify(conn)
            tried.rollback()
        assert broken is not None, change
        assert broken.ticket_id == ticket_id


def without_guard(conn: Any) -> None:
    if conn.dialect.name == "sqlite":
        conn.execute(text("DROP TRIGGER ticket_events_no_update"))
    else:
        conn.execute(text("ALTER TABLE ticket_events DISABLE TRIGGER ALL"))


@pytest.mark.row("T-23")
def test_a_tombstone_put_there_by_hand_erases_nothing_unseen(
    database: Database, case: Case, now: datetime
) -> None:
    with database.writing() as conn:
        events = history.of(conn, case.ticket_id)
        seen = {str(event.number): history.seal(event) for event in events}
        erasure.bury(conn, "ticket", case.ticket_id, "x", now, {"code": "000000", "events": seen})
        conn.execute(update(ticket_events).values(reason="", details="{}"))
        broken = history.verify(conn)
    assert broken is not None
    assert (broken.ticket_id, broken.number) == (case.ticket_id, 1)


@pytest.mark.row("T-23")
@pytest.mark.parametrize(
    "change", [{"verb": "x"}, {"reason": "khác"}, {"reason": "", "details": "{}", "actor": "khác"}]
)
def test_even_with_a_tombstone_the_database_lets_nothing_but_words_be_blanked(
    database: Database, case: Case, now: datetime, change: dict[str, str]
) -> None:
    erase(database, case.ticket_id, now)
    statement = update(ticket_events).where(ticket_events.c.number == 3).values(**change)
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as conn:
        conn.execute(statement)


@pytest.mark.row("T-23")
def test_without_a_tombstone_the_database_refuses_to_blank_words(database: Database, case: Case) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as conn:
        conn.execute(update(ticket_events).values(reason="", details="{}"))


def test_a_ticket_opened_again_after_its_words_were_erased_is_erased_again(
    database: Database, case: Case, now: datetime
) -> None:
    again = now + YEARS
    erase(database, case.ticket_id, again)
    with database.writing() as conn:
        move(conn, case.ticket_id, "reopen", actor="an", reason=CANARY, now=again)
        move(
            conn,
            case.ticket_id,
            "close",
            actor="an",
            now=again + timedelta(days=1),
            outcome="withdrawn",
            reason=f"gọi rút lại {CANARY}",
        )
    assert found(database, keeping.tickets_over, over(again + timedelta(days=2))) == []
    assert found(database, keeping.tickets_over, over(again + YEARS)) == [case.ticket_id]
    erase(database, case.ticket_id, again + YEARS)
    assert set(worded_case.traces(database)) == {"budgets.scope"}
    with database.reading() as conn:
        assert history.verify(conn) is None
    assert found(database, keeping.tickets_over, over(again + 2 * YEARS)) == []


def test_a_call_of_two_tickets_keeps_its_words_until_both_are_over(
    database: Database, case: Case, now: datetime
) -> None:
    with database.writing() as conn:
        second = conn.execute(
            ticket_rows.insert()
            .from_select(
                ["code", "call_id", *_SAME],
                ticket_rows.select()
                .where(ticket_rows.c.id == case.ticket_id)
                .with_only_columns(
                    text("'999999'"), ticket_rows.c.call_id, *(ticket_rows.c[n] for n in _SAME)
                ),
            )
            .returning(ticket_rows.c.id)
        ).scalar_one()
    erase(database, case.ticket_id, now)
    with database.reading() as conn:
        assert worded_case.number_of(conn, case.call_id) == worded_case.NUMBER
    erase(database, second, now)
    with database.reading() as conn:
        assert worded_case.number_of(conn, case.call_id) is None


_SAME = (
    "kind",
    "channel",
    "caller_raw",
    "state",
    "opened_at",
    "notice_due_at",
    "answer_due_at",
    "version",
    "events",
    "head_hash",
)


def test_a_removed_recording_that_the_provider_still_holds_is_over_again_after_the_others(
    database: Database, case: Case, folder: RecordingFolder, now: datetime
) -> None:
    later = over(now + YEARS)
    (due,) = found(database, keeping.recordings_over, later)
    with database.writing() as conn:
        erasure.recording_removed(conn, due, "x", now, at_provider=False)
    other = closed_case(database, folder, now, digit="b").recording_id
    with database.reading() as conn:
        assert [one.id for one in keeping.recordings_over(conn, later, 1)] == [other]
    with database.writing() as conn:
        conn.execute(recordings.update().where(recordings.c.id == other).values(heard_at=now + 2 * YEARS))
    (again,) = found(database, keeping.recordings_over, later)
    assert (again.state, again.file_name) == ("removed", None)
    with database.writing() as conn:
        erasure.recording_removed(conn, again, "x", datetime.now(UTC), at_provider=True)
        stone = conn.execute(tombstones.select().where(tombstones.c.kind == "recording")).one()
        gone_at = select(recordings.c.provider_deleted_at).where(recordings.c.id == again.id)
        assert conn.execute(gone_at).scalar() is not None
    assert stone.deleted_at == now
    assert found(database, keeping.recordings_over, later) == []
