"""Restricted records: khiếu nại and tố cáo are guided, once per call, and open no ticket."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from logbook.database.engine import Database
from logbook.database.tables import restricted_records, tickets
from logbook.tickets import restricted


def test_a_guided_caller_leaves_one_restricted_record_and_no_ticket(
    database: Database, phone: Any, now: datetime
) -> None:
    with database.writing() as conn:
        call = phone(conn)
        restricted.guided(conn, call, now)
        restricted.guided(conn, call, now)
        assert conn.execute(select(func.count()).select_from(restricted_records)).scalar_one() == 1
        assert conn.execute(select(func.count()).select_from(tickets)).scalar_one() == 0
        record = restricted.of_call(conn, call.id)
        assert restricted.of_call(conn, call.id + 1) is None
    assert record is not None
    assert (record.caller_number, record.kind, record.at) == ("+84912345678", restricted.KIND, now)
