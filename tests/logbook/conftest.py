"""Telephone calls as tests put them into the logbook."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import pytest
from sqlalchemy import Connection

from logbook.calls import calls
from logbook.calls.calls import Call
from logbook.ids import RecordingId
from logbook.recordings import recordings
from logbook.recordings.recordings import Recording
from logbook.tickets import open_by_phone
from logbook.tickets.open_by_phone import OpenedTicket


class Phone(Protocol):
    def __call__(self, conn: Connection, sid: str = "CA1", number: str | None = "+84912345678") -> Call: ...


@pytest.fixture
def phone(now: datetime) -> Phone:
    """Begins a call."""

    def ring(conn: Connection, sid: str = "CA1", number: str | None = "+84912345678") -> Call:
        return calls.begin(
            conn,
            sid=sid,
            direction="inbound",
            caller_raw=number or "anonymous",
            caller_number=number,
            called="+842583842102",
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )

    return ring


@pytest.fixture
def record(now: datetime) -> Callable[[Connection, Call, str], Recording]:
    """Makes the provider report a recording whose sid repeats one digit."""

    def tell(conn: Connection, call: Call, digit: str) -> Recording:
        return recordings.hear_of(
            conn, call_id=call.id, turn=3, sid="RE" + digit * 32, seconds=7, purpose="complaint", now=now
        )

    return tell


@pytest.fixture
def complain(now: datetime) -> Callable[..., OpenedTicket]:
    """Opens the ticket of a call."""

    def opened(
        conn: Connection, call: Call, recording_id: RecordingId | None = None, **more: object
    ) -> OpenedTicket:
        return open_by_phone.open_by_phone(
            conn,
            call=call,
            recording_id=recording_id,
            caller_type="individual",
            notice_due_at=now + timedelta(days=10),
            answer_due_at=now + timedelta(days=14),
            now=now,
            secret="a secret of the office",
            **more,  # type: ignore[arg-type]
        )

    return opened
