"""Calls for MINUTES with a killed line every few of them: `python -m tests.exchange.soak MINUTES [asterisk]`.

At the end no channel, no dialog and no row of a call may be open.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import func, select

from ivr.provider.files import Drawer
from logbook.database.tables import calls
from tests.exchange.conftest import running
from tests.exchange.embedded_office import EmbeddedOffice
from tests.exchange.equipment import ExchangeOffice

CALLERS, ENDS_WITHIN = 3, 60.0
MOST_BETWEEN_KILLS = 300.0


def rate(office: ExchangeOffice, number: int, over: threading.Event) -> int:
    """Call, rate, hang up, again and again; return how many calls were answered."""
    answered = 0
    while not over.is_set():
        call = office.carrier.call(office.sip_port, caller=f"09130000{number:02d}")
        if call.answered.wait(10) and call.state == "up":
            answered += 1
            for key in "45":
                call.wait_heard(call.loud + 3200, 8)
                call.press(key)
            call.wait_quiet(seconds=8)
        call.hang_up()
        over.wait(1.0)
    return answered


def left_open(office: ExchangeOffice) -> dict[str, int]:
    """What is open now, by its kind."""
    with office.hotline.database.reading() as conn:
        rows = conn.execute(select(func.count()).select_from(calls).where(calls.c.ended_at.is_(None)))
        found = {"calls in the book": int(rows.scalar_one())}
    kept = Drawer(office.folders.store).all("Calls")
    found["calls of the line"] = sum(row["status"] == "in-progress" for row in kept)
    found["dialogs"] = len(list(office.folders.dialogs.glob("*.json")))
    if not isinstance(office, EmbeddedOffice):
        found["channels"] = len(office.channels())
    return found


def soak(office: ExchangeOffice, seconds: float) -> int:
    """Call for so long, kill the line meanwhile; return how many kills there were."""
    over, kills = threading.Event(), 0
    callers = [threading.Thread(target=rate, args=(office, number, over)) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    pause, ends = min(MOST_BETWEEN_KILLS, seconds / 4), time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        if over.wait(min(pause, left)) or left <= pause:
            break
        office.kill_line()
        office.start_line()
        office.wait_for_line()
        kills += 1
    over.set()
    for caller in callers:
        caller.join()
    return kills


def main() -> None:
    """Say what was done, and fail when anything stays open."""
    seconds = 60 * float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    kind = ExchangeOffice if "asterisk" in sys.argv else EmbeddedOffice
    with tempfile.TemporaryDirectory() as folder, running(kind, Path(folder)) as office:
        kills = soak(office, seconds)
        by = time.monotonic() + ENDS_WITHIN
        while any((found := left_open(office)).values()) and time.monotonic() < by:
            time.sleep(1.0)
        with office.hotline.database.reading() as conn:
            made = conn.execute(select(func.count()).select_from(calls)).scalar_one()
    sys.stdout.write(f"{made} calls, {kills} kills, open: {found}\n")
    sys.exit(any(found.values()))


if __name__ == "__main__":
    main()
