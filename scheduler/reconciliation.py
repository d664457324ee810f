"""Reconciles with the provider: sends whose fate is unknown, and calls that fell silent (F-06)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from logbook.calls import open_calls
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.outbox.deliveries import CallResult, Delivery
from logbook.outbox.kinds import policy_of
from logbook.provider import CallState, ProviderError
from logbook.sending import calls as ringing
from logbook.sending import citizen_calls, claims, decision
from logbook.sending.messages import MessageTexts
from logbook.settings.loading import Settings
from scheduler.channels import WORDLESS, Channel, ChannelError, Parcel
from scheduler.channels.call import Calls

AT_ONCE = 50
SILENT_AFTER = timedelta(minutes=2)
"""A call that has said nothing for so long is asked about."""
MARGIN = timedelta(minutes=1)
"""How far the provider's clock may be behind ours."""
_RESULTS: dict[str, CallResult] = {"completed": "answered", "busy": "busy", "no-answer": "no_answer"}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything that asking needs; `channel_of` returns the channel a row was sent by."""

    database: Database
    clock: Clock
    settings: Settings
    news: MessageTexts
    channel_of: Callable[[Delivery], Channel]
    calls: Calls

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Ask about everything in doubt; return how many rows were cleared up. Raises DatabaseBusyError.

        The send begun last is asked about first: who waits for one to the same number waits for no next tick.
        """
        return self._sends(have_lease) + self._calls(have_lease)

    def _sends(self, have_lease: Callable[[], bool]) -> int:
        now = self.clock.now()
        with self.database.reading() as conn:
            dead, rows = claims.any_dead(conn, now), claims.to_ask_about(conn, now, AT_ONCE)
        if dead:
            with self.database.writing() as conn:
                claims.reclaim(conn, now)
        clear = 0
        silent: set[str | None] = set()
        for row in sorted(rows, key=_begun, reverse=True):
            if not have_lease():
                break
            if row.channel not in silent:
                clear += self._ask(row, silent)
        return clear

    def _ask(self, row: Delivery, silent: set[str | None]) -> int:
        """Ask what became of one unclear send; nobody is asked twice in a tick who gave no answer."""
        log = structlog.get_logger("scheduler").bind(delivery=row.id, kind=row.kind, channel=row.channel)
        try:
            names = self._names(row)
        except ChannelError as error:
            silent.add(row.channel)
            log.warning("nobody could be asked", error=str(error))
            return self._still_unclear(row)
        with self.database.writing() as conn:
            if claims.is_ambiguous(conn, row):
                claims.ask_later(conn, row, self.clock.now(), soon=True)
                return 0
            taken = claims.taken_sids(conn, row, names)
            ours = next((name for name in names if name not in taken), None)
            if ours is not None:
                asked = self.settings.notifications.receipts
                done = claims.found(conn, row, ours, self.clock.now(), receipt=asked)
            elif row.duplicates < claims.MOST_DUPLICATES and not policy_of(row.kind).once:
                done = claims.send_once_more(conn, row, self.clock.now())
            else:
                done = self._give_up(conn, row)
        log.info("unclear send came clear", found=ours is not None, duplicates=row.duplicates)
        return int(done)

    def _names(self, row: Delivery) -> list[str]:
        """What the provider has that may be this send, newest first; empty where nobody can be asked.

        ChannelError when there was no answer.
        """
        to = row.number or decision.where(row, row.channel or "", self.settings)
        if to is None or row.claimed_at is None:
            return []
        try:
            with self.database.reading() as conn:
                letter = self.news.letter(conn, row)
        except WORDLESS as error:
            raise ChannelError(f"{type(error).__name__}: {error}", "unclear") from error
        return list(self.channel_of(row).sent(Parcel(row, letter, to), row.claimed_at - MARGIN) or ())

    def _still_unclear(self, row: Delivery) -> int:
        now = self.clock.now()
        patience = policy_of(row.kind).patience or timedelta(hours=self.settings.notifications.retry_hours)
        with self.database.writing() as conn:
            if row.claimed_at is None or now - row.claimed_at > patience:
                return int(self._give_up(conn, row))
            claims.ask_later(conn, row, now)
        return 0

    def _give_up(self, conn: Connection, row: Delivery) -> bool:
        """Nobody will ever know; a citizen is called instead of texted, officials hear by the next step."""
        now = self.clock.now()
        done = claims.stay_unknown(conn, row, now)
        if done:
            citizen_calls.instead_of_text(conn, row, self.settings, now)
        return done

    def _calls(self, have_lease: Callable[[], bool]) -> int:
        """Ask about calls whose end was never reported; return how many had ended."""
        with self.database.reading() as conn:
            rows = ringing.silent_calls(conn, self.clock.now() - SILENT_AFTER, AT_ONCE)
        ended = 0
        for row in rows:
            if not have_lease():
                break
            result = self._call_result(row)
            if result is not None:
                with self.database.writing() as conn:
                    ended += ringing.over(conn, row, result, self.clock.now())
        return ended

    def _call_result(self, row: Delivery) -> CallResult | None:
        """What became of a call; None while it may still be going on or nobody can say."""
        duty, unknown = self.settings.duty, _unknown(row)
        longest = timedelta(seconds=self.calls.seconds + duty.ring_seconds + duty.talk_limit_seconds)
        too_old = row.claimed_at is not None and self.clock.now() - row.claimed_at > longest + SILENT_AFTER
        if row.provider_sid is None:
            return unknown if too_old else None
        try:
            state: CallState = self.calls.telephone.state(row.provider_sid)
        except ProviderError as error:
            return unknown if too_old or (error.permanent and not error.later) else None
        if state.over and not too_old and self._is_heard(row.provider_sid):
            return None
        if state.over:
            return _RESULTS.get(state.status, "failed")
        return unknown if too_old else None

    def _is_heard(self, sid: str) -> bool:
        """Whether somebody spoke to the line in this call, which then hears how it ended (`open_calls`)."""
        with self.database.reading() as conn:
            return open_calls.is_open(conn, sid)


def _unknown(row: Delivery) -> CallResult:
    """The result of a call of which nobody can say what became of it: most kinds are tried again then."""
    return "lost" if policy_of(row.kind).once else "failed"


def _begun(row: Delivery) -> tuple[float, int]:
    return (row.claimed_at.timestamp() if row.claimed_at else 0.0, row.id)
