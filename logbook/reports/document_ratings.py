"""The part of the document that tells how satisfied callers were, in the period and in the year to date."""

from __future__ import annotations

from logbook.reports.figures import Figures
from logbook.reports.letter import LEFT_SIDE, LetterColumn, LetterDocument
from logbook.reports.shown import (
    Says,
    amount,
    empty,
    is_empty,
    label,
    method,
    overall,
    share,
    share_before,
    verdict,
    year_title,
)
from logbook.reports.targets import RATINGS, YEAR_TO_DATE


def ratings(letter: LetterDocument, figures: Figures, says: Says) -> None:
    """Each criterion in the period, then in the year to date, for which the target is set (000-04)."""
    if is_empty(RATINGS, figures):
        letter.line(empty(RATINGS, figures, says))
    else:
        _criteria(letter, figures, RATINGS, says)
        letter.line(overall(figures, says), bold=True)
    if any(one.of for one in figures.section(YEAR_TO_DATE)):
        letter.line(year_title(figures, says), bold=True, keep=True)
        _criteria(letter, figures, YEAR_TO_DATE, says)
        letter.line(overall(figures, says, YEAR_TO_DATE), bold=True)
        letter.line(method(figures, says), italic=True)
    elif not is_empty(RATINGS, figures):
        letter.line(method(figures, says), italic=True)


def _criteria(letter: LetterDocument, figures: Figures, section: str, says: Says) -> None:
    of_period = section == RATINGS
    columns = (
        LetterColumn(says("report_column_number"), 10),
        LetterColumn(says("report_column_criterion"), 64 if of_period else 83, LEFT_SIDE),
        LetterColumn(says("report_column_answers"), 17),
        LetterColumn(says("report_column_satisfied"), 17),
        LetterColumn(says("report_column_share"), 17),
        LetterColumn(says("report_column_result"), 21),
        LetterColumn(says("report_column_share_before"), 19),
    )
    rows = [
        (
            str(number),
            label(figure, says),
            str(figure.of),
            amount(figure.value, says),
            share(figure.tenths, says),
            verdict(figure, figures, says),
            share_before(figure, says),
        )
        for number, figure in enumerate(figures.section(section), start=1)
    ]
    shown = len(columns) if of_period else len(columns) - 1
    letter.table(columns[:shown], [row[:shown] for row in rows])
