"""Six hours without a scheduler: what fell due meanwhile goes out once, within five minutes of its start."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Connection, select

from logbook.database.engine import Database
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import tombstones
from logbook.ids import DeliveryId
from logbook.outbox import deliveries
from logbook.outbox.deliveries import CALL, Delivery
from logbook.reports import made
from logbook.retention import backup
from logbook.sending import claims
from logbook.settings.loading import Settings, load_settings
from logbook.settings.notifications import EscalationStep
from logbook.tickets import notifications
from scheduler import make_reports as reports_made
from scheduler import send_deliveries as deliveries_sent
from scheduler.advance_escalations import _Walk
from scheduler.all_jobs import jobs_of_office
from scheduler.jobs import LEASE, timetable, watched
from scheduler.lease import Lease
from scheduler.progress import Progress
from tests.journeys.faults import runners
from tests.logbook import worded_case
from tests.scheduler.careless_sweeps import counted_from_what_was_due
from tests.scheduler.fake_provider import Ledger
from tests.town_hall import HandClock, file_ticket, local_time, other_ladders

pytestmark = [
    pytest.mark.proof,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]
STOPPED = local_time("2026-11-27 10:00")
BACK = STOPPED + timedelta(hours=6, minutes=1)
"""A Friday: the copy of twelve and the week's report of four fall between the two."""
SECOND = timedelta(seconds=1)
HANDING_OVER = 0.4 * SECOND
"""What a message takes, by the clock of the test: a machine may be as slow as it likes."""
DIED = "news:0"
"""The news in whose call the first scheduler died."""


@dataclass(frozen=True)
class Load:
    """How many complaints come meanwhile and came before, deadlines pass meanwhile, and news are due."""

    fresh: int
    before: int
    late: int
    news: int


BUSY, USUAL = Load(200, 60, 40, 100), Load(100, 20, 10, 40)


class Watch(HandClock):
    """A clock moved by hand whose watch goes with it."""

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class Office:
    """One database, one clock for the office and its machine, and the provider outside."""

    database: Database
    settings: Settings
    clock: Watch
    provider: Ledger
    load: Load = BUSY

    def run(self, owner: str, **for_: float) -> None:
        """A scheduler from its start on, until it is killed; its ticks come one after the other."""
        lease = Lease(self.database, self.clock, owner, now=lambda _: self.clock.now())
        until = self.clock.at + timedelta(**for_)
        all_jobs_of = jobs_of_office(self.settings, self.database, self.clock, lease)
        progress = Progress(self.clock, watched(all_jobs_of))
        jobs = timetable(lease, all_jobs_of, lambda _: None, progress)
        when = {job.name: self.clock.at for job in jobs}

        def tick(names: set[str]) -> None:
            for job in jobs:
                if job.name in names and when[job.name] <= self.clock.at:
                    when[job.name] = self.clock.at + job.every * SECOND
                    job.run()

        def handed_over() -> None:
            self.clock.at += HANDING_OVER
            tick({LEASE})

        self.provider.at_send = handed_over
        while self.clock.at < until:
            tick(set(when))
            self.clock.at += SECOND


def busy(folder: Path, provider_url: str) -> Settings:
    """A day with many notifications: four text messages for each complaint, a quarter of an hour apart."""
    file = runners.config(folder)
    seen = yaml.safe_load(file.read_text(encoding="utf-8"))
    seen["retention"]["backup_at"] = "12:00"
    file.write_text(yaml.safe_dump(seen, allow_unicode=True), encoding="utf-8")
    loaded = load_settings(
        {"TONGDAI_CONFIG": str(file), "TONGDAI_DATA": str(folder), "TONGDAI_PUBLIC_URL": provider_url}
    )
    step = EscalationStep(official="chu-tich", channel="sms", after_minutes=0, times=4, every_minutes=15)
    return other_ladders(loaded, complaint=(step,))


@pytest.fixture
def office(database: Database, provider: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    clock = Watch(STOPPED - timedelta(minutes=2))
    provider.now = clock.now
    monkeypatch.setattr("scheduler.all_jobs.Clock", lambda: clock)
    return Office(database, busy(tmp_path, provider.url), clock, provider)


# --- the day ------------------------------------------------------------------------------------------------


def before(office: Office) -> None:
    """What the scheduler still sees: some complaints, some deadlines of today, a call of two years ago."""
    with office.database.writing() as conn:
        worded_case.ring(conn, "CAold", local_time("2024-11-27 12:00"))
        for number in range(office.load.before):
            notifications.opened(conn, file_ticket(conn, f"{100_000 + number}", office.clock.at))
        ends = {"answer_due_at": STOPPED + timedelta(hours=1), "noticed_at": runners.LONG_AGO}
        for number in range(office.load.late):
            file_ticket(conn, f"{200_000 + number}", runners.LONG_AGO, state="assigned", **ends)


def meanwhile(office: Office) -> None:
    """What falls due without one: it died in a send, and complaints and news come all day."""
    with office.database.writing() as conn:
        for number in range(office.load.news):
            ticket = file_ticket(conn, f"{300_000 + number}", STOPPED, state="classified")
            key, to = f"news:{number}", f"+84913{number:06d}"
            seen = {"kind": "accepted", "recipient": deliveries.CITIZEN, "number": to}
            row = deliveries.put(conn, key=key, ticket_id=ticket.id, now=STOPPED, **seen)  # type: ignore[arg-type]
            if key == DIED:
                died_in_its_call(conn, row)
        for number in range(office.load.fresh):
            at = STOPPED + number * (BACK - STOPPED) / office.load.fresh
            notifications.opened(conn, file_ticket(conn, f"{400_000 + number}", at))


def died_in_its_call(conn: Connection, number: int | None) -> None:
    """The row is claimed for a call under the first lease, and nobody ever said what became of it."""
    row = deliveries.of_id(conn, DeliveryId(number or 0))
    assert row is not None
    claims.choose(conn, row, CALL)
    assert claims.claim(conn, row, 1, STOPPED, row.number) is not None


def six_hours(office: Office) -> dict[str, list[object]]:
    """Live through the day, then compare what the provider took with the database after five minutes."""
    before(office)
    office.run("the first", minutes=2)
    meanwhile(office)
    office.clock.at = BACK
    office.run("the second", minutes=5)
    return {what: found for what, found in verdict(office).items() if found}


# --- what is to be found ------------------------------------------------------------------------------------


def rows_of(office: Office) -> list[Delivery]:
    with office.database.reading() as conn:
        return [Delivery(*row) for row in conn.execute(select(outbox).order_by(outbox.c.id))]


def verdict(office: Office) -> dict[str, list[object]]:
    """What is not as it should be; every list should be empty."""
    rows = rows_of(office)
    known = Counter(row.provider_sid for row in rows)
    with office.database.reading() as conn:
        reports = [one.period for one in made.recent(conn, 40) if one.made_at >= BACK]
        stones = select(tombstones.c.kind).where(tombstones.c.deleted_at >= BACK)
        erased = list(conn.execute(stones).scalars())
    copies = backup.listed(office.settings.data_folder / "backups")
    return {
        "not sent": [(row.key, row.state) for row in rows if row.state not in ("sent", "cancelled")],
        "doubled": [each for each in office.provider.taken if known[each["sid"]] != 1],
        "extra": [row.key for row in rows if row.duplicates != (row.key == DIED)],
        "steps": steps_gone_wrong(rows, office.load),
        "reports": [] if reports == ["2026-W48"] else [reports],
        "erased": [] if erased == ["call"] else [erased],
        "copies": [] if [copy.made_at >= BACK for copy in copies] == [True, False] else [copies],
    }


def steps_gone_wrong(rows: list[Delivery], load: Load) -> list[object]:
    """What was sent since the start beyond one step of each escalation and each notification."""
    since = [row for row in rows if row.sent_at is not None and row.sent_at >= BACK]
    wanted = {"new": load.fresh + load.before, "late": load.late, "accepted": load.news, "report": 1}
    seen = Counter(row.kind for row in since)
    open_escalations = Counter(row.escalation_id or row.key for row in since)
    wrong: list[object] = [one for one, count in open_escalations.items() if count > 1]
    return wrong + [(kind, seen[kind]) for kind, count in wanted.items() if seen[kind] != count]


@pytest.mark.row("F-05")
def test_after_six_hours_without_a_scheduler_everything_due_goes_out_once_within_five_minutes(
    office: Office,
) -> None:
    assert six_hours(office) == {}


# --- bugs that were planted ---------------------------------------------------------------------------------


@pytest.mark.row("F-05")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("where", "name", "instead", "found"),
    [
        (_Walk, "_after", counted_from_what_was_due, "steps"),
        (deliveries_sent, "AT_ONCE", 1, "not sent"),
        (claims, "any_dead", lambda *_: False, "not sent"),
        (reports_made, "due", lambda *_: [], "reports"),
    ],
    ids=["takes every step it missed", "sends one a tick", "forgets what was begun", "forgets the report"],
)
def test_a_planted_bug_is_found_out(
    office: Office, monkeypatch: pytest.MonkeyPatch, where: object, name: str, instead: object, found: str
) -> None:
    monkeypatch.setattr(where, name, instead)
    office.load = USUAL
    assert found in six_hours(office)
