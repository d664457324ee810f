"""`tongdai import slips --photos`: a scanner's folder goes in once; what is unsure waits for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from ivr.commands.importing import import_
from logbook.database.engine import Database
from logbook.ratings import instruments, slip_lookup
from logbook.ratings.paper import printed, readings
from logbook.ratings.paper.printed import BlankSlip
from logbook.settings.loading import load_settings
from tests.logbook.ratings import photographed
from tests.logbook.ratings.photographed import Filled, Light
from tests.one_stop_desk import dossiers_of

SLIPS = (
    Filled("P-0001", (5, 4, 3, 2, 1), 2),
    Filled("P-0002", (5, 5, 5, 5, 5), crossed_out={1: 2}),
    Filled("P-0099", (1, 1, 1, 1, 1)),
)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    settings = load_settings()
    made = Database(settings.database_url)
    now = datetime.now(UTC)
    made.upgrade(now)
    with made.writing() as conn:
        blanks = [BlankSlip(f"P-{n:04d}", one) for n, one in enumerate(dossiers_of(conn, 2), 1)]
        printed.record(conn, blanks, instruments.for_slips(settings), None, now)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scans"
    made.mkdir()
    agency = load_settings().office.agency
    for number, slip in enumerate(SLIPS):
        paper = photographed.filled(slip, Random(number + 1), agency=agency)
        shot = photographed.photograph([paper], number, Light(0.3))
        (made / f"scan{number}.jpg").write_bytes(shot)
    (made / "scan7.pdf").write_bytes(b"%PDF-1.7")
    (made / ".hidden").write_bytes(b"x")
    return made


def run(folder: Path, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(import_, ["slips", "--photos", str(folder), "--json", *words])
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.output)
    return told


@pytest.mark.row("003-03")
def test_a_folder_of_photographs_goes_in_once_and_what_is_unsure_waits(book: Database, folder: Path) -> None:
    def counts(told: dict[str, Any]) -> list[int]:
        return [told[name] for name in ("photos", "new", "asked", "unchanged", "refused")]

    assert counts(run(folder, "--dry-run")) == [4, 1, 2, 0, 1]
    with book.reading() as conn:
        assert (slip_lookup.recent(conn, 9), readings.count(conn)) == ([], 0)
    first = run(folder)
    assert counts(first) == [4, 1, 2, 0, 1]
    assert [(one["file"], one["reason"]) for one in first["errors"]] == [
        ("scan7.pdf", "Đây là tệp PDF. Xin cho máy quét lưu thành JPEG.")
    ]
    assert counts(run(folder)) == [4, 0, 2, 1, 1]
    with book.reading() as conn:
        (slip,) = slip_lookup.recent(conn, 9)
        assert readings.count(conn) == 2
    assert (slip.number, slip.reference, slip.answers) == ("P-0001", "H0001", SLIPS[0].marks)
    assert (slip.source, slip.respondent, slip.entered_by) == ("photo", "organisation", "")
    people = CliRunner().invoke(import_, ["slips", "--photos", str(folder)]).output
    assert "2 phiếu chờ xem lại" in people
    assert "scan7.pdf: Đây là tệp PDF" in people


def test_a_file_and_a_folder_at_once_or_neither_is_no_command(tmp_path: Path) -> None:
    for words in (["slips"], ["slips", str(Path(__file__)), "--photos", str(tmp_path)]):
        done = CliRunner().invoke(import_, words)
        assert (done.exit_code, "Xin nêu một tệp" in done.output) == (2, True)
