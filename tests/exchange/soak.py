"""Calls for MINUTES with a killed line every few of them: `python -m tests.exchange.soak MINUTES [asterisk]`.

At the end no channel, no dialog and no row of a call may be open. `--pause SECONDS` between the calls of a
caller makes it a quiet office.
"""

from __future__ import annotations

import argparse
import re
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
SETTLED_AFTER = 60.0
"""Seconds after which a process has loaded whatever calls make it load."""


def rate(office: ExchangeOffice, number: int, over: threading.Event, pause: float = 1.0) -> int:
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
        office.carrier.calls.pop(call.identity, None)
        over.wait(pause)
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


def kilobytes(pid: int) -> int:
    """How much memory a process holds now."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) if found else 0


def memory(office: ExchangeOffice) -> dict[str, int]:
    """Kilobytes of the line's process, and of Asterisk's where it carries the calls."""
    found = {"line": kilobytes(office.line_pid)}
    if not isinstance(office, EmbeddedOffice):
        found["Asterisk"] = kilobytes(office.asterisk_pid)
    return found


def soak(office: ExchangeOffice, seconds: float, between_calls: float = 1.0) -> int:
    """Call for so long, kill the line meanwhile; return how many kills there were."""
    over, kills = threading.Event(), 0
    callers = [
        threading.Thread(target=rate, args=(office, number, over, between_calls)) for number in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    pause, ends = min(MOST_BETWEEN_KILLS, seconds / 4), time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        settles = min(SETTLED_AFTER, pause / 2)
        over.wait(min(settles, left))
        sys.stdout.write(f"{left / 60:.0f} min left, kilobytes: {memory(office)}\n")
        sys.stdout.flush()
        left = ends - time.monotonic()
        if over.wait(max(0.0, min(pause - settles, left))) or left <= pause - settles:
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
    asked = argparse.ArgumentParser(prog="python -m tests.exchange.soak")
    asked.add_argument("minutes", type=float, nargs="?", default=1.0)
    asked.add_argument("carrier", choices=["embedded", "asterisk"], nargs="?", default="embedded")
    asked.add_argument("--pause", type=float, default=1.0)
    options = asked.parse_args()
    kind = ExchangeOffice if options.carrier == "asterisk" else EmbeddedOffice
    with tempfile.TemporaryDirectory() as folder, running(kind, Path(folder)) as office:
        kills = soak(office, 60 * options.minutes, options.pause)
        by = time.monotonic() + ENDS_WITHIN
        while any((found := left_open(office)).values()) and time.monotonic() < by:
            time.sleep(1.0)
        held = memory(office)
        with office.hotline.database.reading() as conn:
            made = conn.execute(select(func.count()).select_from(calls)).scalar_one()
    sys.stdout.write(f"{made} calls, {kills} kills, open: {found}, kilobytes: {held}\n")
    sys.exit(any(found.values()))


if __name__ == "__main__":
    main()
