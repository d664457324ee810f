"""The annex of a plan as offices write it: rows broken over pages, other files, mangled tables."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from logbook.dossiers.unreadable import UnreadableFileError
from logbook.plan import pace
from logbook.plan.annex import AnnexRefusedError, number_of, roman
from logbook.plan.states import Cadence
from logbook.texts.catalogue import load_texts
from tests.logbook.plan import annex_of
from tests.logbook.plan.annex_of import FILE, GROUPS, read, table

TASK = "1\tNội dung\tVăn phòng\tThường xuyên\tKết quả"


def wrong(text: str | bytes) -> list[tuple[int, str]]:
    """Row and kind of every problem; each of them has its sentence in every language."""
    with pytest.raises(AnnexRefusedError) as refused:
        read(text)
    for one in refused.value.problems:
        for texts in load_texts().values():
            assert texts.sentence(one.key, dict(one.words))
    return [(one.row, one.key.removeprefix("plan_row_")) for one in refused.value.problems]


@pytest.mark.row("002-03")
def test_the_annex_of_2024_has_six_groups_and_eighteen_tasks_though_pages_break_its_rows() -> None:
    found = read(FILE.read_bytes())
    assert Counter(roman(one.group_number) for one in found.tasks) == GROUPS
    assert [one.number for one in found.tasks] == [1, 2, 1, 1, 2, 3, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]
    by_place = {(one.group_number, one.number): one for one in found.tasks}
    assert Counter(one.cadence for one in found.tasks) == {Cadence.CONTINUOUS: 17, Cadence.MONTHLY: 1}
    assert by_place[5, 5].cadence is Cadence.MONTHLY
    third = by_place[3, 3]
    assert "đề xuất phương án đơn giản hóa" in third.responsible
    assert third.content.splitlines()[1].startswith("- Tăng cường thực hiện dịch vụ công trực tuyến")
    fifth = by_place[5, 5]
    assert "nhận xét, đánh giá việc thực hiện" in fifth.content
    assert "Định kỳ cuối mỗi tháng, công chức" in fifth.responsible
    assert fifth.result.startswith("Các bộ phận chuyên môn phải báo cáo")
    assert by_place[1, 1].content.count("\n") == 7
    assert not any("<" in cell for one in found.tasks for cell in (one.content, one.responsible, one.result))
    assert found.title.startswith("Nâng cao mức độ hài lòng")
    assert found.year == 2024
    assert found.legal_basis.startswith("Căn cứ Quyết định số 1410/QĐ-UBND ngày 30/01/2024")


def test_the_recipients_of_a_plan_are_the_list_of_its_own_document() -> None:
    found = read(FILE.read_bytes())
    assert found.recipients[0] == "TT. Đảng ủy xã"
    assert found.recipients[-1] == "Lưu: VT"
    assert len(found.recipients) == 6
    hamlets = "**Nơi nhận:**\n- 15 Tổ dân phố;\n- Trang thông tin điện tử;\n\n**CHỦ TỊCH**\n- chữ ký\n"
    assert read(hamlets + table(TASK)).recipients == ("15 Tổ dân phố", "Trang thông tin điện tử")


@pytest.mark.row("002-03")
def test_the_same_table_as_csv_workbook_and_document_is_the_same_plan() -> None:
    told = read(FILE.read_bytes())
    rows = annex_of.of_tasks(told)
    files = {
        "comma": annex_of.as_csv(rows),
        "semicolon": annex_of.as_csv(rows, ";"),
        "UTF-16": annex_of.as_csv(rows, ";", "utf-16"),
        "workbook": annex_of.as_workbook(rows),
        "document": annex_of.as_document(rows, 9),
    }
    found = {name: read(file) for name, file in files.items()}
    assert {name: one.tasks == told.tasks for name, one in found.items()} == dict.fromkeys(files, True)
    assert found["document"].title == "Nâng cao mức độ hài lòng năm 2024"


def test_headings_may_be_repeated_on_each_page_and_a_page_number_is_no_row() -> None:
    pages = table("I\tNhóm\t\t\t", TASK, "3", annex_of.HEAD, "\tphần sau\t\t\t", "---\t---\t---\t---\t---")
    (one,) = read(pages).tasks
    assert one.content == "Nội dung phần sau"
    assert read(table("I\tNhóm", TASK)).tasks == read(table("I.\tNhóm\t\t\t", TASK)).tasks
    assert read(table(TASK)).tasks[0].group_title == "Nhiệm vụ"


def test_numbers_that_go_on_over_the_groups_are_taken_as_well() -> None:
    second, third = (TASK.replace("1", str(number), 1) for number in (2, 3))
    on = table("I\tMột", TASK, "II\tHai", second, third, "III\tBa", TASK.replace("1", "4", 1))
    assert [(one.group_number, one.number) for one in read(on).tasks] == [(1, 1), (2, 2), (2, 3), (3, 4)]


@pytest.mark.row("002-03")
def test_a_mangled_table_names_every_wrong_row_and_what_to_do() -> None:
    cases = {
        "a lost column": (
            table("I\tNhóm", "1\tNội dung\tVăn phòng\tThường xuyên"),
            [(3, "columns_few")],
        ),
        "a column too many": (table("I\tNhóm", f"{TASK}\tthừa"), [(3, "columns_many")]),
        "a lost group": (table("I\tNhóm", TASK, "III\tNhóm ba", TASK), [(4, "group_order")]),
        "a lost task": (table("I\tNhóm", TASK, TASK.replace("1", "3", 1)), [(4, "task_order")]),
        "twice the same number": (table("I\tNhóm", TASK, TASK), [(4, "task_twice")]),
        "an empty group": (table("I\tNhóm", TASK, "II\tNhóm hai"), [(4, "group_empty")]),
        "a task above its group": (table(TASK, "I\tNhóm", TASK), [(2, "group_missing")]),
        "a row of nothing above": (table("\tphần sau\t\t\t", TASK), [(2, "orphan")]),
        "no content": (table(TASK.replace("Nội dung", "")), [(2, "empty")]),
        "nobody responsible": (table(TASK.replace("Văn phòng", " ")), [(2, "empty")]),
        "no pace": (table(TASK.replace("Thường xuyên", "")), [(2, "empty")]),
        "an odd pace": (table(TASK.replace("Thường xuyên", "khi rảnh")), [(2, "pace")]),
        "a letter for a number": (table(TASK.replace("1", "a", 1)), [(2, "number")]),
        "text below the table": (table(TASK, "Người lập biểu"), [(3, "columns_few")]),
        "a line torn in two": (
            table(TASK.replace("phòng", "phòng\nxã")),
            [(2, "columns_few"), (3, "columns_few")],
        ),
        "no headings": (TASK, [(0, "headings")]),
        "nothing below": (table(), [(0, "none")]),
        "two at once": (
            table("I\tNhóm", TASK.replace("Thường xuyên", "?"), TASK.replace("1", "5", 1)),
            [(3, "pace"), (4, "task_order")],
        ),
        "a cell without end": (table(TASK.replace("Nội dung", "x" * 10_001)), [(2, "too_long")]),
    }
    seen = {name: wrong(text) for name, (text, _) in cases.items()}
    expected = {name: problems for name, (_, problems) in cases.items()}
    assert seen == expected


def test_files_that_are_no_table_are_refused_in_a_sentence() -> None:
    files = {
        "nothing": b" \n",
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(50),
        "a PDF": b"%PDF-1.7 ...",
        "a broken package": b"PK\x03\x04 broken",
        "too much": b"x" * (2 * 1024 * 1024 + 1),
        "another encoding": "Kế hoạch\tNội".encode("cp1258", "ignore"),
    }
    refused = []
    for name, file in files.items():
        try:
            read(file)
        except (UnreadableFileError, AnnexRefusedError):
            refused.append(name)
    assert refused == list(files)


@pytest.mark.row("002-04")
@pytest.mark.row("001-05")
def test_the_column_of_the_pace_says_continuous_monthly_or_a_day() -> None:
    said = {
        "Thường xuyên": (Cadence.CONTINUOUS, None),
        "thường xuyên, liên tục": (Cadence.CONTINUOUS, None),
        "Hàng ngày": (Cadence.CONTINUOUS, None),
        "Định kỳ cuối mỗi tháng": (Cadence.MONTHLY, None),
        "Hằng tháng": (Cadence.MONTHLY, None),
        "Trong tháng 12 năm 2023": (Cadence.DATED, date(2023, 12, 31)),
        "Tháng 02/2024": (Cadence.DATED, date(2024, 2, 29)),
        "Trước ngày 30/11/2022": (Cadence.DATED, date(2022, 11, 30)),
        "ngày 10 tháng 10 năm 2022": (Cadence.DATED, date(2022, 10, 10)),
        "10/10/2022 - 30/11/2022": (Cadence.DATED, date(2022, 11, 30)),
        "Quý IV năm 2026": (Cadence.DATED, date(2026, 12, 31)),
        "Quý II/2026": (Cadence.DATED, date(2026, 6, 30)),
        "Năm 2026": (Cadence.DATED, date(2026, 12, 31)),
        "2026-11-30": (Cadence.DATED, date(2026, 11, 30)),
        "31/02/2026": None,
        "Tháng 13/2026": None,
        "Hằng năm": None,
        "Hằng quý": None,
        "": None,
    }
    assert {text: pace.read(text) for text in said} == said


def test_roman_numbers_are_read_as_they_are_written() -> None:
    assert [number_of(roman(number)) for number in range(1, 40)] == list(range(1, 40))
    assert [number_of(text) for text in ("", "IIII", "VX", "i", "A", "L")] == [None] * 6
