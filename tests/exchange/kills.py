"""Kills the line again and again under calls: `python -m tests.exchange.kills [KILLS [CALLERS]]`.

Thirty callers rate and complain all the while. No call may be dropped or lose its place, no ticket may come
twice, no word that was spoken may be lost, and nothing may stay open.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from logbook.database.tables import calls, ratings, recordings, responses, tickets
from logbook.recordings.fetch import FetchError
from tests.exchange.callers import Attempt, crowd, rehearse, rows_of
from tests.exchange.conftest import running
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.hearing import likeness
from tests.exchange.soak import ENDS_WITHIN, left_open
from tests.exchange.test_real_calls import fetched

CALLERS = 30


@dataclass
class KillReport:
    """What came of it; every list names calls, and is to be empty."""

    kills: int = 0
    calls: int = 0
    complaints: int = 0
    back: list[float] = field(default_factory=list)
    """Seconds from each kill until the line listened again."""
    dropped: list[str] = field(default_factory=list)
    places_lost: list[str] = field(default_factory=list)
    calls_doubled: list[str] = field(default_factory=list)
    ratings_wrong: list[str] = field(default_factory=list)
    tickets_wrong: list[str] = field(default_factory=list)
    recordings_lost: list[str] = field(default_factory=list)
    open: dict[str, int] = field(default_factory=dict)

    @property
    def trouble(self) -> dict[str, object]:
        """Everything that should not be."""
        wrong = ("ratings_wrong", "tickets_wrong", "recordings_lost")
        names = ("dropped", "places_lost", "calls_doubled", *wrong)
        found: dict[str, object] = {name: getattr(self, name) for name in names if getattr(self, name)}
        return found | {name: count for name, count in self.open.items() if count}

    def __str__(self) -> str:
        back = f"{statistics.median(self.back):.1f} s, at most {max(self.back):.1f} s" if self.back else "-"
        return (
            f"{self.kills} kills, {self.calls} calls of which {self.complaints} complaints; "
            f"the line listened again after {back}; wrong: {self.trouble or 'nothing'}"
        )


def kill_under_calls(
    office: ExchangeOffice, kills: int, callers: int = CALLERS, seconds: float = 1e9
) -> KillReport:
    """Kill the line so often, or for so long, under so many calls at once; say what came of it."""
    ears, over, report, by = rehearse(office), threading.Event(), KillReport(), time.monotonic() + seconds
    made: list[Attempt] = []
    people = threading.Thread(target=lambda: made.extend(crowd(office, ears, callers, over)))
    people.start()
    moments = random.Random(18)
    time.sleep(4.0)
    try:
        while report.kills < kills and time.monotonic() < by:
            office.kill_line()
            begun = time.monotonic()
            office.start_line()
            office.wait_for_line()
            report.back.append(time.monotonic() - begun)
            report.kills += 1
            time.sleep(moments.uniform(2.0, 6.0))
    finally:
        over.set()
        people.join()
    judge(office, made, report)
    by = time.monotonic() + ENDS_WITHIN
    while any(left_open(office).values()) and time.monotonic() < by:
        time.sleep(0.5)
    report.open = left_open(office)
    return report


def judge(office: ExchangeOffice, made: list[Attempt], report: KillReport) -> None:
    """Compare what callers remember with what the book has."""
    rows = rows_of(office, made)
    for one in made:
        if not one.answered or not one.done:
            report.dropped.append(f"{one.caller}: {one.heard}")
        if one.went_back:
            report.places_lost.append(f"{one.caller}: {one.heard}")
        if len(rows[one.caller]) != 1:
            report.calls_doubled.append(f"{one.caller}: {len(rows[one.caller])} calls")
            continue
        call_id = rows[one.caller][0].id
        if one.complains:
            _judge_complaint(office, one, call_id, report)
        else:
            with office.hotline.database.reading() as conn:
                query = select(ratings.c.value).join(responses).where(responses.c.call_id == call_id)
                given = list(conn.execute(query.order_by(ratings.c.criterion_id)).scalars())
            if given != [one.given[question] for question in sorted(one.given)]:
                report.ratings_wrong.append(f"{one.caller}: {one.given}, in the book {given}")
    report.calls, report.complaints = len(made), sum(one.complains for one in made)


def _judge_complaint(office: ExchangeOffice, one: Attempt, call_id: int, report: KillReport) -> None:
    with office.hotline.database.reading() as conn:
        filed = conn.execute(
            select(func.count()).select_from(tickets).where(tickets.c.call_id == call_id)
        ).scalar_one()
        kept = conn.execute(select(recordings.c.sid).where(recordings.c.call_id == call_id)).scalars().all()
    if filed != 1:
        report.tickets_wrong.append(f"{one.caller}: {filed} tickets, heard {one.heard}")
    middle = one.spoken[4000:20000]
    sounds = [_sound(office, sid) for sid in kept]
    if middle and not any(likeness(sound, middle) > 0.95 for sound in sounds):
        there = [f"{len(sound) / 8000:.1f} s, {likeness(sound, middle):.2f}" for sound in sounds]
        report.recordings_lost.append(f"{one.caller}: {there}, heard {one.heard}")


def _sound(office: ExchangeOffice, sid: str) -> list[int]:
    """A recording; nothing for one that began and was never finished under its name."""
    try:
        return fetched(office, sid)
    except FetchError:
        return []


def main() -> None:
    """Say what came of it, and fail when anything went wrong."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    callers = int(sys.argv[2]) if len(sys.argv) > 2 else CALLERS
    with tempfile.TemporaryDirectory() as folder, running(ExchangeOffice, Path(folder)) as office:
        office.stop_hotline()
        office.start_hotline_process()
        report = kill_under_calls(office, kills, callers)
        with office.hotline.database.reading() as conn:
            count = conn.execute(select(func.count()).select_from(calls)).scalar_one()
        log = office.log("line") if report.trouble else ""
    sys.stdout.write(f"{report}\n{count} calls in the book\n{log}")
    sys.exit(bool(report.trouble))


if __name__ == "__main__":
    main()
