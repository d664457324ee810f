"""Alarms: what is found opens an escalation, and what the provider still holds is fetched."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs

from ivr.phone import sound
from ivr.phone.transport import WsgiTransport
from ivr.provider.app import create_provider
from ivr.provider.sdk import uploader
from logbook.calendar.current import Calendars
from logbook.calls import calls
from logbook.clock import Clock
from logbook.database import rate_limits, shared_clock
from logbook.database.engine import Database
from logbook.database.tables import recordings as sounds
from logbook.outbox import escalations
from logbook.provider import ProviderError
from logbook.recordings import recordings
from logbook.recordings.at_provider import Held, RecordingsAtProvider
from logbook.retention import backup
from logbook.sending.alarms import registry as alarm_checks
from logbook.sending.alarms.alarms import Alarm
from logbook.sending.alarms.registry import AlarmView
from logbook.settings.loading import Settings, load_settings
from logbook.settings.notifications import EscalationStep
from logbook.tickets import open_by_phone, tickets
from logbook.tickets.tickets import Ticket
from scheduler.check_alarms import AlarmsDue, ListsRecordings
from tests import frozen
from tests.one_kind import on_postgresql
from tests.provider_server import Answer, provider_server
from tests.town_hall import HandClock, advancing, other_ladders

SID, TOKEN = "AC" + "1" * 32, "provider-token"
RECORDING, CALL = "RE" + "a" * 32, "CA" + "b" * 32


@dataclass
class Listing:
    """A provider that holds what it is given, or says that it cannot be asked."""

    held: list[Held] = field(default_factory=list)
    broken: bool = False
    asked: int = 0

    def since(self, moment: datetime) -> list[Held]:
        self.asked += 1
        if self.broken:
            raise ProviderError("HTTP 503")
        return [one for one in self.held if one.made_at > moment]


def always() -> bool:
    return True


def due(
    database: Database, data: Path, provider: ListsRecordings, now: datetime, settings: Settings | None = None
) -> AlarmsDue:
    settings = dataclasses.replace(settings or load_settings(frozen.OFFICE), data_folder=data)
    clock = Clock(now)
    return AlarmsDue(database, clock, clock, settings, Calendars(settings, clock), provider, data / "backups")


def without_thursday() -> Settings:
    shipped = load_settings(frozen.OFFICE)
    roster = shipped.duty.roster.model_copy(update={"thu": ()})
    return dataclasses.replace(shipped, duty=shipped.duty.model_copy(update={"roster": roster}))


def told(database: Database) -> list[str]:
    with database.reading() as conn:
        return [row.param("alarm") for row in escalations.unsettled(conn) if row.ladder == "office"]


def complaint(database: Database, now: datetime) -> Ticket:
    """A ticket whose recording was never reported."""
    with database.writing() as conn:
        call = calls.begin(
            conn,
            sid=CALL,
            direction="inbound",
            caller_raw="+84912345678",
            caller_number="+84912345678",
            called="y",
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )
        return open_by_phone.open_by_phone(
            conn,
            call=call,
            recording_id=None,
            caller_type="individual",
            notice_due_at=now,
            answer_due_at=now,
            now=now,
            secret="a secret of the office",
        ).ticket


def test_a_gap_in_tomorrows_roster_is_told_today_and_ends_when_it_is_filled(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    assert due(database, tmp_path, Listing(), now, without_thursday()).run_once(always) == 1
    assert told(database) == ["roster_stand_in"]
    assert due(database, tmp_path, Listing(), now).run_once(always) == 0
    assert told(database) == []


@pytest.mark.row("F-10")
@pytest.mark.row("F-16")
def test_a_full_disk_and_a_late_copy_are_told(database: Database, tmp_path: Path, now: datetime) -> None:
    complaint(database, now - timedelta(days=2))
    shipped = load_settings(frozen.OFFICE)
    full = dataclasses.replace(
        shipped, retention=shipped.retention.model_copy(update={"least_disk_mb": 10**9})
    )
    assert due(database, tmp_path, Listing(), now, full).run_once(always) == 2
    assert told(database) == ["disk", "backup_none"]
    backup.make(database, tmp_path / "recordings", tmp_path / "backups", now)
    assert due(database, tmp_path, Listing(), now).run_once(always) == 0
    assert told(database) == []


@on_postgresql
@pytest.mark.row("S6")
@pytest.mark.row("F-28")
def test_a_machine_whose_clock_is_not_the_databases_is_told_of_until_it_is_right(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    class Wrong(Clock):
        def now(self) -> datetime:
            return super().now() + timedelta(seconds=45)

    right = due(database, tmp_path, Listing(), now)
    wrong = dataclasses.replace(right, ahead=lambda conn: shared_clock.ahead(conn, Wrong()))
    assert (wrong.run_once(always), told(database)) == (1, ["clock_ahead"])
    assert (right.run_once(always), told(database)) == (0, [])


def test_without_pg_dump_postgresql_cannot_be_copied_and_that_is_told(
    database: Database, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    due(database, tmp_path, Listing(), now).run_once(always)
    assert told(database) == ([] if database.is_sqlite else ["backup_program"])


def test_a_matter_nobody_on_its_ladder_may_hear_is_told_to_the_office_until_somebody_can(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    nobody = other_ladders(complaint=(silent("chu-tich"), silent("pho-chu-tich")))
    ticket = complaint(database, now)
    assert due(database, tmp_path, Listing(), now, nobody).run_once(always) == 0
    advancing(database, HandClock(now), nobody).advance(always)
    assert due(database, tmp_path, Listing(), now, nobody).run_once(always) == 1
    assert told(database) == ["unheard"]
    with database.reading() as conn:
        alarm = next(row for row in escalations.unsettled(conn) if row.kind == "alarm")
    assert (alarm.ticket_id, json.loads(alarm.params)) == (None, {"alarm": "unheard"})
    assert due(database, tmp_path, Listing(), now).run_once(always) == 0
    assert told(database) == []
    due(database, tmp_path, Listing(), now + timedelta(days=1), nobody).run_once(always)
    assert told(database) == ["unheard"]
    with database.writing() as conn:
        escalations.settle_all(conn, ticket.id, now=now, who="canbotruc")
    due(database, tmp_path, Listing(), now + timedelta(days=1), nobody).run_once(always)
    assert told(database) == []


def test_an_alarm_nobody_may_hear_makes_no_other(database: Database, tmp_path: Path, now: datetime) -> None:
    deaf = other_ladders(without_thursday(), office=(silent("chanh-van-phong"),))
    due(database, tmp_path, Listing(), now, deaf).run_once(always)
    advancing(database, HandClock(now), deaf).advance(always)
    assert due(database, tmp_path, Listing(), now, deaf).run_once(always) == 0
    assert told(database) == ["roster_stand_in"]


def silent(official: str) -> EscalationStep:
    """A step by a channel that is not set up."""
    return EscalationStep(official=official, channel="zalo", after_minutes=0, times=1, every_minutes=15)


def test_whoever_lost_the_lease_tells_nothing(database: Database, tmp_path: Path, now: datetime) -> None:
    provider = Listing()
    assert due(database, tmp_path, provider, now, without_thursday()).run_once(lambda: False) == 0
    assert (told(database), provider.asked) == ([], 0)


@pytest.mark.row("F-04")
def test_a_recording_nobody_told_of_comes_to_the_ticket_of_its_call(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    ticket = complaint(database, now - timedelta(hours=5))
    made_at = now - timedelta(hours=5)
    provider = Listing(
        [
            Held(RECORDING, CALL, made_at, 12),
            Held("RE" + "c" * 32, "CA" + "d" * 32, made_at, 3),
            Held("RE" + "e" * 32, CALL, now - timedelta(minutes=2), 3),
            Held("../etc", CALL, made_at, 3),
        ]
    )
    work = due(database, tmp_path, provider, now)
    assert work.compare(always) == 1
    with database.reading() as conn:
        found = recordings.by_sid(conn, RECORDING)
        assert found is not None
        assert (found.seconds, found.state, found.next_try_at is not None) == (12, "pending", True)
        assert tickets.of_id(conn, ticket.id).recording_id == found.id
        assert recordings.by_sid(conn, "RE" + "e" * 32) is None
    assert work.compare(always) == 0
    assert provider.asked == 1
    assert due(database, tmp_path, provider, now + timedelta(days=1)).compare(always) == 1
    with database.reading() as conn:
        assert tickets.of_id(conn, ticket.id).recording_id == found.id


@pytest.mark.row("T-22")
def test_a_recording_deleted_by_rule_is_not_taken_in_again(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    complaint(database, now - timedelta(hours=5))
    provider = Listing([Held(RECORDING, CALL, now - timedelta(hours=5), 12)])
    due(database, tmp_path, provider, now).compare(always)
    with database.writing() as conn:
        found = recordings.by_sid(conn, RECORDING)
        assert found is not None
        conn.execute(sounds.update().values(state="removed", next_try_at=None))
    assert due(database, tmp_path, provider, now + timedelta(days=1)).compare(always) == 0
    with database.reading() as conn:
        assert getattr(recordings.by_sid(conn, RECORDING), "state", None) == "removed"


def test_a_provider_that_cannot_be_asked_is_asked_again_at_the_next_look(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    provider = Listing(broken=True)
    work = due(database, tmp_path, provider, now)
    assert (work.compare(always), work.compare(always), provider.asked) == (0, 0, 2)
    provider.broken = False
    assert (work.compare(always), work.compare(always), provider.asked) == (0, 0, 3)


@pytest.mark.parametrize(
    "told",
    [
        b"[]",
        b"null",
        b'{"recordings": null}',
        b'{"recordings": ["a"], "next_page_uri": null}',
        b'{"recordings": [{"sid": "RE1"}], "next_page_uri": 5}',
    ],
)
def test_a_list_of_another_shape_hinders_no_other_alarm(
    database: Database, tmp_path: Path, now: datetime, told: bytes
) -> None:
    with provider_server() as server:
        server.answers = [Answer(body=told, media_type="application/json")]
        odd = RecordingsAtProvider(server.url, SID, TOKEN)
        with pytest.raises(ProviderError):
            odd.since(now)
        assert due(database, tmp_path, odd, now, without_thursday()).run_once(always) == 1


def test_a_recording_whose_time_cannot_be_read_is_in_the_list(now: datetime) -> None:
    notes = {"recordings": [{"sid": RECORDING, "call_sid": CALL, "date_created": "hôm qua"}]}
    with provider_server() as server:
        body = json.dumps(notes | {"next_page_uri": None}).encode()
        server.answers = [Answer(body=body, media_type="application/json")]
        (held,) = RecordingsAtProvider(server.url, SID, TOKEN).since(now)
    assert (held.sid, held.made_at < now) == (RECORDING, True)


def test_the_list_is_read_through_the_official_client(tmp_path: Path) -> None:
    import threading

    from werkzeug.serving import make_server

    app: Flask = create_provider(tmp_path, SID, TOKEN)
    base = "https://tongdai.example/provider"
    uploader(base, SID, TOKEN, WsgiTransport(app, base))(CALL, RECORDING, sound.tone(3))
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        now = Clock().now()
        asked = RecordingsAtProvider(f"http://127.0.0.1:{server.server_port}", SID, TOKEN)
        (held,) = asked.since(now - timedelta(days=3))
        with pytest.raises(ProviderError, match="while asking the provider"):
            RecordingsAtProvider(f"http://127.0.0.1:{server.server_port}", SID, "wrong").since(now)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (held.sid, held.call_sid, held.seconds) == (RECORDING, CALL, 3)
    assert abs(held.made_at - now) < timedelta(minutes=1)


@pytest.mark.row("F-16")
@pytest.mark.parametrize("moved", [-400, 400])
def test_a_demonstration_at_another_time_is_not_told_that_its_new_book_has_no_copy(
    database: Database, tmp_path: Path, now: datetime, moved: int
) -> None:
    complaint(database, now - timedelta(hours=1))
    machine = Clock(now - timedelta(days=moved))
    dataclasses.replace(due(database, tmp_path, Listing(), now), machine=machine).run_once(always)
    assert "backup_none" not in told(database)


@pytest.mark.row("N1")
@pytest.mark.parametrize(("mode", "said"), [("demo", 0), ("production", 1)])
def test_a_stand_in_that_is_not_there_yet_is_asked_later_without_a_word(
    database: Database, tmp_path: Path, now: datetime, mode: Any, said: int
) -> None:
    class NotThere(Listing):
        def since(self, moment: datetime) -> list[Held]:
            raise ProviderError("no connection", later=True)

    settings = dataclasses.replace(load_settings(frozen.OFFICE), mode=mode)
    with capture_logs() as lines:
        assert due(database, tmp_path, NotThere(), now, settings).compare(always) == 0
    assert len([line for line in lines if line["log_level"] == "warning"]) == said


@pytest.mark.row("P1")
def test_callers_can_be_served_while_alarms_are_looked_for(
    database: Database, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []

    def look(view: AlarmView) -> list[Alarm]:
        with database.writing() as conn:
            served.append(rate_limits.spend(conn, "caller", timedelta(days=1), 5, view.now))
        return []

    monkeypatch.setattr(alarm_checks, "found", look)
    due(database, tmp_path, Listing(), now).run_once(always)
    assert served == [True]
