"""Settings of the one-stop desk's dossiers: headings of its files, the quota of slips, its dates."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from logbook.plain_text import folded
from logbook.settings.errors import refusal
from logbook.settings.shapes import Part, Text, count


def _one_or_many(given: Any) -> Any:
    if isinstance(given, str):
        return (given,)
    return tuple(given) if isinstance(given, list) else given


Headings = Annotated[tuple[Text, ...], BeforeValidator(_one_or_many), Field(min_length=1, max_length=10)]
Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class HeadingsPart(Part):
    """What each column is called in the files of the desk's software; any other column is thrown away."""

    reference: Headings
    procedure: Headings
    field: Headings
    official: Headings
    received: Headings
    due: Headings
    finished: Headings
    online: Headings
    accepted: Headings
    supplements: Headings
    outcome: Headings

    def names(self) -> dict[str, str]:
        """Return the column each heading stands for, headings folded (no case, no marks, no spaces twice)."""
        return {folded(name): column for column in type(self).model_fields for name in getattr(self, column)}

    @model_validator(mode="after")
    def _no_heading_twice(self) -> "HeadingsPart":
        seen: dict[str, str] = {}
        for column in type(self).model_fields:
            for name in getattr(self, column):
                other = seen.setdefault(folded(name), column)
                if other != column:
                    raise refusal(
                        f"tiêu đề {name} đã dùng cho mục {other}",
                        f"{name} already stands for {other}",
                        column,
                    )
        return self


class CampaignPart(Part):
    """First and last month in which slips are collected (001-04), both included."""

    first: Month
    last: Month

    @model_validator(mode="after")
    def _in_order(self) -> "CampaignPart":
        if self.last < self.first:
            raise refusal("tháng cuối trước tháng đầu", "the last month is before the first", "last")
        return self


class DossiersPart(Part):
    """Dossiers of the one-stop desk: reading its files, the quota of slips, and when somebody is warned."""

    headings: HeadingsPart
    quota_percent: Annotated[int, count(1, 100)]
    campaign: CampaignPart | None
    due_soon_days: Annotated[int, count(1, 30)]
    accept_hours: Annotated[int, count(1, 80)]
    most_supplements: Annotated[int, count(0, 10)]
    warn_from_day: Annotated[int, count(1, 28)]
    meeting_by_day: Annotated[int, count(1, 28)]
