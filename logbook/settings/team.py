"""Settings of the team: the allowance, and forms that nobody may write for a citizen."""

from datetime import date
from typing import Annotated

from pydantic import Field

from logbook.settings.shapes import Part, Text, count


class Rate(Part):
    """What a day on duty is paid from a date on, in whole đồng (001-06)."""

    since: date
    amount: Annotated[int, count(0, 10_000_000)]


class Excluded(Part):
    """A procedure whose papers a citizen must write themselves, and by which law (001-09)."""

    name: Text
    basis: Text


class TeamSettings(Part):
    """The plan of the team that collects slips and writes forms for citizens (001-01)."""

    allowance: Annotated[tuple[Rate, ...], Field(max_length=20)] = ()
    excluded: Annotated[tuple[Excluded, ...], Field(max_length=100)] = ()
