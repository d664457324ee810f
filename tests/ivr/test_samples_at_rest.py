"""Samples are neither fetched, asked about nor rung about, however much time passes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ivr.app import create_app
from ivr.line.hotline import open_hotline
from ivr.samples import fill
from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.samples import any_samples
from logbook.database.tables import calls, deliveries, escalations, recordings, tickets
from logbook.recordings.at_provider import Held
from logbook.settings.loading import Settings, load_settings
from scheduler.advance_escalations import EscalationsDue
from scheduler.all_jobs import open_calls_due, recordings_due
from scheduler.check_alarms import AlarmsDue
from scheduler.warn_of_deadlines import DeadlinesDue
from tests import frozen
from tests.caller import Caller
from tests.frozen import CONFIG

NOW = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SECONDS = 240
BUSY = "database busy, next tick tries again"
"""What a slow machine may say; nothing of a sample."""
pytestmark = pytest.mark.proof


class Nobody:
    """A provider that must not be asked."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def asked(*of: object, **more: object) -> Any:
            raise AssertionError(f"the provider was asked: {name}{of}{more}")

        return asked


class NoRecordings:
    """A provider that holds no recording."""

    def since(self, moment: datetime) -> list[Held]:
        return []


def settings_at(url: str, folder: Path) -> Settings:
    return load_settings({**frozen.OFFICE, "TONGDAI_DATABASE_URL": url, "TONGDAI_DATA": str(folder)})


def test_ten_days_later_nothing_was_fetched_asked_or_sent_for_any_sample_but_the_real_case_rings(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    settings = settings_at(database_url, tmp_path / "var")
    fill.fill(settings, NOW)
    with database.writing() as conn:  # as a call looks while its last callback is on its way
        conn.execute(calls.update().values(ask_at=NOW, status="in-progress"))
        conn.execute(recordings.update().values(next_try_at=NOW, state="pending", file_name=None))
    before = sent(database)
    app = create_app(open_hotline(settings, Clock(NOW), database))
    real = Caller(app, settings.auth_token.get_secret_value(), public_url=settings.public_url)
    real.press("2").press("1").press("1").speak().press("1").hang_up()
    with database.writing() as conn:
        mine = conn.execute(select(tickets.c.id).order_by(tickets.c.id.desc())).scalars().first()
        of_mine = select(tickets.c.call_id).where(tickets.c.id == mine).scalar_subquery()
        conn.execute(recordings.update().where(recordings.c.call_id == of_mine).values(next_try_at=None))
    for days in (1, 4, 10):
        ten_jobs(settings, database, Clock(NOW + timedelta(days=days)))
    after = sent(database)
    assert after - before == {mine}, "only the real case rings"


def ten_jobs(settings: Settings, database: Database, clock: Clock) -> None:
    """Everything that would fetch, ask or ring."""
    calendars = Calendars(settings, clock)
    silent: Any = Nobody()
    replace(recordings_due(settings, database, clock), fetcher=silent).fetch(lambda: True)
    asking = replace(
        open_calls_due(settings, database, clock), telephone=silent, recordings=silent, line=silent
    )
    asking.run_once(lambda: True)
    AlarmsDue(
        database,
        clock,
        clock,
        settings,
        calendars,
        NoRecordings(),
        settings.data_folder,
        lambda conn: timedelta(),
    ).run_once(lambda: True)
    DeadlinesDue(database, clock, settings, calendars).run_once(lambda: True)
    EscalationsDue(database, clock, settings, calendars).advance(lambda: True)


def sent(database: Database) -> set[int]:
    """The tickets about which there is a delivery, by a desk's or a notice's escalation "0"."""
    with database.reading() as conn:
        about = select(deliveries.c.ticket_id).where(deliveries.c.ticket_id.is_not(None))
        found = set(conn.execute(about).scalars())
        kinds = select(escalations.c.kind).join(deliveries, deliveries.c.escalation_id == escalations.c.id)
        named = set(conn.execute(kinds.where(escalations.c.kind == "desk")).scalars())
    return found | ({0} if named else set())


@pytest.mark.skipif(sys.platform == "win32", reason="ends by a signal of POSIX")
def test_a_month_filled_in_beside_the_running_program_leaves_no_warning_in_its_log(tmp_path: Path) -> None:
    environment, output = environment_of(tmp_path), tmp_path / "output"
    with output.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "ivr", "serve"], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            until(lambda: "tongdai phone" in output.read_text("utf-8") or running.poll() is not None)
            assert running.poll() is None, output.read_text("utf-8")
            filled = subprocess.run(
                [sys.executable, "-m", "ivr", "demo", "fill"],
                env=environment, capture_output=True, check=True, timeout=SECONDS,
            )  # fmt: skip
            assert "Đã ghi tháng mẫu" in filled.stdout.decode()
            time.sleep(40)  # every job that rings, asks or fetches has come round
        finally:
            running.terminate()
            running.wait(60)
    said = output.read_text("utf-8")
    level = re.compile(r"\b(warning|error|critical)\b", re.IGNORECASE)
    noise = [line for line in said.splitlines() if level.search(line) and BUSY not in line]
    assert noise == []
    assert "gọi +842583842100" not in said, "no sample rings the telephones of the demonstration"
    database = Database(f"sqlite:///{tmp_path / 'var' / 'tongdai.db'}")
    with database.reading() as conn:
        assert any_samples(conn)
        waiting = conn.execute(select(deliveries.c.kind).where(deliveries.c.state == "due")).scalars().all()
    database.close()
    assert waiting == []


def until(over: Callable[[], bool]) -> None:
    by = time.monotonic() + SECONDS
    while time.monotonic() < by and not over():
        time.sleep(0.3)


def environment_of(tmp_path: Path) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    strange = ("TONGDAI", "TWILIO", "SECRET_KEY", "PYTEST")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_DATA": str(tmp_path / "var"),
        "PORT": str(port),
    }
