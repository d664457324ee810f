"""The newest moment the database speaks of."""

from datetime import datetime, timedelta

from logbook.accounts import audit_log
from logbook.calls import calls
from logbook.database.engine import Database
from logbook.database.newest_moment import newest_moment


def called(database: Database, sid: str, at: datetime) -> None:
    with database.writing() as conn:
        calls.begin(
            conn,
            sid=sid,
            direction="inbound",
            caller_raw="",
            caller_number=None,
            called="+842583842102",
            language="vi",
            place="",
            time_shift=0,
            now=at,
        )


def test_an_empty_book_speaks_of_no_moment(database: Database) -> None:
    with database.reading() as conn:
        assert newest_moment(conn) is None


def test_the_latest_call_or_act_counts_whichever_was_written_first(database: Database, now: datetime) -> None:
    called(database, "CA1", now + timedelta(days=3))
    called(database, "CA2", now)
    with database.reading() as conn:
        assert newest_moment(conn) == now + timedelta(days=3)
    with database.writing() as conn:
        audit_log.write(conn, now=now + timedelta(days=4), who="canbotruc", act="sign_in", subject="person:1")
    with database.reading() as conn:
        assert newest_moment(conn) == now + timedelta(days=4)
