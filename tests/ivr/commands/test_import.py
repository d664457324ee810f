"""`tongdai import dossiers`: imports the desk's file once, and nothing about any citizen (002-32)."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from ivr.cli import tongdai
from logbook.clock import local
from logbook.database.engine import Database
from logbook.database.tables import dossier_imports, dossiers, journal
from logbook.dossiers import headings, importing, packing, source
from logbook.settings.loading import load_settings
from tests import frozen
from tests.frozen import CONFIG
from tests.logbook.dossiers.files import CANARIES, HEADINGS, as_csv, as_xlsx, row


@pytest.fixture
def book(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
    return database


@pytest.fixture
def quick_book(migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """On SQLite alone, for what no database has a part in."""
    (tmp_path / "tongdai.db").write_bytes(migrated_file.read_bytes())
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    return Database(f"sqlite:///{tmp_path / 'tongdai.db'}")


def run(file: bytes, tmp_path: Path, *options: str, name: str = "file.csv") -> dict[str, Any]:
    (tmp_path / name).write_bytes(file)
    done = CliRunner().invoke(tongdai, ["import", "dossiers", str(tmp_path / name), "--json", *options])
    assert done.exit_code == 0, done.output
    seen: dict[str, Any] = json.loads(done.stdout)
    assert list(seen) == ["new", "changed", "unchanged", "refused", "errors"]
    return seen


def counts(seen: dict[str, Any]) -> tuple[int, int, int, int]:
    return seen["new"], seen["changed"], seen["unchanged"], seen["refused"]


def refusal(file: bytes, tmp_path: Path) -> str:
    (tmp_path / "bad").write_bytes(file)
    done = CliRunner().invoke(tongdai, ["import", "dossiers", str(tmp_path / "bad"), "--json"])
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    return done.stderr


def stored(book: Database) -> list[Any]:
    with book.reading() as conn:
        return list(conn.execute(select(dossiers).order_by(dossiers.c.reference)))


@pytest.mark.row("002-32")
def test_a_file_goes_in_once_and_a_file_of_an_overlapping_month_updates(
    book: Database, tmp_path: Path
) -> None:
    first = [row("A-1"), row("A-2", finished="", outcome="Đang xử lý"), row("A-3")]
    assert counts(run(as_csv(first), tmp_path, "--dry-run")) == (3, 0, 0, 0)
    assert stored(book) == []
    assert counts(run(as_csv(first), tmp_path)) == (3, 0, 0, 0)
    before = stored(book)
    assert counts(run(as_csv(first), tmp_path)) == (0, 0, 3, 0)
    assert counts(run(as_xlsx(first), tmp_path)) == (0, 0, 3, 0)
    assert stored(book) == before
    with book.reading() as conn:
        assert conn.execute(select(dossier_imports.c.new, dossier_imports.c.by)).all() == [(3, "cli")]
    overlapping = [row("A-2", finished="06/11/2026 09:00"), row("A-3"), row("A-4")]
    assert counts(run(as_csv(overlapping), tmp_path)) == (1, 1, 1, 0)
    assert [(one.reference, one.outcome) for one in stored(book)][1] == ("A-2", "done")


@pytest.mark.row("002-32")
def test_bad_rows_are_refused_with_number_and_reason_and_the_others_go_in(
    quick_book: Database, tmp_path: Path
) -> None:
    bad = {
        "Cột “Mã hồ sơ” để trống.": row(""),
        "Cột “Thủ tục” để trống.": row("B-1", procedure="  "),
        "Cột “Ngày tiếp nhận” để trống.": row("B-2", received=""),
        "Cột “Ngày hẹn trả” không phải ngày đúng": row("B-3", due="31/02/2026"),
        "Cột “Ngày trả kết quả” không phải ngày đúng": row("B-4", finished="hôm qua"),
        "Cột “Ngày trả kết quả” trước ngày tiếp nhận.": row("B-5", finished="01/11/2026"),
        "Cột “Trực tuyến” phải là Có hoặc Không.": row("B-6", online="có lẽ"),
        "Cột “Số lần bổ sung” phải là số lần": row("B-7", supplements="nhiều"),
        "Cột “Mã hồ sơ” giống số điện thoại hoặc số định danh": row("0912345678"),
        "Cột “Cán bộ” dài hơn 200 ký tự.": row("B-8", official="x" * 201),
        "Mã hồ sơ đã có ở dòng 2.": row("good"),
        "Số ô nhiều hơn số cột": [*row("B-9"), *CANARIES, "thừa"],
    }
    seen = run(as_csv([row("GOOD"), *bad.values()]), tmp_path)
    assert counts(seen) == (1, 0, 0, len(bad))
    assert [one["row"] for one in seen["errors"]] == list(range(3, 3 + len(bad)))
    for one, reason in zip(seen["errors"], bad, strict=True):
        assert one["reason"].startswith(reason), one
    assert [one.reference for one in stored(quick_book)] == ["GOOD"]
    assert not any(canary in json.dumps(seen, ensure_ascii=False) for canary in CANARIES)


@pytest.mark.row("002-32")
def test_every_encoding_delimiter_and_spelling_of_headings_is_read(
    quick_book: Database, tmp_path: Path
) -> None:
    one = [row("C-1")]
    files = {
        "utf-8": as_csv(one, encoding="utf-8"),
        "bom": as_csv(one),
        "utf-16": as_csv(one, encoding="utf-16"),
        "utf-16-le": as_csv(one, encoding="utf-16-le"),
        "utf-16-be, tab": as_csv(one, encoding="utf-16-be", delimiter="\t"),
        "semicolon": as_csv(one, delimiter=";"),
        "tab": as_csv(one, delimiter="\t"),
        "sep line": b"sep=;\r\n" + as_csv(one, delimiter=";", encoding="utf-8"),
        "title": "DANH SÁCH HỒ SƠ,,,\n\n".encode() + as_csv(one, encoding="utf-8"),
        "capitals": as_csv(one, headings=[f" {name.upper()} (*)" for name in HEADINGS]),
        "no marks": as_csv(one, headings=["Ma ho so", *HEADINGS[1:]]),
        "workbook": as_xlsx(one),
        "workbook with a merged title": as_xlsx(one, above=3),
        "quoted line end": as_csv([row("C-1", procedure="Đăng ký\nkhai sinh")]),
    }
    found = {name: counts(run(file, tmp_path)) for name, file in files.items()}
    expected = dict.fromkeys(files, (0, 0, 1, 0)) | {"utf-8": (1, 0, 0, 0)}
    assert found == expected


@pytest.mark.row("002-32")
def test_headings_merged_over_two_rows_are_understood(quick_book: Database, tmp_path: Path) -> None:
    above = [*HEADINGS[:4], "Thời gian", "", "", *HEADINGS[7:]]
    below = ["", "", "", "", *HEADINGS[4:7], "", "", "", ""]
    seen = run(as_xlsx([below, row("D-1")], headings=above), tmp_path)
    assert counts(seen) == (1, 0, 0, 0)


DATES = {
    "31/12/2026": "2026-12-31T00:00:00",
    "1/12/2026": "2026-12-01T00:00:00",
    "31-12-2026": "2026-12-31T00:00:00",
    "31/12/2026 16:05": "2026-12-31T16:05:00",
    "31/12/2026 16:05:09": "2026-12-31T16:05:09",
    "16:05 31/12/2026": "2026-12-31T16:05:00",
    "2026-12-31": "2026-12-31T00:00:00",
    "2026-12-31T16:05:00": "2026-12-31T16:05:00",
    "2026-12-31 16:05": "2026-12-31T16:05:00",
    "2026-12-31T09:05:00Z": "2026-12-31T16:05:00",
    "2026-12-31T16:05:00+07:00": "2026-12-31T16:05:00",
    "46387": "2026-12-31T00:00:00",
    "46387.67013888889": "2026-12-31T16:05:00",
}


@pytest.mark.row("002-32")
def test_dates_of_all_shapes_are_read_and_impossible_ones_are_refused(
    quick_book: Database, tmp_path: Path
) -> None:
    good = [row(f"E-{place:02d}", received=text, due="", finished="") for place, text in enumerate(DATES)]
    wrong = ["31/12/26", "12/31/2026", "00/01/2026", "31/12/1899", "31/12/2126", "2026-13-01", "1", "9" * 40]
    bad = [row(f"F-{text}", received=text, due="", finished="") for text in wrong]
    assert counts(run(as_csv([*good, *bad]), tmp_path)) == (len(good), 0, 0, len(bad))
    read = [f"{local(one.received_at):%Y-%m-%dT%H:%M:%S}" for one in stored(quick_book)]
    assert read == list(DATES.values())
    excel = [
        row("X-1", received=datetime(2026, 12, 31, 16, 5), due=date(2027, 1, 2), finished=""),  # noqa: DTZ001
        row("X-2", received=46387.67013888889, due="", finished=""),
        row("X-3", received=True, due="", finished=""),
    ]
    assert counts(run(as_xlsx(excel), tmp_path)) == (2, 0, 0, 1)
    moments = {one.reference: local(one.received_at).isoformat() for one in stored(quick_book)}
    assert moments["X-1"] == moments["X-2"] == "2026-12-31T16:05:00+07:00"
    due = {one.reference: one.due_at for one in stored(quick_book)}["X-1"]
    assert local(due).isoformat() == "2027-01-02T23:59:59+07:00"


@pytest.mark.row("002-32")
def test_names_telephones_and_identity_numbers_leave_no_trace(
    book: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [
        row("G-1", outcome=f"Đã trả cho {CANARIES[0]} {CANARIES[1]}"),
        row("G-2", procedure=f"Chứng thực (ĐT {CANARIES[1]})", official=f"Bình {CANARIES[2]}"),
        row(CANARIES[1]),
        row("G-3", received=CANARIES[1]),
        [*row("G-4"), *CANARIES, *CANARIES],
    ]
    for file in (as_csv(rows), as_xlsx(rows[:4])):
        (tmp_path / "in").mkdir(exist_ok=True)
        for options in ([], ["--json"], ["--dry-run"]):
            (tmp_path / "in" / "file").write_bytes(file)
            done = CliRunner().invoke(
                tongdai, ["import", "dossiers", str(tmp_path / "in" / "file"), *options]
            )
            assert done.exit_code == 0
            assert not any(canary in done.output for canary in CANARIES)
    with book.reading() as conn:
        seen = repr([*conn.execute(select(dossiers)), *conn.execute(select(journal))])
    assert "Chứng thực (ĐT …)" in seen
    assert not any(canary in seen for canary in CANARIES)
    (tmp_path / "in" / "file").unlink()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(canary.encode() in kept for canary in CANARIES)
    said = capfd.readouterr()
    assert not any(canary in said.out + said.err for canary in CANARIES)


@pytest.mark.row("002-32")
def test_what_cannot_be_read_is_refused_whole_with_a_sentence(quick_book: Database, tmp_path: Path) -> None:
    one = [row("H-1")]
    files = {
        "không có dữ liệu": b"",
        "Tệp không có": b"\n\n ,,\n",
        "Không thấy các cột bắt buộc: Ngày trả kết quả": as_csv([row("H-1")[:6]], headings=HEADINGS[:6]),
        "Không thấy các cột bắt buộc: Mã hồ sơ, Thủ tục": b"a,b\n1,2\n",
        "Cột “thủ tục” có hai lần": as_csv(one, headings=[*HEADINGS[:2], "thủ tục", *HEADINGS[3:]]),
        "Bảng mã": as_csv(one, encoding="utf-8") + b"Ti\xca\xfeng Vi\xf2t",
        "kiểu cũ (.xls)": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000),
        "trang web": b"<html><table><tr><td>x</td></tr></table></html>",
        "Cần tệp CSV hoặc Excel": b"PK\x03\x04" + bytes(100),
        "dấu ngoặc kép": as_csv(one) + b'"' + b"x," * 40_000,
    }
    wrong = {said: refusal(file, tmp_path) for said, file in files.items()}
    assert {said: seen for said, seen in wrong.items() if said not in seen} == {}
    assert stored(quick_book) == []


def packed(sheet: bytes, *, texts: bytes = b"") -> bytes:
    """A workbook whose sheet is replaced by `sheet`."""
    made, out = io.BytesIO(as_xlsx([row("I-1")])), io.BytesIO()
    with zipfile.ZipFile(made) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in book.namelist():
            content = book.read(part)
            content = sheet if part == "xl/worksheets/sheet1.xml" else content
            copy.writestr(part, texts if texts and part == "xl/sharedStrings.xml" else content)
    return out.getvalue()


@pytest.mark.row("002-32")
def test_a_small_file_that_becomes_huge_in_memory_is_refused(
    quick_book: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_UNPACKED", 4 * 1024 * 1024)
    xml = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    data = xml + b"<sheetData>%s</sheetData></worksheet>"
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    odd = far.replace(b'r="', b"r = '").replace(b'"', b"'")
    bombs = {
        "spaces": data % (b" " * (6 * 1024 * 1024)),
        "far cell": data % far,
        "far cell, spelt otherwise": data % odd,
    }
    found = {name: refusal(packed(sheet), tmp_path) for name, sheet in bombs.items()}
    assert {name for name, seen in found.items() if "quá lớn" not in seen} == set()
    long = b"<sst><si><t>" + b"x" * 200_000 + b"</t></si></sst>"
    assert "quá lớn" in refusal(packed(data % b"", texts=long), tmp_path)


@pytest.mark.row("002-32")
def test_a_zip_that_lies_about_its_sizes_is_unpacked_no_further_than_allowed(
    quick_book: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_UNPACKED", 4 * 1024 * 1024)
    file = bytearray(packed(b"<worksheet>" + b" " * (6 * 1024 * 1024)))
    for found in re.finditer(rb"PK\x01\x02", bytes(file)):
        file[found.start() + 24 : found.start() + 28] = (100).to_bytes(4, "little")
    assert "quá lớn" in refusal(bytes(file), tmp_path)


@pytest.mark.row("002-32")
def test_formulas_are_read_as_what_they_came_to_and_never_as_formulas(
    quick_book: Database, tmp_path: Path
) -> None:
    seen = run(as_xlsx([row("J-1", field='=CONCAT("Hộ"," tịch")')]), tmp_path)
    assert counts(seen) == (1, 0, 0, 0)
    assert counts(run(as_csv([row("J-2", field="=cmd|' /C calc'!A0")]), tmp_path)) == (1, 0, 0, 0)
    assert [one.field for one in stored(quick_book)] == ["Hộ tịch", "=cmd|' /C calc'!A0"]


@pytest.mark.row("002-32")
def test_a_column_the_file_has_not_is_left_as_it_stands(quick_book: Database, tmp_path: Path) -> None:
    run(as_csv([row("K-1", online="Có", supplements="1", accepted="02/11/2026 09:00")]), tmp_path)
    short = [cells[:7] for cells in [row("K-1", finished="05/11/2026")]]
    assert counts(run(as_csv(short, headings=HEADINGS[:7]), tmp_path)) == (0, 1, 0, 0)
    one = stored(quick_book)[0]
    assert (one.online, one.supplements, one.accepted_at is None) == (True, 1, False)
    assert f"{local(one.finished_at):%d/%m/%Y}" == "05/11/2026"


@pytest.mark.row("002-32")
def test_headings_are_what_the_settings_say(
    quick_book: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = CONFIG.read_text(encoding="utf-8")
    changed = config.replace('reference: ["Mã hồ sơ"]', 'reference: ["Số biên nhận", "Mã"]')
    (tmp_path / "config.yaml").write_text(changed, encoding="utf-8")
    monkeypatch.setenv("TONGDAI_CONFIG", str(tmp_path / "config.yaml"))
    assert counts(run(as_csv([row("L-1")], headings=["Mã", *HEADINGS[1:]]), tmp_path)) == (1, 0, 0, 0)
    assert "Số biên nhận" in refusal(as_csv([row("L-1")]), tmp_path)


@pytest.mark.row("002-32")
def test_people_read_counts_and_reasons_and_a_terminal_shows_how_far_it_is(
    quick_book: Database, tmp_path: Path
) -> None:
    (tmp_path / "file.csv").write_bytes(as_csv([row("M-1"), row("")]))
    done = CliRunner().invoke(tongdai, ["import", "dossiers", str(tmp_path / "file.csv")])
    assert done.output.splitlines() == [
        "Đã nhập: 1 hồ sơ mới, 0 hồ sơ thay đổi, 0 hồ sơ như cũ, 1 dòng không nhận.",
        "Dòng 3: Cột “Mã hồ sơ” để trống.",
    ]


@pytest.mark.row("002-32")
def test_an_import_broken_off_on_the_way_keeps_what_went_in_and_runs_again(
    book: Database, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "file.csv").write_bytes(as_csv([row(f"N-{number}") for number in range(2600)]))
    part = load_settings(frozen.OFFICE).dossiers.headings
    known = headings.find(source.tables(tmp_path / "file.csv"), part)
    read = list(importing.drafts(known, part))

    def broken() -> Iterator[Any]:
        yield from read[:2300]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.store(book, known.head.places, broken(), now)
    assert len(stored(book)) == 2000
    assert counts(run((tmp_path / "file.csv").read_bytes(), tmp_path)) == (600, 0, 2000, 0)
