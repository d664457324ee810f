"""The document's counted sections: a sentence, a table, and whether targets are reached."""

from __future__ import annotations

from logbook.reports.figures import Figures
from logbook.reports.letter import LEFT_SIDE, WIDTH, LetterColumn, LetterDocument
from logbook.reports.sections.section import Section
from logbook.reports.shown import Says, method, overall, year_title


def section_of(letter: LetterDocument, section: Section, figures: Figures, says: Says) -> None:
    """Write one section below its heading; one without anything to count is a sentence."""
    if section.is_empty(figures):
        letter.line(section.empty(figures, says))
    else:
        if summary := section.summed_up(figures, says):
            letter.line(summary)
        _table(letter, section, section.groups, figures, says)
        if section.note:
            letter.line(says(section.note), italic=True)
    if section.yearly:
        _judged(letter, section, figures, says)


def _judged(letter: LetterDocument, section: Section, figures: Figures, says: Says) -> None:
    """Whether the target is reached in the period, then in the year to date, for which it is set (000-04)."""
    empty = section.is_empty(figures)
    if not empty:
        letter.line(overall(figures, says, section.key), bold=True)
    rated = any(one.of for one in figures.section(section.yearly))
    if rated:
        letter.line(year_title(figures, says), bold=True, keep=True)
        _table(letter, section, (section.yearly,), figures, says)
        letter.line(overall(figures, says, section.yearly), bold=True)
    if rated or not empty:
        letter.line(method(figures, says), italic=True)


def _table(
    letter: LetterDocument, section: Section, groups: tuple[str, ...], figures: Figures, says: Says
) -> None:
    columns, width = section.columns_of(groups[0]), section.name_width(groups[0])
    number = WIDTH - width - sum(one.width for one in columns)
    heads = [
        LetterColumn(says("report_column_number"), number),
        LetterColumn(says(f"report_column_{section.named[0]}"), width, LEFT_SIDE),
        *(LetterColumn(says(f"report_column_{one.key}"), one.width) for one in columns),
    ]
    rows: list[tuple[str, ...]] = []
    count = 0
    for group in groups:
        found = section.listed(group, figures)
        if rows and found:
            rows.append((says(f"report_section_{group}"),))
        for figure in found:
            count += 1
            cells = (one.as_text(figure, figures, says) for one in columns)
            rows.append((str(count), section.label(figure, says), *cells))
    letter.table(heads, rows)
