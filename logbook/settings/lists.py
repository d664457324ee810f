"""Settings of checklists and counters: what is looked at, how often, and what is counted by hand."""

from typing import Annotated

from pydantic import Field, model_validator

from logbook.settings.shapes import Key, Part, Text, count, refuse_twice


class ListedPart(Part):
    """One entry of a list of settings: its stable key and its name as people read it."""

    key: Key
    name: Text


class ChecklistPart(Part):
    """One checklist: its items in one or more places, and when a look at a cell is out of date.

    A list is looked at again after `stale_days`; without them it is ticked anew each month.
    `procedures` adds the procedures of the line to its items. What is missing of an `urgent` list stands on
    the first page by name; a `reported` list stands in the report of a month and to the body above.
    """

    key: Key
    name: Text
    stale_days: Annotated[int, count(1, 400)] | None
    urgent: bool
    reported: bool
    procedures: bool
    places: Annotated[tuple[ListedPart, ...], Field(min_length=1, max_length=6)]
    items: Annotated[tuple[ListedPart, ...], Field(max_length=300)]

    @property
    def is_monthly(self) -> bool:
        """Whether it is ticked anew each month."""
        return self.stale_days is None

    @model_validator(mode="after")
    def _fits(self) -> "ChecklistPart":
        for name in ("places", "items"):
            refuse_twice((one.key for one in getattr(self, name)), name)
        return self


class CountersPart(Part):
    """What is counted by hand: news and videos of a year, services of a month (002-06, 002-07, 002-11)."""

    news_target: Annotated[int, count(1, 10_000)]
    videos_least: Annotated[int, count(1, 1000)]
    services: Annotated[tuple[ListedPart, ...], Field(max_length=20)]

    @model_validator(mode="after")
    def _no_key_twice(self) -> "CountersPart":
        refuse_twice((one.key for one in self.services), "services")
        return self


class HamletsPart(Part):
    """The hamlets or groups of the commune, as "Nơi nhận" names them where it says {hamlets} (004-13)."""

    kind: Text
    names: Annotated[tuple[Text, ...], Field(min_length=1, max_length=60)]

    @property
    def said(self) -> str:
        """How many there are, and which: "15 Tổ dân phố (1, 2, …)"."""
        return f"{len(self.names):02d} {self.kind} ({', '.join(self.names)})"

    @model_validator(mode="after")
    def _no_name_twice(self) -> "HamletsPart":
        refuse_twice(self.names, "names")
        return self


NO_COUNTERS = CountersPart(news_target=20, videos_least=1, services=())
"""Where a configuration of before says nothing."""
