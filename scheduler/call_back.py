"""Places the callbacks that clerks want, once each, and finds out what became of silent ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from logbook.calls import returned_calls, talks
from logbook.calls.callbacks import Callback
from logbook.calls.returned_calls import DIALLED, NOT_PLACED, Limits
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.provider import CallState, ProviderError

AT_ONCE = 5
ASK_AFTER = timedelta(minutes=2)
"""A call that has said nothing for so long is asked about."""
NAMELESS_FOR = timedelta(minutes=5)
"""A call whose name never came, from the answer or from a webhook, was not placed."""


class PlacesReturnedCalls(Protocol):
    """What is needed of the provider; `logbook.provider.Telephone` is one."""

    def ring(self, *, to: str, caller_id: str, answer_url: str, status_url: str, seconds: int) -> str:
        """Ring a telephone and return the call's sid."""

    def state(self, sid: str) -> CallState:
        """How a call stands."""

    def leg(self, sid: str) -> CallState | None:
        """How the call stands that was dialled out of it."""


@dataclass(frozen=True, slots=True)
class ReturnsDue:
    """Everything that returning calls needs; `longest` is ringing and talk, `shortest_talk` in seconds."""

    database: Database
    telephone: PlacesReturnedCalls
    clock: Clock
    limits: Limits
    public_url: str
    caller_id: str
    ring_seconds: int
    longest: timedelta
    shortest_talk: int

    def place(self, have_lease: Callable[[], bool]) -> int:
        """Ring the clerks who wait, while `have_lease()`; return how many were rung. DatabaseBusyError.

        Each row is claimed and committed before the provider is asked and is never sent again by itself, so
        that a process killed anywhere rings at most once for one press (T-13).
        """
        with self.database.reading() as conn:
            waiting = returned_calls.wanted(conn, AT_ONCE)
        called = 0
        for row in waiting:
            if not have_lease():
                break
            with self.database.writing() as conn:
                claimed = returned_calls.claim(conn, row, self.limits, self.clock.now())
            if claimed is not None:
                self._ring(claimed)
                called += 1
        return called

    def reconcile(self, have_lease: Callable[[], bool]) -> int:
        """Ask about calls whose end was never reported; return how many ended. Raises DatabaseBusyError."""
        with self.database.reading() as conn:
            silent = returned_calls.being_called(conn, 50)
        ended = 0
        for row in silent:
            if not have_lease():
                break
            result = self._found_out(row)
            if result is not None:
                ended += self._end(row, result)
        return ended

    def _ring(self, row: Callback) -> None:
        log = structlog.get_logger("scheduler").bind(callback=row.id, call=row.calls_placed)
        address = f"{self.public_url}/ivr/return/{row.id}"
        try:
            sid = self.telephone.ring(
                to=row.wanted_from or "",
                caller_id=self.caller_id,
                answer_url=f"{address}?call={row.calls_placed}",
                status_url=f"{address}/status?call={row.calls_placed}",
                seconds=self.ring_seconds,
            )
        except ProviderError as error:
            log.warning("call not placed", error=str(error), permanent=error.permanent)
            if error.permanent or error.later:
                self._end(row, NOT_PLACED)
            return
        with self.database.writing() as conn:
            returned_calls.known_as(conn, row, sid)
        log.info("clerk rung", sid=sid)

    def _found_out(self, row: Callback) -> str | None:
        """What became of a call, in our word; None while it may still be going on."""
        age = self.clock.now() - row.claimed_at if row.claimed_at else NAMELESS_FOR
        if row.return_sid is None:
            return "lost" if age >= NAMELESS_FOR else None
        if age < ASK_AFTER:
            return None
        too_old = age > self.longest + ASK_AFTER
        try:
            state = self.telephone.state(row.return_sid)
            if not state.over:
                return "lost" if too_old else None
            if row.last_result != DIALLED:
                return "clerk_absent"
            leg = self.telephone.leg(row.return_sid)
        except ProviderError as error:
            return "lost" if too_old or (error.permanent and not error.later) else None
        if leg is None:
            return "lost"
        return returned_calls.leg_result(talks.judge(leg.status, leg.seconds, self.shortest_talk))

    def _end(self, row: Callback, result: str) -> int:
        with self.database.writing() as conn:
            return int(returned_calls.ended(conn, row, result, self.clock.now()))
