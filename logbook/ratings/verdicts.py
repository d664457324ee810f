"""Judges whether a share reaches its target, and computes its interval (000-04)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import sqrt

Z = 1.959963984540054
"""Of the normal distribution, for an interval that covers the true share 95 times in 100."""


class Verdict(StrEnum):
    """Đạt, chưa đạt, chưa đủ mẫu."""

    REACHED = "reached"
    MISSED = "missed"
    TOO_FEW = "too_few"


def judge(satisfied: int, answers: int, target: int, minimum: int) -> Verdict:
    """Judge a share against `target` percent, exactly: 90.0 of 90 is reached, 89.9 is not.

    Fewer than `minimum` answers withhold the verdict; neither the minimum nor the interval moves the target.
    """
    if answers < max(minimum, 1):
        return Verdict.TOO_FEW
    return Verdict.REACHED if satisfied * 100 >= target * answers else Verdict.MISSED


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """All criteria must be reached: one that is missed decides; else one without enough answers withholds."""
    found = set(verdicts)
    if Verdict.MISSED in found:
        return Verdict.MISSED
    return Verdict.REACHED if found == {Verdict.REACHED} else Verdict.TOO_FEW


def wilson(satisfied: int, answers: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a share, as fractions from 0 to 1 (Wilson 1927); None without answers."""
    if not answers:
        return None
    share, z2 = satisfied / answers, Z * Z
    middle = share + z2 / (2 * answers)
    half = Z * sqrt((share * (1 - share) + z2 / (4 * answers)) / answers)
    below = 0.0 if satisfied == 0 else (middle - half) / (1 + z2 / answers)
    above = 1.0 if satisfied == answers else (middle + half) / (1 + z2 / answers)
    return max(0.0, below), min(1.0, above)
