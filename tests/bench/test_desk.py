"""The bench of the desk's pages: its book is as it says, and what grows is called missed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from bench import desk
from logbook import database_address
from logbook.calls import rating_counts
from logbook.database.engine import Database
from logbook.database.tables import dossiers, slips
from logbook.dossiers import quota
from logbook.dossiers.months import Month


def test_both_books_have_the_same_month_and_as_much_open(migrated_file: Path, tmp_path: Path) -> None:
    (tmp_path / "book.db").write_bytes(migrated_file.read_bytes())
    database = Database(database_address.of_file(tmp_path / "book.db"))
    desk.fill(database, 1000)
    with database.reading() as conn:
        month = quota.of_month(conn, Month(2026, 11), 50)
        running = conn.execute(select(func.count()).where(dossiers.c.finished_at.is_(None))).scalar_one()
        entered = conn.execute(select(func.count()).select_from(slips)).scalar_one()
        assert rating_counts.wrong(conn) == []
    database.close()
    assert (month.finished, month.slips, running, entered) == (300, 300, desk.OPEN, 1000 - desk.OPEN)


def test_what_grows_or_is_slow_is_missed_and_what_is_flat_is_kept() -> None:
    sizes = (1_000, 100_000)
    pages = {
        "late": [(10.0, 1.0), (15.0, 1.2)],
        "figures": [(10.0, 1.0), (17.0, 9.0)],
        "one slip": [(80.0, 1.0), (80.0, 1.0)],
        "type a slip": [(51.0, 1.0), (51.0, 1.0)],
    }
    found = desk.Found(pages, {"one slip": 49.9, "type a slip": 50.1})
    said = list(desk.lines(found, sizes))
    verdicts = {
        line.split("  ")[1].strip(): "MISSED" in line for line in said if "kept" in line or "MISSED" in line
    }
    assert verdicts == {"late": False, "figures": True, "one slip": False, "type a slip": True}
    assert said[-1] == "goals missed at the desk: 2"
    assert round(desk.exponent(10, 10 * 100**0.1, sizes), 6) == desk.EXPONENT
