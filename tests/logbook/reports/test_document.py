"""The document as an office signs it: NĐ 30/2020, every figure in it, nothing of a sealed case."""

import dataclasses
import io
import re
import subprocess
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as DocumentOf
from docx.oxml.ns import qn
from docx.shared import Length
from sqlalchemy import update

from logbook.database.engine import Database
from logbook.database.tables import reports
from logbook.reports import Period, made
from logbook.reports.document import written
from logbook.reports.figures import to_json
from logbook.reports.made import Report, TeamPart
from logbook.reports.sections.registry import label
from logbook.reports.shown import amount, part, share
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Make, Open, says
from tests.suite.waiting import PATIENCE


def read(content: bytes) -> DocumentOf:
    return Document(io.BytesIO(content))


def texts(document: DocumentOf) -> list[str]:
    """Every paragraph of the document in order, those in tables too."""
    return [
        "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
        for paragraph in document.element.body.iter(qn("w:p"))
    ]


@pytest.fixture
def busy(database: Database, book: Open, make: Make) -> Report:
    """A week with something in every part."""
    with database.writing() as conn:
        writes = book(conn)
        writes.call("2026-11-17 09:00", leg="completed")
        writes.owe("2026-11-18 12:00")
        for marks in ((5, 4, 3, 2, 1), (4, 4, 4, 4, None)):
            writes.rate("2026-11-17 10:00", *marks)
        late = writes.ticket("2026-10-12 09:00", kind="feedback", topic="process", category="tre-hen")
        writes.ticket("2026-11-17 09:00", kind="proposal", topic="attitude")
        sealed = writes.ticket("2026-10-13 09:00", kind="feedback")
        writes.do(sealed, "concern", "2026-10-13 10:00", conflict=True, reason="về lãnh đạo")
        writes.close(sealed, "2026-11-17 09:00", cause="việc kín", remedy="bí mật")
        writes.close(late, "2026-11-18 09:00", cause="thiếu\vngười\x07", remedy="=1+1 thêm người")
        return make(conn)


def test_the_sheet_is_a4_with_the_margins_of_the_decree(busy: Report) -> None:
    section = read(written(busy, says, None, frozenset())).sections[0]

    def mm(length: Length | None) -> int:
        assert length is not None
        return round(float(length.mm))

    assert (mm(section.page_width), mm(section.page_height)) == (210, 297)
    assert 20 <= mm(section.top_margin) <= 25
    assert 20 <= mm(section.bottom_margin) <= 25
    assert 30 <= mm(section.left_margin) <= 35
    assert 15 <= mm(section.right_margin) <= 20


def test_every_letter_is_times_new_roman_in_every_script(busy: Report) -> None:
    document = read(written(busy, says, None, frozenset()))
    runs = list(document.element.body.iter(qn("w:r")))
    assert len(runs) > 100
    for run in runs:
        fonts = run.find(qn("w:rPr")).find(qn("w:rFonts"))
        assert {fonts.get(qn(f"w:{name}")) for name in ("ascii", "hAnsi", "eastAsia", "cs")} == {
            "Times New Roman"
        }
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        assert set(fonts.attrib.values()) == {"Times New Roman"}


def test_pages_are_numbered_in_the_middle_of_the_top_margin_but_not_the_first(busy: Report) -> None:
    section = read(written(busy, says, None, frozenset())).sections[0]
    header = section.header.paragraphs[0]
    codes = [node.text for node in header._p.iter(qn("w:instrText"))]
    assert codes == ["PAGE"]
    assert header.alignment == 1
    assert {run.font.size.pt for run in header.runs if run.font.size} == {13}
    assert section.different_first_page_header_footer
    assert [one.text for one in section.first_page_header.paragraphs] == [""]


def test_head_and_foot_say_what_the_decree_asks_for(busy: Report) -> None:
    document = read(written(busy, says, None, frozenset()))
    head, foot = document.tables[0], document.tables[-1]
    assert [one.text for one in head.cell(0, 0).paragraphs if one.text] == [
        "ỦY BAN NHÂN DÂN",
        "XÃ ĐẠI LÃNH",
        "VĂN PHÒNG HĐND VÀ UBND",
        "Số:        /BC-VP",
    ]
    assert [one.text for one in head.cell(0, 1).paragraphs if one.text] == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Đại Lãnh, ngày 20 tháng 11 năm 2026",
    ]
    left, right = ([one.text for one in foot.cell(0, side).paragraphs if one.text] for side in (0, 1))
    assert (left[0], left[-1]) == ("Nơi nhận:", "- Lưu: VT, VP.")
    assert all(line.startswith("- ") and line.endswith(";") for line in left[1:-1])
    assert right == ["CHÁNH VĂN PHÒNG", busy.counted.letterhead.signer]
    assert left[1] == "- Như trên;"
    assert "Kính gửi: Chủ tịch Ủy ban nhân dân xã Đại Lãnh" in texts(document)
    bold = {one.text: one.runs[0].bold for one in head.cell(0, 0).paragraphs if one.text}
    assert (bold["ỦY BAN NHÂN DÂN"], bold["VĂN PHÒNG HĐND VÀ UBND"]) == (False, True)


def test_a_months_report_is_signed_for_the_agency_by_its_head(
    database: Database, make: Make, week: Period
) -> None:
    with database.writing() as conn:
        month = make(conn, dataclasses.replace(week, kind="monthly", name="2026-11"))
    document = read(written(month, says, None, frozenset()))
    right = [one.text for one in document.tables[-1].cell(0, 1).paragraphs if one.text]
    assert right == ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", month.counted.letterhead.signer]
    assert "Số:        /BC-UBND" in texts(document)
    assert not [line for line in texts(document) if line.startswith("Kính gửi")]


def test_the_days_it_names_are_those_it_counts(busy: Report) -> None:
    lines = texts(read(written(busy, says, None, frozenset())))
    assert any("tuần 47 năm 2026 (từ ngày 13/11/2026 đến ngày 20/11/2026)" in line for line in lines)


@pytest.mark.row("001-18")
def test_obstacles_stand_in_it_with_owner_and_state(busy: Report) -> None:
    from logbook.reports.figures import ReportedObstacle, to_json

    open_one = ReportedObstacle("máy in hỏng", "Đỗ Văn Hải", at("2026-11-16 09:00"))
    gone = ReportedObstacle("thiếu ghế", "Tổ", at("2026-11-09 09:00"), at("2026-11-18 09:00"), "đã mua")
    seen = to_json(dataclasses.replace(busy.counted, obstacles=(open_one, gone)))
    document = read(written(dataclasses.replace(busy, figures=seen), says, None, frozenset()))
    assert [[cell.text for cell in row.cells] for row in document.tables[-2].rows[1:]] == [
        ["1", "máy in hỏng", "Đỗ Văn Hải", "16/11/2026", "đang tháo gỡ"],
        ["2", "thiếu ghế", "Tổ", "09/11/2026", "đã tháo gỡ ngày 18/11/2026: đã mua"],
    ]
    assert "Trong kỳ không có khó khăn, vướng mắc." in texts(read(written(busy, says, None, frozenset())))


@pytest.mark.row("000-15", "000-16")
def test_every_basis_ends_in_a_semicolon_and_the_last_in_a_full_stop(busy: Report) -> None:
    figures = busy.counted
    head = dataclasses.replace(figures.letterhead, basis=("Luật một;", "Nghị định hai.", "Kế hoạch ba"))
    from logbook.reports.figures import to_json

    changed = dataclasses.replace(busy, figures=to_json(dataclasses.replace(figures, letterhead=head)))
    document = read(written(changed, says, None, frozenset()))
    lines = [one for one in document.paragraphs if one.text.startswith("Căn cứ")]
    assert [one.text for one in lines] == ["Căn cứ Luật một;", "Căn cứ Nghị định hai;", "Căn cứ Kế hoạch ba."]
    assert all(run.italic for one in lines for run in one.runs)
    assert all(f"- {name};" in texts(document) for name in head.recipients)


MAY_BE_ABSENT = ("channel", "kind", "topic", "outcome", "verdicts", "openings", "publicity", "team_work")


def test_every_figure_of_the_report_stands_in_it(busy: Report) -> None:
    found = texts(read(written(busy, says, None, frozenset())))
    rows = [
        [cell.text for cell in row.cells]
        for table in read(written(busy, says, None, frozenset())).tables
        for row in table.rows
    ]
    figures = busy.counted.figures
    assert len(figures) >= 40
    for figure in figures:
        row = next((one for one in rows if len(one) > 3 and one[1] == label(figure, says)), None)
        if (
            row is None
            and not figure.value
            and figure.section
            in ("channel", "kind", "topic", "outcome", "verdicts", "openings", "publicity", "team_work")
        ):
            continue  # what did not occur has no line
        assert row is not None, figure.name
        shown = part(figure, says) if figure.section == "outcome" else amount(figure.value, says)
        assert shown in row[2:], figure.name
        if figure.section != "outcome" and figure.of is not None:
            assert str(figure.of) in row[2:], figure.name
        if figure.section in ("terms", "ratings"):
            assert share(figure.tenths, says) in row[2:], figure.name
    assert "50" in {cell for row in rows for cell in row}
    assert any("chưa đủ mẫu" in line for line in found)


@pytest.mark.row("T-10")
def test_a_sealed_ticket_is_late_in_it_and_nothing_more_and_so_is_one_the_reader_may_not_see(
    busy: Report,
) -> None:
    plain, hidden = (case.code for case in sorted(busy.counted.late, key=lambda case: case.sealed))
    free = texts(read(written(busy, says, None, frozenset())))
    assert plain in free
    assert hidden not in free
    assert not [line for line in free if "việc kín" in line or "bí mật" in line]
    assert free.count("không nêu chi tiết") == 1
    closed = texts(read(written(busy, says, None, frozenset({plain}))))
    assert plain not in closed
    assert closed.count("không nêu chi tiết") == 2


@pytest.mark.row("004-18")
def test_it_is_a_draft_until_the_chairman_has_confirmed_it(busy: Report) -> None:
    draft = texts(read(written(busy, says, None, frozenset())))
    assert "DỰ THẢO" in draft
    assert not [line for line in draft if "KẾT LUẬN" in line]
    final = dataclasses.replace(busy, confirmed_at=at("2026-11-21 08:00"), conclusion="Đồng ý.\nLàm ngay.")
    lines = texts(read(written(final, says, None, frozenset())))
    assert "DỰ THẢO" not in lines
    place = lines.index("X. KẾT LUẬN CỦA CHỦ TỊCH")
    assert lines[place + 1 : place + 3] == ["Đồng ý.", "Làm ngay."]


def test_what_team_and_office_wrote_stands_in_it_and_so_does_what_is_missing(busy: Report) -> None:
    bare = texts(read(written(busy, says, None, frozenset())))
    assert "Tổ chưa nộp phần báo cáo." in bare
    seen = dataclasses.replace(busy, team_part="máy in hỏng", remarks="đã giao đồng chí An")
    late = TeamPart("máy in hỏng", at("2026-11-20 15:30"), late=True)
    lines = texts(read(written(seen, says, late, frozenset())))
    assert {"máy in hỏng", "đã giao đồng chí An", "(nộp sau giờ quy định, lúc 20/11/2026 15:30)"} <= set(
        lines
    )


def test_tables_fit_the_page_and_repeat_their_heading(busy: Report) -> None:
    tables = read(written(busy, says, None, frozenset())).tables
    assert len(tables) == 10
    for table in tables[1:-1]:
        widths = [cell.width.mm for cell in table.rows[0].cells if cell.width]
        assert sum(widths) == pytest.approx(165, abs=0.5)
        assert list(table.rows[0]._tr.iter(qn("w:tblHeader")))
        assert all(list(row._tr.iter(qn("w:cantSplit"))) for row in table.rows)


@pytest.mark.row("T-07")
def test_words_no_file_can_hold_are_left_out(busy: Report) -> None:
    bad = dataclasses.replace(busy, team_part="a\x00b\x0b\x1f\ufffe c\ud800d 😀", remarks="<w:p>&amp;")
    lines = texts(read(written(bad, says, None, frozenset())))
    assert "ab cd 😀" in lines
    assert "<w:p>&amp;" in lines


def test_an_empty_week_and_a_month_are_documents_too(database: Database, make: Make, week: Period) -> None:
    with database.writing() as conn:
        empty = make(conn)
        month = make(conn, dataclasses.replace(week, kind="monthly", name="2026-11"))
    found = texts(read(written(empty, says, None, frozenset())))
    assert "Trong kỳ không có phiếu trễ hạn trả lời." in found
    assert "Kết quả hoạt động Tổng đài Cải cách hành chính tuần 47 năm 2026" in found
    monthly = texts(read(written(month, says, None, frozenset())))
    assert "Kết quả hoạt động Tổng đài Cải cách hành chính tháng 11 năm 2026" in monthly
    assert not [line for line in monthly if "Tổ chưa nộp" in line]


def test_an_office_suite_prints_it_on_a4_with_three_hundred_late_tickets(
    busy: Report, database: Database, tmp_path: Path, libreoffice: str
) -> None:
    case = busy.counted.late[0]
    late = tuple(
        dataclasses.replace(case, code=f"{number:06d}", cause="việc khó " * 20, sealed=False)
        for number in range(300)
    )
    with database.writing() as conn:
        many = to_json(dataclasses.replace(busy.counted, late=late))
        conn.execute(update(reports).where(reports.c.id == busy.id).values(figures=many))
        report = made.of_id(conn, busy.id)
    assert report is not None
    file = tmp_path / "report.docx"
    file.write_bytes(written(report, says, None, frozenset()))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        [libreoffice, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(file)],
        check=True,
        capture_output=True,
        timeout=2 * PATIENCE,
    )
    printed = (tmp_path / "report.pdf").read_bytes()
    pages = re.findall(rb"/Type\s*/Page\b", printed)
    assert 10 < len(pages) < 90
    boxes = {
        tuple(round(float(one)) for one in box.split())
        for box in re.findall(rb"/MediaBox\s*\[([^]]+)\]", printed)
    }
    assert boxes == {(0, 0, 595, 842)}


WIDEST = {
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM": (90.4 / 12, 103.4 / 12),
    "Độc lập - Tự do - Hạnh phúc": (63.7 / 13, 72.4 / 13),
    "VĂN PHÒNG HĐND VÀ UBND": (62.0 / 12, None),
}
"""Millimetres of each line per point, bold, in Noto Serif and in DejaVu Serif, which a program takes where
Times New Roman is missing; the agency's name may take two lines in the widest."""


@pytest.mark.row("U2")
def test_the_head_holds_on_one_line_each_in_the_serifs_that_stand_in_for_times(busy: Report) -> None:
    head = read(written(busy, says, None, frozenset())).tables[0]
    seen = set()
    for cell in head.rows[0].cells:
        assert cell.width is not None
        for paragraph in cell.paragraphs:
            for width in WIDEST.get(paragraph.text, ()):
                seen.add(paragraph.text)
                size = paragraph.runs[0].font.size
                assert size is not None
                if width is not None:
                    assert width * size.pt <= cell.width.mm, paragraph.text
    assert seen == set(WIDEST)
    sizes = {
        run.font.size.pt
        for cell in head.rows[0].cells
        for one in cell.paragraphs
        for run in one.runs
        if run.font.size
    }
    assert sizes <= {12, 13}, "NĐ 30/2020: 12 to 13 points, the motto and the date 13 to 14"
