"""Holds the scheduler's lease (leader election): one works, the others stand by until it expires."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import Connection

from logbook.clock import Clock
from logbook.database import leases
from logbook.database.engine import Database
from logbook.database.shared_clock import shared_now

SECONDS = 30.0
RENEW_EVERY = 10.0


class Lease:
    """This process's claim to be the one that works: a row, timed by our own monotonic clock."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        owner: str,
        *,
        name: str = "scheduler",
        seconds: float = SECONDS,
        now: Callable[[Connection], datetime] | None = None,
    ) -> None:
        """Stand by; `owner` names this process for people, `seconds` is how long a dead one blocks others.

        `clock` is the machine's, `now` the one that all runners go by: the database's own unless given.
        """
        self._database = database
        self.clock = clock
        self._owner = owner
        self._name = name
        self._seconds = seconds
        self._epoch: int | None = None
        self._until = 0.0
        self._said: bool | None = None
        self._retired = False
        self._now = now or (lambda connection: shared_now(connection, clock))
        self._seen: tuple[datetime, float] | None = None
        self._log = structlog.get_logger("scheduler")

    def held(self) -> bool:
        """Whether we may work: judged by the monotonic clock, which is never set back (F-13)."""
        running = self._epoch is not None and self.clock.monotonic() < self._until
        return running and not self._retired

    @property
    def epoch(self) -> int | None:
        """The fencing number under which we hold the lease; it grows with every change of hands."""
        return self._epoch if self.held() else None

    def keep(self) -> bool:
        """Take or renew the lease; says so when the answer changes. Raises DatabaseBusyError."""
        asked = self.clock.monotonic()
        with self._database.writing() as connection:
            now, forsaken = self._now(connection), self._forsaken(asked)
            epoch = leases.take(connection, self._name, self._owner, self._seconds, now, forsaken)
            holder = leases.holder(connection, self._name) if epoch is None else None
        self._look_at(holder, asked)
        self._epoch = epoch
        self._until = asked + self._seconds if epoch is not None else 0.0
        held = self.held()
        if held is not self._said:
            self._log.info("lease held" if held else "standby", lease=self._name, epoch=epoch)
        self._said = held
        return held

    def _look_at(self, holder: tuple[str, datetime] | None, asked: float) -> None:
        """Remember since when another's lease has stood as it stands."""
        if holder is None:
            self._seen = None
        elif self._seen is None or self._seen[0] != holder[1]:
            self._seen = (holder[1], asked)

    def _forsaken(self, asked: float) -> datetime | None:
        """The end of another's lease that was not renewed for its whole time by our own watch."""
        if self._seen is None or asked - self._seen[1] < self._seconds:
            return None
        return self._seen[0]

    def retire(self) -> None:
        """Stop working: the running step ends, and nothing new begins.

        Otherwise all that is due would be sent first, and who waits for our end would kill us in a send.
        """
        self._retired = True

    def let_go(self) -> None:
        """Give the lease back at once, so that a standby takes over without waiting. DatabaseBusyError."""
        if self._epoch is not None:
            with self._database.writing() as connection:
                leases.release(connection, self._name, self._owner, self._epoch, self._now(connection))
        self._epoch = None
