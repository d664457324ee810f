"""Two schedulers that are killed all the time and a provider that fails: nothing is lost, nothing doubled."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from logbook.clock import Clock
from logbook.database import heartbeats
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations, leases, tickets
from logbook.outbox.deliveries import CALL, SMS, Delivery
from logbook.retention import backup
from logbook.sending.claims import ASK_AFTER, MOST_DUPLICATES
from tests.journeys.faults.runners import MORNING, STEPS, Office, broken_connections, office_of
from tests.scheduler.fake_provider import Fault
from tests.suite.waiting import until

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and kill -9 are of POSIX"),
]
SEED = 20261125
_TOLD = re.compile(r"/ivr/told/(\d+)\?call=(\d+)$")
_CODE = re.compile(r"\b\d{6}\b")


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    with office_of(database, tmp_path) as made:
        yield made


# --- what is to be found ------------------------------------------------------------------------------------


def rows_of(office: Office) -> list[Delivery]:
    with office.database.reading() as conn:
        return [Delivery(*row) for row in conn.execute(select(outbox).order_by(outbox.c.id))]


def verdict(office: Office) -> dict[str, list[object]]:
    """Compare what the world outside took with the database; every list should be empty."""
    rows = rows_of(office)
    through_provider = [row for row in rows if row.channel in (CALL, SMS)]
    given_up = [row for row in rows if row.state == "failed" and gave_up_rightly(row)]
    return {
        "lost": [row.id for row in rows if row.state == "sent" and not was_taken(office, row)],
        "never sent": [row for row in rows if not has_ended(row)],
        "failed": [row for row in rows if row.state == "failed" and row not in given_up],
        "given up too often": list(given_up) if len(given_up) > office.kills else [],
        "doubled": doubled_at_provider(office, through_provider) + doubled_in_chat(office, rows),
        "too many extra": [row for row in rows if row.duplicates > MOST_DUPLICATES],
        "another's call": anothers_calls(office, rows),
        "levels": levels_doubled(office),
        "steps": steps_gone_wrong(office, rows),
        "shared epochs": [epoch for epoch, count in held(office).items() if count > 1],
        "faults": [line for line in said(office) if line["level"] not in ("info", "warning")],
    }


def has_ended(row: Delivery) -> bool:
    """Sent or given up, or an alarm of the office that was over before it was sent."""
    return row.state in ("sent", "failed") or (row.state == "cancelled" and row.ticket_id is None)


def gave_up_rightly(row: Delivery) -> bool:
    """Twice on its way and twice nobody knows: the rule ends there (decision 0009, 5)."""
    return row.result == "unclear" and (row.attempts, row.duplicates) == (
        1 + MOST_DUPLICATES,
        MOST_DUPLICATES,
    )


def was_taken(office: Office, row: Delivery) -> bool:
    if row.channel in (CALL, SMS):
        return any(each["sid"] == row.provider_sid for each in office.provider.taken)
    return code_of(office, row) in in_chat(office)


def doubled_at_provider(office: Office, rows: list[Delivery]) -> list[object]:
    """What the provider took that is not exactly one row's: a second send, since it can be asked."""
    known = Counter(row.provider_sid for row in rows)
    return [each for each in office.provider.taken if known[each["sid"]] != 1]


def doubled_in_chat(office: Office, rows: list[Delivery]) -> list[object]:
    """Messages sent more often than the row says: nobody can be asked, so each repetition is counted."""
    sends = in_chat(office)
    seen = {code_of(office, row): row for row in rows if row.channel == "zalo"}
    return [(code, count) for code, count in sends.items() if count > 1 + seen[code].duplicates]


def in_chat(office: Office) -> Counter[str]:
    return Counter(found[0] for words in office.chat.taken if (found := _CODE.search(words)))


def code_of(office: Office, row: Delivery) -> str:
    with office.database.reading() as conn:
        return str(conn.execute(select(tickets.c.code).where(tickets.c.id == row.ticket_id)).scalar())


def anothers_calls(office: Office, rows: list[Delivery]) -> list[object]:
    """Calls that stand in the database under another row, or another try, than they were placed for."""
    of_sid = {row.provider_sid: (row.id, row.attempts) for row in rows}
    calls = [(each["sid"], _TOLD.search(each["Url"])) for each in office.provider.taken if "Url" in each]
    return [sid for sid, seen in calls if seen and of_sid.get(sid) != (int(seen[1]), int(seen[2]))]


def levels_doubled(office: Office) -> list[object]:
    with office.database.reading() as conn:
        query = select(escalations.c.ticket_id, escalations.c.kind).where(
            escalations.c.kind.in_(("new", "late"))
        )
        kept = Counter((row.ticket_id, row.kind) for row in conn.execute(query))
        state = {row.id: row.state for row in conn.execute(select(tickets.c.id, tickets.c.state))}
    wanted = {(number, "late" if at == "assigned" else "new") for number, at in state.items()}
    wanted = {one for one in wanted if state[one[0]] != "classified"}
    return [one for one, count in kept.items() if count > 1] + list(wanted ^ set(kept))


def steps_gone_wrong(office: Office, rows: list[Delivery]) -> list[object]:
    """Matters of which a step was left out, or put under more than one key."""
    with office.database.reading() as conn:
        query = select(escalations.c.id, escalations.c.kind, escalations.c.ladder)
        open_escalations = {row.id: (row.kind, row.ladder) for row in conn.execute(query)}
    put: dict[int | None, list[str]] = {}
    for row in rows:
        put.setdefault(row.escalation_id, []).append(row.key.split(":", 2)[-1])
    return [
        (number, put.get(number))
        for number, what in open_escalations.items()
        if what in STEPS and sorted(put.get(number, ())) != sorted(STEPS[what])
    ]


def said(office: Office) -> list[dict[str, str]]:
    """Everything the runners logged, the end of a line that a kill cut off left out."""
    lines = [line for log in office.logs for line in log.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) if line.startswith("{") else {"level": "error", "event": line} for line in lines]


def is_cut_off_copy(line: object) -> bool:
    """Whether a nightly copy lost its connection, which is an alarm and made good at a later tick."""
    return isinstance(line, dict) and line["event"] == "no backup could be made"


def held(office: Office) -> Counter[str]:
    return Counter(line["epoch"] for line in said(office) if line["event"] == "lease held")


def at_times(office: Office, seed: int) -> Callable[[], Fault]:
    """5 % of the answers are lost; as long as nothing is on its second try, other things go wrong as well."""
    chance, second_tries = random.Random(seed), MORNING + ASK_AFTER

    def usual() -> Fault:
        dice = chance.random()
        if dice < 0.05:
            return "lost"
        if dice < 0.08:
            return "429"
        early: tuple[Fault, ...] = ("500", "reset", "hang")
        return chance.choice(early) if dice < 0.12 and office.now() < second_tries else "ok"

    return usual


def storm(office: Office, strikes: int) -> None:
    """Three stretches of work under fire."""
    chance = random.Random(SEED)
    office.provider.usual = at_times(office, SEED)
    office.chat.refuses = lambda: chance.random() < 0.03
    office.file(0, fresh=20, conflicts=5, late=16, news=16)
    office.start(1, 2)
    for first in (100, 200):
        for _ in range(strikes):
            office.strike(chance)
        office.file(first, fresh=12, conflicts=5, late=12, news=12)
        office.pass_by(seconds=61)
    for _ in range(strikes):
        office.strike(chance)


def peace(office: Office) -> None:
    """Nothing fails any more, and time passes until nothing is left to do."""
    office.provider.usual, office.chat.refuses = (lambda: "ok"), (lambda: False)
    office.provider.release.set()
    office.settle(3, 2, 16)


@pytest.mark.row("F-05")
@pytest.mark.row("F-06")
@pytest.mark.row("F-07")
@pytest.mark.row("F-20")
@pytest.mark.row("F-23")
def test_two_runners_killed_all_the_time_lose_nothing_and_double_nothing(office: Office) -> None:
    storm(office, strikes=2)
    peace(office)
    assert {what: found for what, found in verdict(office).items() if found} == {}
    assert office.kills >= 9
    assert len(held(office)) >= 6
    assert len(office.provider.taken) + len(office.chat.taken) >= 44 * 3 + 15 + 40 + 40


@pytest.mark.row("F-12")
@pytest.mark.row("F-23")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_with_its_connections_cut_every_second_it_is_the_same(office: Office) -> None:
    with broken_connections(office.database) as cut:
        storm(office, strikes=2)
    peace(office)
    found = verdict(office)
    found["faults"] = [line for line in found["faults"] if not is_cut_off_copy(line)]
    assert {what: of_it for what, of_it in found.items() if of_it} == {}
    assert sum(cut) > 20
    assert until(lambda: backup.newest(office.folder / "data" / "backups", Clock().now()) is not None, 30)


# --- bugs that were planted ---------------------------------------------------------------------------------


def die_in_a_send(office: Office) -> None:
    """kill -9 whoever is just asking the provider, and start it again."""
    before = office.posts
    assert until(lambda: office.posts > before)
    holder = office.holder()
    assert holder is not None
    office.kill(holder)
    office.start(holder)


@pytest.mark.row("F-05")
@pytest.mark.row("F-06")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("bug", "found"),
    [(None, None), ("writes_sent_first", "lost"), ("asks_nobody", "doubled"), ("moves_on_first", "steps")],
)
def test_a_planted_bug_is_found_out_and_without_one_there_is_nothing(
    office: Office, bug: str | None, found: str | None
) -> None:
    def at_send() -> None:
        office.posts += 1
        time.sleep(0.5)

    office.provider.at_send = at_send
    if bug is not None:
        office.command = ("-m", "tests.journeys.faults.careless_runner", bug)
    office.file(0, fresh=0, conflicts=8, late=0, news=2)
    office.start(1, 2)
    for _ in range(2):
        die_in_a_send(office)
    office.settle(3, 2, 16)
    named = {what for what, of_it in verdict(office).items() if of_it}
    assert found in named if found else named == set()


# --- who froze ----------------------------------------------------------------------------------------------


def freeze(office: Office, pid: int) -> bool:
    """Stop all threads of a runner and let its lease run out; False, and it goes on, if it was writing."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    url = office.database.url.render_as_string(hide_password=False)
    with contextlib.closing(Database(url, wait_seconds=0.5)) as impatient:
        try:
            with impatient.writing() as conn:
                conn.execute(leases.update().values(until=Clock().now() - timedelta(seconds=1)))
        except DatabaseBusyError:
            os.kill(pid, signal.SIGCONT)
            return False
    return True


@pytest.mark.row("F-06")
@pytest.mark.row("F-20")
def test_a_runner_that_froze_while_sending_cannot_undo_what_the_next_one_did(office: Office) -> None:
    sends = itertools.count()
    frozen: list[int] = []

    def state() -> str:
        return rows_of(office)[0].state

    def at_send() -> None:
        if next(sends) == 0:
            holder = office.holder()
            assert holder is not None
            time.sleep(1)
            assert until(lambda: freeze(office, office.running[holder].pid))
            frozen.append(holder)
        else:
            os.kill(office.running[frozen[0]].pid, signal.SIGCONT)
            until(lambda: state() != "sending", 2)

    office.provider.at_send = at_send
    office.provider.faults = ["429"]
    office.file(0, fresh=0, conflicts=0, late=0, news=1)
    office.start(1)
    assert until(lambda: bool(frozen))
    for minutes, reached in ((3, "unsure"), (1, "sent")):
        office.put_clock(office.now() + timedelta(minutes=minutes))
        office.start(2)
        assert until(lambda reached=reached: state() in (reached, "sent"))  # type: ignore[misc]
        office.kill(2)
    office.provider.at_send = lambda: None
    office.start(2)
    office.settle(3)
    (row,) = rows_of(office)
    assert (row.state, row.attempts, row.duplicates, len(office.provider.taken)) == ("sent", 2, 1, 1)
    assert row.provider_sid == office.provider.taken[0]["sid"]


# --- who takes over, and who sees that nobody does ----------------------------------------------------------


def stale(office: Office, after: timedelta = timedelta(0)) -> list[str]:
    with office.database.reading() as conn:
        return heartbeats.stale(conn, Clock().now() + after)


def last_beats(office: Office) -> dict[str, heartbeats.Beat]:
    with office.database.reading() as conn:
        return heartbeats.all_of(conn)


@pytest.mark.row("F-20")
@pytest.mark.row("F-24")
def test_the_standby_takes_over_within_a_minute_and_without_one_the_light_turns_red(office: Office) -> None:
    office.start(1, 2)
    begun = Clock().now()
    assert until(lambda: not stale(office))
    assert until(lambda: [line["event"] for line in said(office)].count("scheduler ticks") == 2)
    as_slow = Clock().now() - begun  # what a start takes here, on a machine that is busy with something else
    first = office.holder()
    assert first is not None
    office.kill(first, free=False)
    died = Clock().now()
    office.file(0, fresh=1, conflicts=0, late=1, news=1)
    assert until(lambda: office.holder() == 3 - first)
    assert until(lambda: all(last_beats(office)[name].at > died for name in heartbeats.VITAL))
    started = max(last_beats(office)[name].at for name in heartbeats.VITAL) - died
    assert started < timedelta(seconds=60) + as_slow
    assert until(lambda: office.owed() == 0)
    assert {row.state for row in rows_of(office)} == {"sent"}
    assert stale(office) == []
    office.kill(3 - first, free=False)
    kept = last_beats(office)
    time.sleep(1)
    assert last_beats(office) == kept
    assert stale(office, timedelta(seconds=89)) == list(heartbeats.VITAL)


# --- six hours without a provider ---------------------------------------------------------------------------


FIVE_MINUTES = timedelta(minutes=5)


def six_hours_down(office: Office) -> dict[str, list[object]]:
    """Nobody outside takes anything for six hours; what is wrong with what was sent five minutes later.

    What is unclear is asked about half a minute later, one after the other to the same number: the clock is
    put on over these waits.
    """
    chance = random.Random(SEED)
    down: tuple[Fault, ...] = ("500", "reset", "429")
    office.provider.usual, office.provider.asking = (lambda: chance.choice(down)), "reset"
    office.chat.refuses = lambda: True
    begun = MORNING - timedelta(minutes=20)
    office.put_clock(begun)
    office.file(0, fresh=12, conflicts=4, late=10, news=12)
    office.start(1, 2)
    for hours in (1.4, 1.6, 3):
        before = office.posts
        assert until(lambda before=before: office.posts > before + 3)  # type: ignore[misc]
        if hours == 3:
            office.end()
            assert not office.provider.taken
            assert not office.chat.taken
            office.provider.usual, office.provider.asking = (lambda: "ok"), "ok"
            office.chat.refuses = lambda: False
        office.pass_by(hours=hours)
    back = office.now()
    assert timedelta(hours=6) < back - begun < timedelta(hours=6, minutes=10)
    until(lambda: office.owed() == 0)
    while not all(map(has_ended, rows_of(office))) and office.now() - back < FIVE_MINUTES:
        office.settle((ASK_AFTER + timedelta(seconds=5)) / timedelta(minutes=1))
    assert office.now() - back < FIVE_MINUTES
    return {what: found for what, found in verdict(office).items() if found}


@pytest.mark.row("F-05")
@pytest.mark.row("F-07")
def test_after_six_hours_without_a_provider_everything_goes_out_once_within_five_minutes(
    office: Office,
) -> None:
    assert six_hours_down(office) == {}
    assert len(office.chat.taken) == 12


@pytest.mark.row("F-05")
@pytest.mark.row("F-07")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("bug", "found"), [("writes_sent_first", "lost"), ("gives_up_at_once", "failed")])
def test_a_planted_bug_that_does_not_outlive_six_hours_is_found_out(
    office: Office, bug: str, found: str
) -> None:
    office.command = ("-m", "tests.journeys.faults.careless_runner", bug)
    assert found in six_hours_down(office)
