"""`tongdai import slips`: a file of slips goes in once; what cannot be is refused by its row."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import CliRunner

from ivr.commands.importing import import_
from logbook.accounts import audit_log
from logbook.database.engine import Database
from logbook.ratings import slip_lookup, slips
from logbook.settings.loading import load_settings
from tests.one_stop_desk import dossier, dossiers_of

HEAD: list[object] = ["Số phiếu", "Mã hồ sơ", "Đối tượng", "1", "2", "3", "4", "5", "Ý kiến"]
ROWS: list[list[object]] = [
    ["P-1", "H0001", "Cá nhân", 5, 4, 3, 2, 1, "Tốt; nhanh"],
    ["P-2", "h0002 ", "Tổ chức", 5, 5, 5, 5, "", '=HYPERLINK("x")'],
]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    made = Database(load_settings().database_url)
    made.upgrade(datetime.now(UTC))
    with made.writing() as conn:
        dossiers_of(conn, 7)
        dossier(conn, "H0009", None)
    yield made
    made.close()


def csv_file(folder: Path, rows: list[list[object]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    file = folder / "phieu.csv"
    lines = [
        delimiter.join('"' + str(cell).replace('"', '""') + '"' for cell in row) for row in [HEAD, *rows]
    ]
    file.write_bytes("\r\n".join(lines).encode(encoding))
    return file


def xlsx_file(folder: Path, rows: list[list[object]]) -> Path:
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet()
        heads: list[list[object]] = [["Danh sách phiếu"], [*HEAD[:3], 1, 2, 3, 4, 5, HEAD[8]]]
        for at, row in enumerate([*heads, *rows]):
            sheet.write_row(at, 0, row)
    file = folder / "phieu.xlsx"
    file.write_bytes(memory.getvalue())
    return file


def run(file: Path, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(import_, ["slips", str(file), "--json", *words])
    assert done.exit_code == 0, done.output
    seen: dict[str, Any] = json.loads(done.output)
    return seen


def counts(seen: dict[str, Any]) -> tuple[int, int, int, int]:
    return seen["new"], seen["changed"], seen["unchanged"], seen["refused"]


def test_every_kind_of_file_goes_in_once_and_again_changes_nothing(book: Database, tmp_path: Path) -> None:
    assert counts(run(csv_file(tmp_path, ROWS), "--dry-run")) == (2, 0, 0, 0)
    with book.reading() as conn:
        assert slip_lookup.recent(conn, 9) == []
    assert counts(run(csv_file(tmp_path, ROWS))) == (2, 0, 0, 0)
    for delimiter, encoding in ((";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-16-le")):
        assert counts(run(csv_file(tmp_path, ROWS, delimiter, encoding))) == (0, 0, 2, 0)
    assert counts(run(xlsx_file(tmp_path, ROWS))) == (0, 0, 2, 0)
    with book.reading() as conn:
        second, first = slip_lookup.recent(conn, 9)
        assert [line.act for line in audit_log.recent(conn, 9)] == ["import_slips"]
    assert (first.answers, first.respondent, first.comment) == ((5, 4, 3, 2, 1), "individual", "Tốt; nhanh")
    assert (second.reference, second.answers, second.respondent) == (
        "H0002",
        (5, 5, 5, 5, None),
        "organisation",
    )
    assert second.comment == '=HYPERLINK("x")'
    mended = [ROWS[0], [*ROWS[1][:7], 4, "đã sửa"]]
    assert counts(run(csv_file(tmp_path, mended))) == (0, 1, 1, 0)


@pytest.mark.row("003-03")
def test_a_bad_row_is_refused_by_its_number_and_the_others_go_in(book: Database, tmp_path: Path) -> None:
    bad: dict[str, list[object]] = {
        "chưa trả kết quả": ["P-3", "H0009", "", 1, 1, 1, 1, 1, ""],
        "Không có hồ sơ": ["P-4", "X", "", 1, 1, 1, 1, 1, ""],
        "Mục 2: điểm phải từ 1 đến 5": ["P-5", "H0003", "", 1, 6, 1, 1, 1, ""],
        "Mục 1: xin ghi điểm": ["P-6", "H0004", "", "4,5", 1, 1, 1, 1, ""],
        "Đối tượng phải là": ["P-7", "H0005", "ai đó", 1, 1, 1, 1, 1, ""],
        "Phiếu trắng": ["P-8", "H0006", "", "", "", "", "", "", ""],
        "đã có ở dòng 2": ["p-1", "H0003", "", 1, 1, 1, 1, 1, ""],
        "đã có ở dòng 3": ["P-9", "H0002", "", 1, 1, 1, 1, 1, ""],
        "dài": ["P-10", "H0007", "", 1, 1, 1, 1, 1, "x" * 4001],
    }
    seen = run(csv_file(tmp_path, [*ROWS, *bad.values()]))
    assert counts(seen) == (2, 0, 0, len(bad))
    reasons = {error["row"]: error["reason"] for error in seen["errors"]}
    assert list(reasons) == list(range(4, 4 + len(bad)))
    assert [
        wanted for wanted, reason in zip(bad, reasons.values(), strict=True) if wanted not in reason
    ] == []
    people = CliRunner().invoke(import_, ["slips", str(csv_file(tmp_path, ROWS))]).output
    assert "2 phiếu như cũ" in people


def test_a_file_without_the_columns_says_which_are_missing(book: Database, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Số phiếu,Mã hồ sơ,1,2,3\nP,H,1,1,1\n", encoding="utf-8")
    done = CliRunner().invoke(import_, ["slips", str(file), "--json"])
    assert (done.exit_code, done.output) == (1, "Error: Không thấy các cột bắt buộc: 4, 5.\n")


def test_a_slip_somebody_typed_is_left_to_people(book: Database, tmp_path: Path) -> None:
    run(csv_file(tmp_path, ROWS[:1]))
    with book.writing() as conn:
        first = slip_lookup.of_number(conn, "P-1")
        assert first is not None
        slips.void(conn, first.id, first.version, "viết nhầm")
    assert counts(run(csv_file(tmp_path, ROWS[:1]))) == (0, 0, 1, 0)
    changed = run(csv_file(tmp_path, [[*ROWS[0][:7], 5, ""]]))
    assert "không tính" in changed["errors"][0]["reason"]


@pytest.mark.row("001-04")
@pytest.mark.parametrize(("months", "outside"), [("null", 0), ('{first: "2026-01", last: "2026-10"}', 2)])
def test_slips_outside_the_campaign_are_kept_and_counted_apart(
    months: str, outside: int, book: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = load_settings().config_file.read_text(encoding="utf-8")
    assert "\n  campaign: null\n" in shipped
    config = tmp_path / "config.yaml"
    config.write_text(shipped.replace("\n  campaign: null\n", f"\n  campaign: {months}\n"), encoding="utf-8")
    monkeypatch.setenv("TONGDAI_CONFIG", str(config))
    seen = run(csv_file(tmp_path, ROWS))
    assert (counts(seen), seen["outside_campaign"]) == ((2, 0, 0, 0), outside)
