"""What was decided about one day, read in one statement, is what the rooms beside it say one by one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from logbook.database.engine import Database
from logbook.duty import absences, on_duty, one_day
from logbook.duty.absences import DayPart


def test_absences_keep_their_order_so_that_the_newest_stand_in_counts(
    database: Database, now: datetime
) -> None:
    day = date(2026, 11, 25)
    with database.writing() as conn:
        for stand_in, first in (("binh", day), ("chi", day - timedelta(days=2)), ("dung", day)):
            absences.enter(
                conn,
                person="an",
                first_day=first,
                last_day=day,
                part=DayPart.WHOLE,
                stand_in=stand_in,
                who="an",
                now=now,
            )
        on_duty.serve_at_desk(conn, "em", now + timedelta(minutes=5))
        on_duty.serve_at_desk(conn, "giang", now)
        found = one_day.decided(conn, day, now)
        assert [one.stand_in for one in found.away] == ["binh", "chi", "dung"]
        assert [(one.first_day, one.last_day) for one in found.away] == [
            (one.first_day, one.last_day) for one in absences.between(conn, day, day)
        ]
        assert found.busy == frozenset(on_duty.busy_at_desk(conn, now)) == {"em"}
        assert one_day.decided(conn, day + timedelta(days=1), now + timedelta(hours=1)).away == ()
