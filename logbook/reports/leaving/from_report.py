"""Takes from a confirmed monthly report the figures that may leave the office.

A group too small to be shown is taken out, as in publications: whatever leaves is one group, or can be summed
up from groups that all leave. Texts, cases and codes of the report are not read at all.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from logbook.province.figures import DeadlinesMet, MonthCounts, OfficeFigures, PartOf
from logbook.reports import targets
from logbook.reports.figures import Figure, Figures
from logbook.reports.made import Report
from logbook.settings.communes import Commune
from logbook.settings.loading import Settings

_COUNTS = {
    "calls": "calls.all",
    "calls_answered": "calls.answered",
    "tickets": "received.all",
    "answered": "handled.answered",
    "late": "handled.late",
    "dossiers": "desk.finished",
    "slips": "desk.slips",
}
"""Each count that leaves, and the report's figure it is."""


def figures_of(
    report: Report, commune: Commune, settings: Settings, version: int, now: datetime
) -> OfficeFigures:
    """Return what leaves of a confirmed monthly report; `version` counts how often it was given out."""
    counted, least = report.counted, settings.publications.smallest_group
    if report.confirmed_at is None:
        raise ValueError("the report is not confirmed")
    return OfficeFigures(
        office=commune.code,
        name=commune.name,
        month=report.period,
        version=version,
        report=report.id,
        report_hash=hash_of(report),
        confirmed_at=report.confirmed_at,
        issued_at=now,
        smallest_group=least,
        target=counted.target,
        minimum=counted.minimum,
        quota_percent=settings.dossiers.quota_percent,
        criteria=tuple(_part(one, least) for one in counted.section(targets.RATINGS) if one.target),
        deadlines=DeadlinesMet(
            **{name: _part(counted.named(f"terms.{name}"), least) for name in DeadlinesMet.model_fields}
        ),
        counts=MonthCounts(**{name: _count(counted, of, least) for name, of in _COUNTS.items()}),
    )


def hash_of(report: Report) -> str:
    """Return SHA-256 of the confirmed report, so that the office can be asked for the very one."""
    parts = (report.kind, report.period, report.figures, report.remarks or "", report.conclusion or "")
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _part(figure: Figure | None, least: int) -> PartOf:
    """A share; not shown where fewer than `least` stand behind it, as a group of answers is not."""
    whole = 0 if figure is None else figure.of or 0
    if 0 < whole < least:
        return PartOf(part=None, of=None)
    return PartOf(part=0 if figure is None else int(figure.value or 0), of=whole)


def _count(counted: Figures, name: str, least: int) -> int | None:
    figure = counted.named(name)
    value = 0 if figure is None else int(figure.value or 0)
    return None if 0 < value < least else value
