"""Runs the two sweeps in a child that is killed again and again: python -m tests.scheduler.killed_sweeps.

Arguments: address of the database, moment, kills, seed. Prints how often the child was killed before one
ran to its end.
"""

import os
import random
import signal
import sys
import time
from datetime import datetime

from logbook.database.engine import Database
from tests.town_hall import HandClock, advancing, looking


def sweep(url: str, moment: datetime, steps: int, advance_first: bool) -> None:
    """Both sweeps, in either order; every step is printed before it is taken."""

    def have_lease() -> bool:
        os.write(steps, b".")
        return True

    database, clock = Database(url), HandClock(moment)
    if advance_first:
        advancing(database, clock).advance(have_lease)
    looking(database, clock).run_once(have_lease)
    advancing(database, clock).advance(have_lease)
    database.close()


def killed(child: int, steps: int, after: int, delay: float) -> bool:
    """Kill a child in the middle of its `after`-th step; False when it ended before."""
    while after:
        seen = os.read(steps, after)
        if not seen:
            return False
        after -= len(seen)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    return True


def main(url: str, moment: str, kills: str, seed: str) -> None:
    chance, done = random.Random(seed), 0
    while True:
        steps, seen = os.pipe()
        enough = chance.randint(1, 150) if done < int(kills) else 10**9
        delay, advance_first = chance.uniform(0, 0.02), chance.random() < 0.6
        child = os.fork()
        if child == 0:
            os.close(steps)
            sweep(url, datetime.fromisoformat(moment), seen, advance_first)
            os._exit(0)
        os.close(seen)
        done += killed(child, steps, enough, delay)
        os.close(steps)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
    print(done, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(*sys.argv[1:])
