"""The satisfaction target: judged in one place, for the period and for the year to date (000-04, R8)."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from python_calamine import CalamineWorkbook

from logbook.calendar.of_settings import WorkingTimes
from logbook.database.engine import Database
from logbook.ratings.verdicts import Verdict, judge, together
from logbook.reports import satisfaction, shown, targets
from logbook.reports.document import written as as_document
from logbook.reports.figures import from_json, to_json
from logbook.reports.periods import due
from logbook.reports.targets import RATINGS, YEAR_TO_DATE
from logbook.reports.workbook import written as as_workbook
from logbook.settings.loading import Settings
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Count, Make, Open, says
from tests.logbook.reports.test_document import read, texts

MET, NOT_MET, SMALL = Verdict.REACHED, Verdict.MISSED, Verdict.TOO_FEW
GOOD, BAD = (5, 5, 5, 5, 5), (1, 1, 1, 1, 1)


@pytest.mark.row("R8")
@pytest.mark.row("000-04")
def test_the_minimum_withholds_a_verdict_and_never_moves_the_target() -> None:
    cases = {
        (899, 1000): NOT_MET,
        (8999, 10_000): NOT_MET,
        (900, 1000): MET,
        (9, 10): MET,
        (2, 2): SMALL,
        (0, 2): SMALL,
        (9, 9): SMALL,
        (0, 0): SMALL,
    }
    assert {given: judge(*given, 90, 10) for given in cases} == cases
    for minimum in (0, 1, 10, 1000):
        assert judge(899, 1000, 90, minimum) is NOT_MET, "the target stays where it is"


@pytest.mark.row("R8")
@pytest.mark.row("000-04")
def test_one_criterion_below_the_target_decides_and_one_with_too_few_answers_withholds() -> None:
    assert together([MET] * 4 + [NOT_MET]) is NOT_MET
    assert together([SMALL] * 4 + [NOT_MET]) is NOT_MET
    assert together([MET] * 4 + [SMALL]) is SMALL
    assert together([MET] * 5) is MET
    assert together([]) is SMALL


@pytest.mark.row("R8")
@pytest.mark.row("000-04")
def test_the_year_to_date_on_30_june_counts_january_to_june_in_vietnam(
    database: Database, book: Open, settings: Settings
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        for when in ("2026-01-01 00:30", "2026-03-02 09:00", "2026-06-30 23:30"):
            writes.rate(when, *GOOD)
        for when in ("2025-12-31 23:30", "2026-07-01 00:30"):
            writes.rate(when, *BAD)
        found = satisfaction.year_to_date(conn, settings.ratings, at("2026-07-01 00:00"))
        whole = satisfaction.shares(
            conn, settings.ratings, satisfaction.year_begins(2026), satisfaction.year_begins(2027)
        )
    assert [(one.value, one.of) for one in found] == [(3, 3)] * 5
    assert [one.key.partition(".")[0] for one in found] == ["2026"] * 5
    assert set(whole.values()) == {satisfaction.Share(3, 4)}


@pytest.mark.row("R8")
def test_page_sheets_and_document_say_the_same_of_period_and_year(
    database: Database, book: Open, make: Make
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        for _ in range(2):
            writes.rate("2026-11-17 10:00", *GOOD)
        for number in range(18):
            writes.rate("2026-05-05 10:00", *(GOOD if number else (5, 5, 5, 5, 1)))
        for _ in range(2):
            writes.rate("2026-05-06 10:00", 5, 5, 5, 5, 1)
        report = make(conn)
    figures = report.counted
    assert targets.overall(figures, RATINGS) is SMALL
    assert targets.overall(figures, YEAR_TO_DATE) is NOT_MET
    period, year = shown.overall(figures, says), shown.overall(figures, says, YEAR_TO_DATE)
    assert period == "Đánh giá chung trong kỳ: chưa đủ mẫu, còn tiêu chí có dưới 10 ý kiến."
    assert year == "Mục tiêu năm 2026, tính đến hết kỳ: chưa đạt, còn tiêu chí dưới 90%."
    document = texts(read(as_document(report, says, None, frozenset())))
    for sentence in (period, year, "Từ đầu năm 2026 đến hết kỳ", "chưa đủ mẫu", "đạt", "chưa đạt"):
        assert sentence in document, sentence
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(as_workbook(report, [], says, "", frozenset())))
    cells = [str(cell) for row in workbook.get_sheet_by_name("Mức độ hài lòng").to_python() for cell in row]
    for sentence in (period, year, "Từ đầu năm 2026 đến hết kỳ", "chưa đủ mẫu", "đạt", "chưa đạt"):
        assert sentence in cells, sentence


@pytest.mark.row("R8")
def test_a_report_kept_before_there_was_a_minimum_still_opens_and_says_what_it_said(
    database: Database, book: Open, count: Count
) -> None:
    with database.writing() as conn:
        book(conn).rate("2026-11-17 10:00", *GOOD)
        figures = count(conn)
    kept = json.loads(to_json(figures))
    del kept["minimum"]
    kept["figures"] = [one for one in kept["figures"] if one["section"] != YEAR_TO_DATE]
    old = from_json(json.dumps(kept))
    assert targets.overall(old) is MET
    assert not old.section(YEAR_TO_DATE)
    assert targets.overall(replace(old, minimum=10)) is SMALL


@pytest.mark.row("R8")
def test_the_report_of_december_and_a_week_across_new_year_know_their_year(
    database: Database, book: Open, count: Count, settings: Settings, times: WorkingTimes
) -> None:
    with database.writing() as conn:
        writes = book(conn)
        writes.rate("2026-12-30 10:00", *GOOD)
        writes.rate("2027-01-02 10:00", *BAD)
        ready = due(settings, times, at("2027-01-11 09:00"))
        seen = {
            one.name: count(conn, one).section(YEAR_TO_DATE)[0]
            for one in ready
            if one.name in ("2026-12", "2027-W01")
        }
    found = {name: (one.key[:4], one.value, one.of) for name, one in seen.items()}
    assert found == {"2026-12": ("2026", 1, 1), "2027-W01": ("2027", 0, 1)}
