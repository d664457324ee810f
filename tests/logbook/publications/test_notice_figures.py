"""Small groups: what is published of months, years and channels, and what an onlooker can compute."""

from __future__ import annotations

import random
from fractions import Fraction

from logbook.dossiers.quota import Quota
from logbook.publications import notice_figures
from logbook.publications.notice_figures import NoticeFigures
from logbook.ratings.index import ALL, CriterionFigure, InstrumentFigures

SMALLEST = 5
CHANNELS = ("phone", "qr", "paper")


def instrument(channel: str, n: int, answers: list[int], key: str = "k") -> InstrumentFigures:
    criteria = tuple(
        CriterionFigure(f"c{at}", f"Tiêu chí {at}", count, count, None) for at, count in enumerate(answers)
    )
    return InstrumentFigures(key, 1, key, "", channel, n, None, criteria)


def month(rng: random.Random) -> tuple[dict[str, int], NoticeFigures]:
    """A month of few answers, what was counted by channel, and what is published of it."""
    counted = {channel: rng.choice((0, 1, 2, 3, 4, 5, 6, 9, 14)) for channel in CHANNELS}
    skipped = {channel: [max(0, n - rng.randint(0, 3)) for _ in range(2)] for channel, n in counted.items()}
    found = [instrument(channel, n, skipped[channel]) for channel, n in counted.items()]
    together = [sum(skipped[channel][at] for channel in CHANNELS) for at in range(2)]
    found.append(instrument(ALL, sum(counted.values()), together))
    slips = counted["paper"]
    return counted, notice_figures.shown(found, Quota(slips * 2 + 8, slips, 50), SMALLEST)


def left_over(total: int | None, parts: list[int | None]) -> int:
    """What an onlooker finds out by taking the parts that are shown from a total that is shown."""
    return 0 if total is None else total - sum(part or 0 for part in parts)


def found_out(told: NoticeFigures) -> list[int]:
    """Everything an onlooker finds out of a month: of people, of each criterion, of the slips."""
    parts = [group for group in told.groups if group.channel != ALL]
    rest = [left_over(told.slips, [group.n for group in parts if group.channel == "paper"])]
    for together in (group for group in told.groups if group.channel == ALL):
        rest.append(left_over(together.n, [group.n for group in parts]))
        for at, each in enumerate(together.criteria):
            rest.append(left_over(each.n, [group.criteria[at].n for group in parts]))
            rest.append(left_over(each.satisfied, [group.criteria[at].satisfied for group in parts]))
    return rest


def test_no_small_group_can_be_had_by_subtraction_of_channels_totals_or_slips() -> None:
    rng = random.Random(20261130)
    hidden = 0
    for _ in range(300):
        counted, told = month(rng)
        small = {channel for channel, n in counted.items() if 0 < n < SMALLEST}
        hidden += bool(small)
        assert {group.channel for group in told.groups if group.n is None} - {ALL} == small
        assert found_out(told) == [0] * len(found_out(told))
        cells = [one.n for group in told.groups for one in group.criteria if group.channel != ALL]
        assert not any(n is not None and 0 < n < SMALLEST for n in cells)
        if "paper" in small:
            assert (told.slips, told.reached) == (None, None)
    assert hidden > 100


def test_a_year_adds_up_what_its_months_show_and_nothing_else() -> None:
    rng = random.Random(7)
    for _ in range(100):
        months = [month(rng)[1] for _ in range(rng.randint(1, 12))]
        for group in notice_figures.year_of(months):
            shown = [one for told in months for one in told.groups if one.channel == group.channel]
            assert group.n == sum(one.n or 0 for one in shown)
            for at, each in enumerate(group.criteria):
                assert each.n == sum(one.criteria[at].n or 0 for one in shown)


PLACES = [(at, channel) for at in range(6) for channel in CHANNELS]


def said(cells: set[tuple[int, str]]) -> list[Fraction]:
    """An equation: the sum of these cells, each a month and a channel."""
    return [Fraction(cell in cells) for cell in PLACES]


def independent(rows: list[list[Fraction]], new: list[Fraction]) -> bool:
    """Whether a row is no sum of multiples of the others; `rows` are kept reduced, each with its pivot."""
    rest = list(new)
    for row in rows:
        at = next(place for place, value in enumerate(row) if value)
        if rest[at]:
            times = rest[at] / row[at]
            rest = [mine - times * theirs for mine, theirs in zip(rest, row, strict=True)]
    if any(rest):
        rows.append(rest)
        return True
    return False


def test_nothing_hidden_follows_from_months_channels_totals_slips_and_the_year_taken_together() -> None:
    """Each number published is an equation between counts of channels and months; none fixes a hidden one."""
    rng = random.Random(31)
    tried = 0
    for _ in range(40):
        months = [month(rng)[1] for _ in range(6)]
        known: list[list[Fraction]] = []
        hidden: list[tuple[int, str]] = []
        for at, told in enumerate(months):
            present = {group.channel for group in told.groups} - {ALL}
            for channel in set(CHANNELS) - present:
                independent(known, said({(at, channel)}))  # nobody answered there
            for group in told.groups:
                cells = {(at, each) for each in CHANNELS} if group.channel == ALL else {(at, group.channel)}
                if group.n is not None:
                    independent(known, said(cells))
                elif group.channel != ALL:
                    hidden.append((at, group.channel))
            if told.slips is not None:
                independent(known, said({(at, "paper")}))
        for group in notice_figures.year_of(months):
            shown = {
                (at, each)
                for at, told in enumerate(months)
                for one in told.groups
                if one.channel == group.channel and one.n is not None
                for each in (CHANNELS if group.channel == ALL else (group.channel,))
            }
            independent(known, said(shown))
        for cell in hidden:
            assert independent(list(known), said({cell})), cell
        tried += len(hidden)
    assert tried > 100


def test_slips_of_the_month_are_not_told_where_one_instrument_on_paper_is_small() -> None:
    found = [instrument("paper", 20, [20]), instrument("paper", 3, [3], key="older")]
    told = notice_figures.shown(found, Quota(60, 23, 50), SMALLEST)
    assert [group.n for group in told.groups] == [20, None]
    assert told.slips is None
    assert told.hides


def test_figures_are_read_as_they_were_kept() -> None:
    _, told = month(random.Random(1))
    assert notice_figures.read(notice_figures.as_text(told)) == told
