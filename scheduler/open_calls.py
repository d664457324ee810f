"""Asks the provider how calls ended whose end was never reported (F-26).

A provider reports the end of a call once; when that callback is lost, a recorded complaint would never become
a ticket. Here the provider is asked, and the line hears the messages it missed. Where nobody can say anything
a call counts as lost after a longer time, and what it left behind is settled all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from logbook.calls import open_calls
from logbook.calls.calls import LOST
from logbook.calls.open_calls import OpenCall
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.provider import CallState, ProviderError
from logbook.recordings import at_provider
from logbook.recordings.at_provider import Held
from scheduler.own_line import LineSilentError

AT_ONCE = 50
SOON = timedelta(minutes=1)
"""When a call is asked about again whose news could not be brought to the line."""


class AsksAboutCalls(Protocol):
    """What is needed of the provider's calls; `logbook.provider.Telephone` is one."""

    def state(self, sid: str) -> CallState:
        """How a call stands."""

    def leg(self, sid: str) -> CallState | None:
        """How the call stands that was dialled out of it."""


class ListsRecordingsOfCall(Protocol):
    """What is needed of its recordings; `logbook.recordings.at_provider.RecordingsAtProvider` is one."""

    def of_call(self, call_sid: str) -> list[Held]:
        """Return the recordings of one call."""


class Hears(Protocol):
    """What is needed of our own line; `scheduler.line.Line` is one."""

    def tell(self, path: str, fields: Mapping[str, str]) -> None:
        """Post a callback (LineSilentError)."""


@dataclass(frozen=True, slots=True)
class OpenCallsDue:
    """Everything that asking needs; `lost_after` is how long nothing was heard of a call nobody knows."""

    database: Database
    clock: Clock
    telephone: AsksAboutCalls
    recordings: ListsRecordingsOfCall
    line: Hears
    ask_again: timedelta
    lost_after: timedelta

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Ask about the calls that are due; return how many came to an end. Raises DatabaseBusyError."""
        with self.database.reading() as conn:
            rows = open_calls.to_ask(conn, self.clock.now(), AT_ONCE)
        ended = 0
        for row in rows:
            if not have_lease():
                break
            with self.database.writing() as conn:
                mine = open_calls.claim(conn, row.call, self.clock.now() + self.ask_again)
            ended += mine and self._ask(row)
        return ended

    def _ask(self, row: OpenCall) -> bool:
        """Ask about one call and post to the line what it missed; return whether nothing is left to ask."""
        log = structlog.get_logger("scheduler").bind(call=row.call.sid)
        try:
            state = CallState(row.call.status, 0) if row.over else self.telephone.state(row.call.sid)
            if not row.over and not state.over:
                return False
            missed = self._missed(row)
        except ProviderError as error:
            if self.clock.now() - row.heard_at < self.lost_after:
                log.info("nobody could say how a call stands", error=str(error))
                return False
            missed, state = [], CallState(LOST, 0)
        try:
            for path, fields in missed:
                self.line.tell(path, _about(row, "completed") | fields)
            if not row.over:
                self.line.tell("/ivr/status", _about(row, state.status) | _length(state))
        except LineSilentError as silent:
            log.warning("the line could not be told of a call's end", error=str(silent))
            self._again(row, self.clock.now() + SOON)
            return False
        self._again(row, None)
        log.warning("the end of a call was found out", status=state.status, missed=len(missed))
        return True

    def _missed(self, row: OpenCall) -> list[tuple[str, dict[str, str]]]:
        """What the line should have heard before the end: recordings, and how ringing a clerk ended."""
        held = self.recordings.of_call(row.call.sid)
        with self.database.reading() as conn:
            unused = at_provider.not_used(conn, held)
        missed = [
            (f"/ivr/recording/{row.speech_turn if turn is None else turn}", _recording(one))
            for one, turn in unused
        ]
        leg = None if row.leg_turn is None else self.telephone.leg(row.call.sid)
        if leg is not None and leg.over:
            called = {"DialCallStatus": leg.status, "DialCallDuration": str(leg.seconds)}
            missed.append((f"/ivr/turn/{row.leg_turn}", called))
        return missed

    def _again(self, row: OpenCall, at: datetime | None) -> None:
        with self.database.writing() as conn:
            open_calls.ask(conn, row.call.id, at)


def _about(row: OpenCall, status: str) -> dict[str, str]:
    call = row.call
    return {
        "CallSid": call.sid,
        "From": call.caller_raw,
        "To": call.called,
        "Direction": call.direction,
        "CallStatus": status,
    }


def _length(state: CallState) -> dict[str, str]:
    return {} if state.status == LOST else {"CallDuration": str(state.seconds)}


def _recording(held: Held) -> dict[str, str]:
    length = {} if held.seconds is None else {"RecordingDuration": str(held.seconds)}
    return {"RecordingSid": held.sid, "RecordingStatus": "completed", **length}
