"""`tongdai plan`: the plan comes in whole or not at all, and goes out as it came; its states are printed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from ivr.cli import tongdai
from logbook.database.engine import Database
from logbook.database.tables import plan_tasks, plans
from tests.logbook.plan.annex_of import FILE, GROUPS, HEAD

KEYS = ["plan", "group", "number", "content", "responsible", "cadence", "due", "state", "evidence"]


@pytest.fixture(autouse=True)
def in_this_database(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
    monkeypatch.setenv("TONGDAI_NOW", "2026-11-25T09:10")


def run(*words: object) -> Result:
    return CliRunner().invoke(tongdai, ["plan", *map(str, words)])


def tasks(*words: object) -> list[dict[str, Any]]:
    done = run("--json", *words)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(database: Database) -> tuple[int, int]:
    with database.reading() as conn:
        counts = [
            conn.execute(select(func.count()).select_from(one)).scalar_one() for one in (plans, plan_tasks)
        ]
    return counts[0], counts[1]


@pytest.mark.row("002-03")
@pytest.mark.row("002-04")
def test_the_plan_of_2024_comes_in_and_each_task_is_a_line_with_its_state(database: Database) -> None:
    done = run("import", FILE)
    assert done.exit_code == 0, done.output
    assert "6 nhóm, 18 nhiệm vụ (18 mới, 0 thay đổi, 0 giữ nguyên)" in done.output
    found = tasks()
    assert Counter(one["group"] for one in found) == GROUPS
    assert all(list(one) == KEYS for one in found)
    assert Counter((one["cadence"], one["state"]) for one in found) == {
        ("continuous", "red"): 17,
        ("monthly", "amber"): 1,
    }
    assert {one["plan"] for one in found} == {
        "Nâng cao mức độ hài lòng của tổ chức, cá nhân đối với sự phục vụ của UBND xã Hoài Châu Bắc năm 2024"
    }
    assert all(one["due"] is None and one["evidence"] == [] for one in found)
    lines = run().output.splitlines()
    assert "V.5" in lines[16]
    assert "hằng tháng" in lines[16]
    assert {one["state"] for one in tasks("--month", "2026-10")} == {"red"}
    assert run("--month", "10/2026").exit_code == 2


@pytest.mark.row("002-03")
def test_the_same_file_again_changes_nothing_and_a_changed_one_only_what_it_says(
    database: Database, tmp_path: Path
) -> None:
    assert json.loads(run("import", FILE, "--dry-run", "--json").stdout)["new"] == 18
    assert rows(database) == (0, 0)
    run("import", FILE)
    before = tasks()
    again = json.loads(run("import", FILE, "--json").stdout)
    assert (again["new"], again["changed"], again["unchanged"], again["kept"]) == (0, 0, 18, [])
    assert tasks() == before
    shorter = FILE.read_text("utf-8").replace("công chức Bộ phận một cửa:", "công chức một cửa:")
    changed = tmp_path / "sua.txt"
    changed.write_text(shorter[: shorter.index("<b>VI</b>")], "utf-8")
    seen = json.loads(run("import", changed, "--json").stdout)
    assert (seen["new"], seen["changed"], seen["unchanged"], seen["kept"]) == (0, 1, 15, ["VI.1", "VI.2"])
    assert rows(database) == (1, 18)


@pytest.mark.row("002-03")
def test_a_mangled_file_brings_in_nothing_and_every_wrong_row_is_named(
    database: Database, tmp_path: Path
) -> None:
    lines = FILE.read_text("utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("2\tTận tình"))
    lines[at] = lines[at].replace("\tThường xuyên", " Thường xuyên")
    lines[at + 3] = lines[at + 3].replace("Thường xuyên\t", "lúc nào đó\t")
    mangled = tmp_path / "hong.txt"
    mangled.write_text("\n".join(lines), "utf-8")
    done = run("import", mangled)
    assert done.exit_code == 1
    for said in (f"Dòng {at + 1}: chỉ có 4 cột, cần 5", f"Dòng {at + 4}: không hiểu tiến độ", "Chưa nhập gì"):
        assert said in done.stderr, said
    assert rows(database) == (0, 0)
    errors = json.loads(run("import", mangled, "--json").stdout)["errors"]
    assert [one["row"] for one in errors] == [at + 1, at + 4]


@pytest.mark.row("002-03")
def test_what_goes_out_as_workbook_or_document_comes_in_as_the_same_plan(
    database: Database, tmp_path: Path
) -> None:
    run("import", FILE)
    before = tasks()
    for name in ("ke-hoach.xlsx", "ke-hoach.docx"):
        file = tmp_path / name
        assert run("export", file).exit_code == 0
        again = json.loads(run("import", file, "--json").stdout)
        assert (again["tasks"], again["unchanged"], again["new"], again["changed"]) == (18, 18, 0, 0), name
    assert tasks() == before
    assert rows(database) == (1, 18)
    assert run("export", tmp_path / "ke-hoach.pdf").exit_code == 2


@pytest.mark.row("001-05")
@pytest.mark.row("004-11")
def test_milestones_before_the_plans_own_date_are_taken_and_shown_as_overdue(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "moc.txt"
    rows_of = (
        "I\tThành lập",
        "1\tThành lập tổ hỗ trợ lấy phiếu\tỦy ban nhân dân xã\tTrong tháng 12 năm 2023\tQuyết định",
        "2\tBáo cáo Ủy ban nhân dân huyện\tVăn phòng\tTrước ngày 30/11/2026\tBáo cáo",
    )
    file.write_text("\n".join(("KẾ HOẠCH", "Mô hình năm 2024", HEAD, *rows_of)), "utf-8")
    assert run("import", file).exit_code == 0
    assert [(one["due"], one["cadence"], one["state"]) for one in tasks()] == [
        ("2023-12-31", "dated", "red"),
        ("2026-11-30", "dated", "amber"),
    ]


def test_without_a_plan_or_with_a_file_of_no_table_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    assert "Chưa có kế hoạch" in run().output
    assert tasks() == []
    assert run("export", tmp_path / "x.xlsx").exit_code == 1
    for name, content in (("anh.png", b"\x89PNG\r\n\x1a\n0000"), ("trong.txt", b"")):
        file = tmp_path / name
        file.write_bytes(content)
        done = run("import", file)
        assert done.exit_code == 1
        assert "Traceback" not in done.output
