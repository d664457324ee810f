"""The figures of a month that may leave an office: numbers and the name of the commune, no text at all.

Every field is a number, an instant or a value of a fixed shape, and the reader accepts no other. So no case,
no name and no telephone number can stand in one, whatever the office's database holds.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from logbook.settings import communes

FORMAT: Literal["tongdai-figures/1"] = "tongdai-figures/1"
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Hidden = Count | None
"""A count; None where so few people stand behind it that it is not shown."""
MOST_CRITERIA = 30


def _in_utc(at: datetime) -> datetime:
    if not 2000 <= at.year < 2100:
        raise ValueError("not of this century")  # the first and last years have no such moment in each zone
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class _OfFigures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PartOf(_OfFigures):
    """So many (`part`) of so many (`of`); both None where too few stand behind them."""

    part: Hidden
    of: Hidden

    @model_validator(mode="after")
    def _fits(self) -> PartOf:
        if (self.part is None) != (self.of is None) or (self.part or 0) > (self.of or 0):
            raise ValueError("a part is not more than its whole")
        return self

    @property
    def tenths(self) -> int | None:
        """The share in tenths of a percent, cut and never rounded up; None without answers, or not shown."""
        return None if self.part is None or not self.of else self.part * 1000 // self.of


class DeadlinesMet(_OfFigures):
    """Deadlines met among those decided in the month (ASK-30)."""

    notify: PartOf
    classify: PartOf
    transfer: PartOf
    notice: PartOf
    answer: PartOf


class MonthCounts(_OfFigures):
    """What a month came to; khiếu nại and tố cáo are in none of these (rules B1)."""

    calls: Hidden
    calls_answered: Hidden
    tickets: Hidden
    answered: Hidden
    late: Hidden
    dossiers: Hidden
    slips: Hidden


class OfficeFigures(_OfFigures):
    """One office's confirmed figures of one month; `version` counts how often that month was given out."""

    format: Literal["tongdai-figures/1"] = FORMAT
    office: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    name: str
    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    version: Annotated[int, Field(ge=1, le=10_000)]
    report: Count
    report_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    confirmed_at: Instant
    issued_at: Instant
    smallest_group: Annotated[int, Field(ge=2, le=50)]
    target: Annotated[int, Field(ge=1, le=100)]
    minimum: Count
    quota_percent: Annotated[int, Field(ge=0, le=100)]
    criteria: Annotated[tuple[PartOf, ...], Field(max_length=MOST_CRITERIA)]
    deadlines: DeadlinesMet
    counts: MonthCounts

    @model_validator(mode="after")
    def _is_of_a_commune(self) -> OfficeFigures:
        commune = communes.of_code(self.office)
        if commune is None or self.name != commune.name:
            raise ValueError("the name is not that of the commune")
        return self

    @property
    def index(self) -> PartOf:
        """Satisfied answers of all criteria among valid ones; not shown where one criterion is not."""
        parts = [one.part for one in self.criteria if one.part is not None]
        wholes = [one.of for one in self.criteria if one.of is not None]
        if len(parts) < len(self.criteria):
            return PartOf(part=None, of=None)
        return PartOf(part=sum(parts), of=sum(wholes))

    @property
    def slips_required(self) -> int | None:
        """Slips the month needs: the share of finished dossiers that is asked for, rounded up (003-05)."""
        finished = self.counts.dossiers
        return None if finished is None else -(-finished * self.quota_percent // 100)

    @property
    def hides(self) -> bool:
        """Whether any figure is not shown because too few people stand behind it."""
        pairs = [*self.criteria, *(getattr(self.deadlines, one) for one in DeadlinesMet.model_fields)]
        counts = [getattr(self.counts, one) for one in MonthCounts.model_fields]
        return None in counts or any(one.of is None for one in pairs)


def canonical(figures: OfficeFigures) -> bytes:
    """Return the bytes that are signed: JSON with its keys in order, instants in UTC."""
    return json.dumps(
        figures.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def read(text: str | bytes) -> OfficeFigures:
    """Read figures as they were written (ValueError for anything else)."""
    return OfficeFigures.model_validate_json(text)


def is_month(text: str) -> bool:
    """Whether a text is a month such as 2026-11."""
    return MONTH.fullmatch(text) is not None
