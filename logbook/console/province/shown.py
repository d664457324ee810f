"""Spells the province's figures: a month, a share, a count, and what is not shown."""

from __future__ import annotations

from markupsafe import Markup

from logbook.clock import local
from logbook.console.province import table
from logbook.console.province.table import OfficeMonth, ProvinceMonth
from logbook.console.views import charts
from logbook.console.views.charts import ShareSeries
from logbook.console.words import Words
from logbook.province.figures import OfficeFigures, PartOf
from logbook.province.register import Received
from logbook.province.signed import Refusal
from logbook.ratings.verdicts import Verdict
from logbook.reports import shown as reported

STATES = {Verdict.REACHED: "state-closed", Verdict.MISSED: "due-soon", Verdict.TOO_FEW: "due-fine"}
LOOKS = {Verdict.REACHED: "is-met", Verdict.MISSED: "is-missed", Verdict.TOO_FEW: "is-small"}
PARTS = ("is-met", "is-missed", "is-small", "mark-2")
JUDGED = ("satisfied", "in_time", "quota")


def month(value: str) -> str:
    """A month as people write it: 11/2026."""
    return f"{value[5:]}/{value[:4]}"


def count(value: int | None, one: OfficeFigures, words: Words) -> str:
    """A count; "dưới 5" where it is not shown."""
    return words("province_hidden", smallest=one.smallest_group) if value is None else str(value)


def of(part: PartOf, one: OfficeFigures, words: Words) -> str:
    """A part of a whole, as 18/20; what is not shown says so, nothing to count is a dash."""
    if part.part is None:
        return words("province_hidden", smallest=one.smallest_group)
    return f"{part.part}/{part.of}" if part.of else "–"


def share(part: PartOf, words: Words) -> str:
    """A share in percent, cut to one decimal; a dash for none."""
    return "–" if part.tenths is None else f"{reported.amount(part.tenths / 10, words)}%"


def share_number(part: PartOf) -> float | None:
    """A share in percent, for a sheet and a picture."""
    return None if part.tenths is None else part.tenths / 10


def report(received: Received, words: Words) -> str:
    """Which report the figures are from, and which document of the month they are."""
    one = received.figures
    key = "province_report" if received.documents == 1 else "province_report_again"
    day = f"{local(one.confirmed_at):%d/%m/%Y}"
    return words(key, number=one.report, day=day, documents=received.documents)


def quota(one: OfficeFigures, words: Words) -> str:
    """Slips of those needed, as 28/25."""
    needed = one.slips_required
    if needed is None:
        return words("province_hidden", smallest=one.smallest_group)
    return f"{count(one.counts.slips, one, words)}/{needed}" if needed else "–"


def refusal(why: Refusal, words: Words) -> str:
    """Why a document was not taken in, as a sentence."""
    return words(f"province_refused_{why}")


def bar(row: OfficeMonth) -> Markup:
    """The office's index as a small bar against its target."""
    one = row.figures
    verdict = row.satisfied
    if one is None or verdict is None:
        return Markup("")
    return charts.small_share(share_number(one.index), LOOKS[verdict], one.target)


def verdicts(found: ProvinceMonth, words: Words) -> tuple[Markup, list[tuple[str, tuple[int, ...]]]]:
    """How many offices reach each of three things, as a picture and the rows behind it."""
    rows = [(words(f"province_judged_{one}"), table.counted(found.rows, one)) for one in JUDGED]
    details = "; ".join(f"{label}: {', '.join(map(str, each))}" for label, each in rows)
    return charts.stacks(words("province_verdicts"), details, rows, PARTS), list(rows)


def course(points: list[tuple[str, float | None]], target: int | None, words: Words) -> Markup:
    """The index of all offices together over twelve months."""
    labels = [month(one) for one, _ in points]
    values = [value for _, value in points]
    last = "–" if values[-1] is None else f"{reported.amount(values[-1], words)}%"
    details = f"{labels[-1]}: {last}"
    return charts.share_lines(words("province_trend"), details, labels, [ShareSeries(0, values)], target)
