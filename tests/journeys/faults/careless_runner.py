"""Careless schedulers, which the proofs of kill -9 and of six hours down find out, or they prove nothing.

python -m tests.journeys.faults.careless_runner BUG runs one of them; the bug is the name of a function here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from sqlalchemy import Connection

from logbook.database.tables import deliveries as outbox
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.sending import claims
from scheduler import __main__ as program
from scheduler import advance_escalations
from scheduler.advance_escalations import EscalationsDue
from scheduler.channels import Parcel
from scheduler.reconciliation import Reconciliation
from scheduler.send_deliveries import DeliveriesDue

LATE_SECONDS = 0.3


def writes_sent_first() -> None:
    """Writes down that a row was sent, and sends it then (FACT-3)."""

    def send(self: DeliveriesDue, parcel: Parcel, troubled: set[str], have_lease: Callable[[], bool]) -> int:
        del troubled, have_lease
        with self.database.writing() as conn:
            claims.handed_over(conn, parcel.row, None, self.clock.now())
        sid = self.channel(parcel.row).send(parcel)
        with self.database.writing() as conn:
            conn.execute(outbox.update().where(outbox.c.id == parcel.row.id).values(provider_sid=sid))
        return 1

    DeliveriesDue._send = send  # type: ignore[method-assign]


def asks_nobody() -> None:
    """Sends an unclear row again without asking the provider whether it has it."""

    def names(self: Reconciliation, row: Delivery) -> list[str]:
        del self, row
        return []

    Reconciliation._names = names  # type: ignore[method-assign]


def gives_up_at_once() -> None:
    """Gives a row up after its first try."""

    def tried_enough(self: DeliveriesDue, row: Delivery) -> bool:
        del self, row
        return True

    DeliveriesDue._tried_enough = tried_enough  # type: ignore[method-assign]


def moves_on_first() -> None:
    """Advances an escalation, and writes its step into the outbox in a later transaction."""
    late: list[dict[str, object]] = []
    advance = EscalationsDue.advance

    def put(_conn: Connection, **row: object) -> None:
        late.append(row)

    def hasty(self: EscalationsDue, have_lease: Callable[[], bool]) -> int:
        def made_good() -> bool:
            while late:
                time.sleep(LATE_SECONDS)
                with self.database.writing() as conn:
                    deliveries.put(conn, **late.pop())  # type: ignore[arg-type]
            return have_lease()

        seen = advance(self, made_good)
        made_good()
        return seen

    class Later:
        """Stands for the outbox where the ladder puts its steps."""

    Later.put = staticmethod(put)  # type: ignore[attr-defined]
    advance_escalations.deliveries = Later  # type: ignore[assignment, attr-defined]
    EscalationsDue.advance = hasty  # type: ignore[method-assign]


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    sys.exit(program.main())
