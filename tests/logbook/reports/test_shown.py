"""Figures as people read them: decimal commas, dashes, names, and days with the zeros of the rule."""

from types import SimpleNamespace

import pytest

from logbook.reports import Figure, shown
from logbook.reports.document import date_line
from logbook.reports.figures import LateCase
from logbook.reports.sections import registry
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import VIETNAMESE, says


@pytest.mark.parametrize(
    ("value", "words"), [(None, "chưa có"), (0, "0"), (7.0, "7"), (2.5, "2,5"), (1234, "1234")]
)
def test_numbers_have_a_decimal_comma_and_none_is_said_in_words(value: float | None, words: str) -> None:
    assert shown.amount(value, says) == words


@pytest.mark.row("000-04")
@pytest.mark.row("R8")
@pytest.mark.parametrize(
    ("value", "of", "share", "verdict"),
    [
        (899, 1000, "89,9", "chưa đạt"),
        (8999, 10_000, "89,9", "chưa đạt"),
        (9, 10, "90", "đạt"),
        (0, 0, "chưa có", "chưa đủ mẫu"),
        (2, 2, "100", "chưa đủ mẫu"),
        (0, 2, "0", "chưa đủ mẫu"),
        (9, 9, "100", "chưa đủ mẫu"),
        (0, 10, "0", "chưa đạt"),
    ],
)
def test_a_share_just_below_its_target_is_never_shown_as_the_target(
    value: int, of: int, share: str, verdict: str
) -> None:
    figure = Figure("ratings", "tc1", value, of, target=90)
    figures = SimpleNamespace(minimum=10)
    seen = shown.verdict(figure, figures, says)  # type: ignore[arg-type]
    assert (shown.share(figure.tenths, says), seen) == (share, verdict)


def test_without_a_report_before_there_is_a_dash_and_not_a_nought() -> None:
    alone, beside = Figure("terms", "answer", 1, 1), Figure("terms", "answer", 1, 1, before=0, of_before=0)
    assert (shown.earlier(None, alone, says), shown.share_before(alone, says)) == ("–", "–")
    assert (shown.earlier(0, beside, says), shown.share_before(beside, says)) == ("0", "chưa có")


def test_periods_have_names(times: object) -> None:
    assert shown.name("weekly", "2026-W07", says) == "Báo cáo tuần 7 năm 2026"
    assert shown.span("monthly", "2026-02", says) == "tháng 2 năm 2026"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-01-05 09:00", "Đại Lãnh, ngày 05 tháng 01 năm 2026"),
        ("2026-02-28 09:00", "Đại Lãnh, ngày 28 tháng 02 năm 2026"),
        ("2026-03-09 09:00", "Đại Lãnh, ngày 09 tháng 3 năm 2026"),
        ("2026-12-31 23:59", "Đại Lãnh, ngày 31 tháng 12 năm 2026"),
    ],
)
def test_the_date_has_zeros_before_days_under_ten_and_the_months_one_and_two_only(
    moment: str, words: str
) -> None:
    assert date_line("Đại Lãnh", at(moment), says) == words


def test_every_kind_of_figure_has_its_words() -> None:
    known = VIETNAMESE.sentences
    kinds = (
        "new",
        "urgent",
        "dissatisfied",
        "extended",
        "soon",
        "late",
        "report",
        "report_soon",
        "roster_gap",
    )
    for kind in (*kinds, "holidays_missing", "alarm"):
        assert registry.label(Figure("escalated", kind, 0), says) == known[f"report_escalated_{kind}"]
    assert registry.label(Figure("topic", "unknown", 0), says) == "Chưa phân nhóm"
    assert registry.label(Figure("kind", "feedback", 0), says) == "Phản ánh"


@pytest.mark.parametrize(("days", "words"), [(0, "dưới 1"), (1, "1"), (20, "20")])
@pytest.mark.parametrize("sealed", [False, True])
def test_what_was_late_by_hours_is_late_by_less_than_a_day_and_never_by_none(
    days: int, words: str, sealed: bool
) -> None:
    due, answered = at("2026-11-20 17:00"), at("2026-11-20 18:05")
    case = LateCase("482913", at("2026-11-06 09:00"), due, answered, days, "", "", sealed)
    assert shown.late_row(case, says, sealed=sealed)[4] == words


@pytest.mark.parametrize(
    ("told", "cells"),
    [
        (("", "", ""), ("chưa ghi", "chưa giải trình", "chưa ghi")),
        (("Đỗ Văn Hải", "thiếu người", ""), ("Đỗ Văn Hải", "thiếu người", "chưa ghi")),
        (("", "thiếu người", "bố trí thêm"), ("chưa ghi", "thiếu người", "bố trí thêm")),
    ],
)
def test_each_part_of_an_explanation_that_is_missing_is_said(
    told: tuple[str, str, str], cells: tuple[str, str, str]
) -> None:
    owner, cause, remedy = told
    due = at("2026-11-20 17:00")
    case = LateCase("482913", at("2026-11-06 09:00"), due, None, 1, cause, remedy, sealed=False, owner=owner)
    assert shown.late_row(case, says, sealed=False)[5:] == cells
    assert shown.late_row(case, says, sealed=True)[5:] == ("–", "không nêu chi tiết", "–")
