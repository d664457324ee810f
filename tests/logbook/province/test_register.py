"""The province's own database: what is taken in, what is refused, and what counts."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

import logbook.province
from logbook.database.engine import Database
from logbook.database.tables import monthly_figures
from logbook.province import register, signed
from logbook.province.collecting import FigureFolders
from logbook.province.register import Taken
from logbook.province.signed import FiguresRefusedError, Refusal
from logbook.texts.catalogue import load_texts
from tests.logbook.province.made import DECEMBER_4, document, enrol

HOUR = timedelta(hours=1)


@pytest.mark.row("T-28")
def test_the_provinces_room_names_no_table_that_holds_a_case() -> None:
    tables = set()
    for file in Path(logbook.province.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "logbook.database.tables":
                tables |= {one.name for one in node.names}
    assert tables == {"monthly_figures", "province_offices"}


def test_a_document_is_taken_in_once_however_often_it_comes(database: Database) -> None:
    content = document().as_text().encode()
    with database.writing() as conn:
        enrol(conn, "22504")
        taken = [register.take(conn, content, DECEMBER_4)[1] for _ in range(3)]
    assert taken == [Taken.NEW, Taken.KNOWN, Taken.KNOWN]
    with database.reading() as conn:
        assert len(conn.execute(monthly_figures.select()).all()) == 1


def test_what_an_office_signed_later_counts_and_what_it_signed_before_stays(database: Database) -> None:
    first = document()
    later = document(version=2, report=18, issued_at=first.figures.issued_at + HOUR)
    with database.writing() as conn:
        enrol(conn, "22504")
        register.take(conn, first.as_text().encode(), DECEMBER_4)
        assert register.take(conn, later.as_text().encode(), DECEMBER_4)[1] is Taken.CORRECTION
        assert register.take(conn, first.as_text().encode(), DECEMBER_4)[1] is Taken.KNOWN
        counts = register.of_month(conn, "2026-11")["22504"]
        assert (counts.figures.report, counts.documents) == (18, 2)
        between = document(version=3, report=19, issued_at=first.figures.issued_at + HOUR / 2)
        with pytest.raises(FiguresRefusedError) as refused:
            register.take(conn, between.as_text().encode(), DECEMBER_4)
        assert refused.value.refusal is Refusal.OLDER


def test_whatever_is_forged_foreign_or_out_of_place_is_refused_with_a_sentence(database: Database) -> None:
    issued = document().figures.issued_at
    odd = {
        Refusal.UNREADABLE: b"{}",
        Refusal.FORGED: document().as_text().replace('"report": 17', '"report": 18').encode(),
        Refusal.UNKNOWN_OFFICE: document("22489").as_text().encode(),
        Refusal.FOREIGN_KEY: document(key=b"k" * 32).as_text().encode(),
        Refusal.NOT_AWAITED: document(month="2025-12").as_text().encode(),
        Refusal.FROM_THE_FUTURE: document(issued_at=DECEMBER_4 + 2 * HOUR).as_text().encode(),
        Refusal.OLDER: document(report=16, issued_at=issued - HOUR).as_text().encode(),
    }
    found = {}
    with database.writing() as conn:
        enrol(conn, "22504")
        register.take(conn, document().as_text().encode(), DECEMBER_4)
        for why, content in odd.items():
            with pytest.raises(FiguresRefusedError) as refused:
                register.take(conn, content, DECEMBER_4)
            found[why] = refused.value.refusal
        running = document(confirmed_at=document(month="2026-10").figures.confirmed_at)
        with pytest.raises(FiguresRefusedError) as refused:
            register.take(conn, running.as_text().encode(), DECEMBER_4)
        assert refused.value.refusal is Refusal.FROM_THE_FUTURE
    assert found == {why: why for why in Refusal}
    for texts in load_texts().values():
        assert all(texts.sentence(f"province_refused_{why}") for why in Refusal)


def test_no_moment_of_a_document_is_beyond_reckoning() -> None:
    """What no zone can tell ends no reading of the documents beside it."""
    sound = document()
    said = f"{sound.figures.issued_at:%Y-%m-%dT%H:%M:%SZ}"
    assert said in sound.as_text()
    for odd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:30:00-05:00", "9999-12-31T23:00:00Z"):
        with pytest.raises(FiguresRefusedError) as refused:
            signed.read(sound.as_text().replace(said, odd).encode())
        assert refused.value.refusal is Refusal.UNREADABLE, odd


def test_folders_are_collected_and_one_bad_file_keeps_no_other_out(
    database: Database, tmp_path: Path
) -> None:
    for code in ("22504", "22489"):
        folder = tmp_path / "offices" / code / "var" / "figures"
        folder.mkdir(parents=True)
        one = document(code)
        (folder / one.file_name).write_text(one.as_text(), "utf-8")
    (folder / "0-broken.json").write_text("{", "utf-8")
    (folder / ".0.json.new").write_text("{", "utf-8")
    (folder.parent / "tongdai.db").write_text("x", "utf-8")
    with database.writing() as conn:
        enrol(conn, "22489")
    folders = FigureFolders(tmp_path, database)
    with structlog.testing.capture_logs() as logs:
        found = [
            [(one.file.name, one.taken, one.refusal) for one in folders.look(DECEMBER_4)] for _ in range(2)
        ]
    broken = ("0-broken.json", None, Refusal.UNREADABLE)
    stranger = ("22504-2026-11-v1.json", None, Refusal.UNKNOWN_OFFICE)
    assert sorted(found[0]) == sorted([broken, ("22489-2026-11-v1.json", Taken.NEW, None), stranger])
    assert sorted(found[1]) == sorted([broken, stranger])
    assert sorted(one["why"] for one in logs) == [Refusal.UNKNOWN_OFFICE, Refusal.UNREADABLE], "each once"
    with database.writing() as conn:
        enrol(conn, "22504")
    assert Taken.NEW in [one.taken for one in folders.look(DECEMBER_4)]


def test_an_office_that_left_is_awaited_no_longer_and_what_it_gave_stays(database: Database) -> None:
    with database.writing() as conn:
        enrol(conn, "22504")
        register.take(conn, document().as_text().encode(), DECEMBER_4)
        assert register.dismiss(conn, "22504", "2026-11")
        assert not register.dismiss(conn, "22489", "2026-11")
        (office,) = register.offices(conn)
        assert [office.awaited_in(month) for month in ("2025-12", "2026-01", "2026-11", "2026-12")] == [
            False,
            True,
            True,
            False,
        ]
        assert "22504" in register.of_month(conn, "2026-11")
        enrol(conn, "22504", since="2027-03")
        (back,) = register.offices(conn)
        assert (back.since, back.until) == ("2026-01", None)
