"""What a section of a report is: its groups of figures, how they are counted, the columns they stand in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection

from logbook.calendar.of_settings import WorkingTimes
from logbook.reports.figures import Figure, Figures
from logbook.reports.past import PastTicket
from logbook.reports.shown import Says, amount, earlier, part, share, share_before, verdict
from logbook.reports.ticket_counts import CountedPeriod
from logbook.sentences import written
from logbook.settings.loading import Settings

CellValue = str | float | None


@dataclass(frozen=True, slots=True)
class Counting:
    """What figures are counted from: the tickets as they stood at the end of `span`, and the database."""

    conn: Connection
    found: Sequence[PastTicket]
    span: CountedPeriod
    settings: Settings
    times: WorkingTimes
    is_monthly: bool = False


class Opens(StrEnum):
    """What a number on the page opens."""

    NOTHING = ""
    CASES = "cases"
    PART = "part"
    """The cases that `value` counts, where it is a part of `of`."""


@dataclass(frozen=True, slots=True)
class SectionColumn:
    """One column: its heading `report_column_<key>`, its cell in words, and as a number for the workbook.

    `width` is in millimetres. `is_share` marks a number in percent, `is_verdict` one that has a colour,
    `is_earlier` what was in the period before.
    """

    key: str
    width: float
    as_text: Callable[[Figure, Figures, Says], str]
    as_number: Callable[[Figure, Figures, Says], CellValue]
    opens: Opens = Opens.NOTHING
    is_share: bool = False
    is_verdict: bool = False
    is_earlier: bool = False


Columns = tuple[SectionColumn, ...]


def by_word(figure: Figure, says: Says) -> str:
    """Return a figure's name: the one from the settings, else `report_<group>_<key>`."""
    return written(figure.label or says(f"report_{figure.section}_{figure.key}"))


def always(_: Figures) -> bool:
    """A section that stands in every report."""
    return True


def nothing_waits(_: Figures, __: Says) -> tuple[str, ...]:
    """A section in which nothing but counted cases needs a person."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section. Its title is `report_section_<key>`, its sentence when it is empty `report_empty_<key>`.

    `groups` stand one below the other, each under its title; `yearly` is the group with the same figures
    from 1 January on, for a section that is judged against the target (000-04). `count` gives the figures
    of all of them, and may give figures to groups of other sections.
    """

    key: str
    groups: tuple[str, ...]
    count: Callable[[Counting], list[Figure]]
    columns: Columns
    named: tuple[str, float] = ("figure", 103)
    """The first column, the figures' names: `report_column_<key>` and its width in millimetres.

    What all columns leave of a line of 165 millimetres holds the number of the row.
    """
    yearly: str = ""
    label: Callable[[Figure, Says], str] = by_word
    is_shown: Callable[[Figures], bool] = always
    summary: Mapping[str, str] = field(default_factory=dict)
    """Words of the sentence `report_doc_<key>` above the table of the document, each with its figure."""
    note: str = ""
    """The sentence below the table."""
    waiting: tuple[str, ...] = ()
    """Figures of which every case waits for somebody; each has a sentence `report_need_<key>`."""
    needs: Callable[[Figures, Says], tuple[str, ...]] = nothing_waits
    """Other sentences for the head of the report."""
    headline: tuple[str, ...] = ()
    """Figures that stand large at the top of the page."""
    trend: tuple[str, ...] = ()
    """Figures whose course the workbook draws."""
    charted: tuple[str, ...] = ()
    """Groups that get a chart of their own in the workbook."""
    sheet: tuple[str, ...] = ()
    """The columns of the workbook in another order, by their keys."""
    sheet_of: Mapping[str, Columns] = field(default_factory=dict)
    """Groups whose columns in the workbook are others."""
    internal: bool = False
    """Whether it stays inside the office: no report to the body above has it (002-28)."""
    keeps_gone: bool = True
    """Whether a figure that occurred in the period before only is shown once more."""

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Every group of figures, that of the year included."""
        return (*self.groups, self.yearly) if self.yearly else self.groups

    @property
    def of_parts(self) -> bool:
        """Whether its figures are parts of something, as columns say."""
        return any(column.opens is Opens.PART for column in self.columns)

    @property
    def has_shares(self) -> bool:
        """Whether the workbook draws its shares as bars."""
        return any(column.is_share for column in self.columns)

    @property
    def is_plain(self) -> bool:
        """Whether its figures are plain numbers, each beside that of the period before."""
        return self.columns is COUNTS

    def part_column(self) -> str:
        """Return the key of the column that counts a part of the cases; empty where there is none."""
        return next((column.key for column in self.columns if column.opens is Opens.PART), "")

    def columns_of(self, group: str) -> Columns:
        """Return the columns of a group on page and paper, the name apart; a year has no year before it."""
        return tuple(one for one in self.columns if group != self.yearly or not one.is_earlier)

    def name_width(self, group: str) -> float:
        """Return the millimetres of the names' column, which takes what other columns leave."""
        missing = sum(one.width for one in self.columns) - sum(one.width for one in self.columns_of(group))
        return self.named[1] + missing

    def sheet_columns(self, group: str) -> Columns:
        """Return the columns of a group in the workbook, the name apart."""
        if group in self.sheet_of:
            return self.sheet_of[group]
        found = {column.key: column for column in self.columns_of(group)}
        return (
            tuple(found[key] for key in self.sheet if key in found) if self.sheet else tuple(found.values())
        )

    def is_empty(self, figures: Figures) -> bool:
        """Whether there is nothing to count: a sentence says so, instead of a table of zeros."""
        found = [figure for group in self.groups for figure in figures.section(group)]
        return not any(figure.of if self.of_parts else figure.value for figure in found)

    def empty(self, figures: Figures, says: Says) -> str:
        """Return the sentence for nothing to count, with the number of the period before."""
        sentence = says(f"report_empty_{self.key}")
        total = figures.named(f"{self.key}.all")
        if total is None or not total.before:
            return sentence
        return f"{sentence} {says('report_empty_before', count=amount(total.before, says))}"

    def listed(self, group: str, figures: Figures) -> tuple[Figure, ...]:
        """Return the figures of a group that have a line: in a group within a section those that occur."""
        found = figures.section(group)
        return (
            found
            if group in (self.key, self.yearly)
            else tuple(one for one in found if one.value or one.before)
        )

    def summed_up(self, figures: Figures, says: Says) -> str:
        """Return the section in one sentence, from the very figures of its table; empty without one."""
        if not self.summary:
            return ""
        values = {figure.name: amount(figure.value, says) for figure in figures.figures}
        return says(f"report_doc_{self.key}", **{word: values[name] for word, name in self.summary.items()})


# --- columns that sections share --------------------------------------------------------------------------


def share_number(tenths: int | None, says: Says) -> CellValue:
    """Return a share in percent, cut to one decimal (000-04)."""
    return says("report_none") if tenths is None else tenths / 10


def whole_column(key: str, width: float) -> SectionColumn:
    """Return the column of what a figure is a part of."""
    return SectionColumn(
        key, width, lambda one, _, __: str(one.of), lambda one, _, __: one.of, opens=Opens.CASES
    )


def part_column(key: str, width: float) -> SectionColumn:
    """Return the column of the part."""
    return SectionColumn(
        key,
        width,
        lambda one, _, says: amount(one.value, says),
        lambda one, _, __: one.value,
        opens=Opens.PART,
    )


def share_column(width: float) -> SectionColumn:
    """Return the column of the share in percent."""
    return SectionColumn(
        "share",
        width,
        lambda one, _, says: share(one.tenths, says),
        lambda one, _, says: share_number(one.tenths, says),
        is_share=True,
    )


def share_before_column(width: float) -> SectionColumn:
    """Return the column of the share in the period before."""
    return SectionColumn(
        "share_before",
        width,
        lambda one, _, says: share_before(one, says),
        lambda one, _, says: share_number(one.tenths_before, says),
        is_share=True,
        is_earlier=True,
    )


def verdict_column(width: float) -> SectionColumn:
    """Return the column that says whether a target is reached."""
    return SectionColumn("result", width, verdict, verdict, is_verdict=True)


NOW = SectionColumn(
    "now",
    25,
    lambda one, _, says: part(one, says),
    lambda one, _, says: says("report_none") if one.value is None else one.value,
    opens=Opens.CASES,
)
BEFORE = SectionColumn(
    "before",
    25,
    lambda one, _, says: earlier(one.before, one, says),
    lambda one, _, __: one.before,
    is_earlier=True,
)
COUNTS: Columns = (NOW, BEFORE)
"""Plain numbers, each beside that of the period before."""


SATISFACTION = (
    whole_column("answers", 17),
    part_column("satisfied", 17),
    share_column(17),
    verdict_column(21),
    share_before_column(19),
)
"""How satisfied people are with each item, whatever channel it was asked by."""
