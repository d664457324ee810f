"""Imports what is ordered in a child that is killed often: python -m tests.scheduler.killed_imports.

Arguments: address of the database, moment, kills, seed. Prints how often the child was killed before one
ran to its end.
"""

import os
import random
import sys
import time
from datetime import datetime

from logbook.clock import Clock
from logbook.database.engine import Database
from scheduler.import_dossiers import ImportsDue
from tests.scheduler.killed_sweeps import killed


def bring_in(url: str, moment: datetime, steps: int, enough: int) -> None:
    """Import; every step is printed before it is taken. After `enough` of them comes one more at most.

    However slowly the killer looks: a child that ran on meanwhile would be killed too seldom.
    """
    taken = 0

    def have_lease() -> bool:
        nonlocal taken
        taken += 1
        if taken > enough + 1:
            time.sleep(60)
        os.write(steps, b".")
        return True

    database = Database(url)
    ImportsDue(database, Clock(moment)).run_once(have_lease)
    database.close()


def main(url: str, moment: str, kills: str, seed: str) -> None:
    chance, done = random.Random(seed), 0
    while True:
        steps, seen = os.pipe()
        enough = chance.randint(1, 3) if done < int(kills) else 10**9
        child = os.fork()
        if child == 0:
            os.close(steps)
            bring_in(url, datetime.fromisoformat(moment), seen, enough)
            os._exit(0)
        os.close(seen)
        done += killed(child, steps, enough, chance.uniform(0, 0.05))
        os.close(steps)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
    print(done, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(*sys.argv[1:])
