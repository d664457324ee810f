"""Lists that staff keep by hand: one line for the same words, struck instead of deleted."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from logbook.database.engine import Database
from logbook.database.hand_kept import HandKeptList
from logbook.database.tables import people, work_checks

CHECKS = HandKeptList(work_checks)


CLERK = {
    "login": "a",
    "name": "A",
    "title": "",
    "role": "clerk",
    "language": "vi",
    "password_hash": "",
    "sees_restricted": False,
    "must_change_password": False,
    "demo": True,
}


def entered(database: Database, words: str, now: datetime) -> int | None:
    """The number of a line with these words, or None."""
    values = {"checked_on": date(2026, 11, 25), "checker": "A", "unit": "B", "guidance": "c"}
    with database.writing() as conn:
        by = conn.execute(select(people.c.id)).scalars().first()
        if by is None:
            by = conn.execute(
                people.insert().values(**CLERK, made_at=now).returning(people.c.id)
            ).scalar_one()
        return CHECKS.enter(conn, ("A", words), {**values, "content": words}, by, now)


def numbers(database: Database, limit: int = 10, before: int | None = None) -> list[int]:
    """The lines that stand, the newest first."""
    with database.reading() as conn:
        return list(conn.execute(CHECKS.newest((work_checks.c.id,), limit, before)).scalars())


def test_the_same_words_are_entered_once_and_anew_after_they_were_struck(
    database: Database, now: datetime
) -> None:
    first = entered(database, "Đã xem sổ", now)
    other = entered(database, "Đã xem sổ khác", now)
    assert first is not None
    assert other is not None
    assert entered(database, "Đã xem sổ", now + timedelta(hours=1)) is None
    with database.writing() as conn:
        assert CHECKS.strike(conn, first, now)
        assert not CHECKS.strike(conn, first, now)
    again = entered(database, "Đã xem sổ", now)
    assert again is not None
    assert numbers(database) == [again, other]
    with database.reading() as conn:
        struck = conn.execute(select(work_checks.c.content).where(~CHECKS.standing())).scalars().all()
    assert list(struck) == ["Đã xem sổ"]


def test_a_list_goes_on_below_the_last_line_shown(database: Database, now: datetime) -> None:
    found = [entered(database, f"Việc {number}", now) for number in range(3)]
    assert numbers(database, limit=2) == [found[2], found[1]]
    assert numbers(database, limit=2, before=found[1]) == [found[0]]
