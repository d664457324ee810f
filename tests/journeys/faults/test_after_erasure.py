"""What the provider still says of a call whose words were erased by rule is answered and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from logbook.database.engine import Database
from logbook.database.tables import calls, recordings, tickets
from logbook.recordings.recordings import Recording
from logbook.retention import erasure
from tests.journeys.faults.storm import everything_in, open_line


@pytest.mark.row("T-02")
def test_late_callbacks_of_an_erased_call_are_answered_politely_and_bring_nothing_back(
    database: Database, tmp_path: Path
) -> None:
    line = open_line(database, tmp_path)
    callers = [
        line.caller().press("2").press("1").press("1").speak(12).press("1").stay_silent(),
        line.caller().press("4").press("5").press("1").press("*").hang_up(),
        line.caller().press("0").clerk_busy().clerk_answers(40).press("1").hang_up(),
    ]
    with database.writing() as conn:
        now = line.hotline.clock.now()
        for ticket_id in conn.execute(select(tickets.c.id)).scalars().all():
            erasure.erase_ticket(conn, ticket_id, "ticket_years", now)
        for row in conn.execute(select(recordings)).all():
            erasure.recording_removed(conn, Recording(*row), "recording_months", now, at_provider=True)
        for call_id in conn.execute(select(calls.c.id)).scalars().all():
            erasure.erase_call(conn, call_id, "call_months", now)
    before = everything_in(database)
    for number, caller in enumerate(callers):
        for exchange in [one for one in caller.sent if one.method == "POST"]:
            answer = caller.replay(exchange, token=f"late-{number}")
            assert answer.status in (200, 204), exchange.path
            assert b"Traceback" not in answer.body, exchange.path
    assert everything_in(database) == before
