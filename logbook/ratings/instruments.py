"""The office's instruments: those shipped with the program, and the one of the telephone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator
from sqlalchemy import Connection, update

from logbook.calls import criteria
from logbook.database.tables import criteria_sets
from logbook.settings.config_file import CriterionPart
from logbook.settings.errors import Problem, SettingsError
from logbook.settings.loading import Settings
from logbook.settings.shapes import Key, Part, Text, count, refuse_twice
from logbook.settings.strict_yaml import StrictYaml

FILE = Path(__file__).with_name("instruments.yaml")
Identity = tuple[str, int]
"""Key and version: what was asked stays what it was for every answer ever given."""


class RatingChannel(StrEnum):
    """How an answer came in; channels are counted apart first (rules B2 and B12)."""

    PHONE = "phone"
    QR = "qr"
    PAPER = "paper"
    DESK = "desk"

    @property
    def stored(self) -> str:
        """The word of this channel in `responses.channel`."""
        return "hotline" if self is RatingChannel.PHONE else self.value


CHANNELS = {channel.stored: channel for channel in RatingChannel}


class Instrument(Part):
    """One version of one set of questions: what it rests on, its channels, scale, target and criteria.

    `target_percent` is the share of satisfied answers each criterion must reach; `screening` is asked first,
    and whoever answers no leaves the denominator.
    """

    key: Key
    version: Annotated[int, count(1, 1000)]
    title: Text
    legal_basis: Text
    channels: Annotated[tuple[RatingChannel, ...], Field(min_length=1)]
    lowest: Annotated[int, count(0, 1)]
    highest: Annotated[int, count(2, 10)]
    target_percent: Annotated[int, count(1, 100)] | None
    screening: Text | None
    criteria: Annotated[tuple[CriterionPart, ...], Field(min_length=1, max_length=20)]

    @property
    def identity(self) -> Identity:
        """Key and version."""
        return self.key, self.version

    @model_validator(mode="after")
    def _no_criterion_twice(self) -> Instrument:
        refuse_twice((criterion.key for criterion in self.criteria), "criteria")
        refuse_twice((criterion.name for criterion in self.criteria), "criteria")
        return self


class _File(Part):
    instruments: tuple[Instrument, ...]

    @model_validator(mode="after")
    def _no_instrument_twice(self) -> _File:
        refuse_twice((f"{one.key} {one.version}" for one in self.instruments), "instruments")
        return self


def read(file: Path) -> tuple[Instrument, ...]:
    """Read a file of instruments strictly: SettingsError or pydantic's ValidationError for what is wrong."""
    return _File.model_validate_json(json.dumps(StrictYaml(file).data)).instruments


@cache
def shipped() -> tuple[Instrument, ...]:
    """Return the instruments that come with the program."""
    return read(FILE)


def of_telephone(settings: Settings) -> Instrument:
    """Return the instrument of config.yaml, which the line asks; it rests on what a shipped one rests on."""
    part = settings.ratings
    like = next((one for one in shipped() if one.key == part.key), None)
    return Instrument(
        key=part.key,
        version=part.version,
        title=settings.office.agency,
        legal_basis=like.legal_basis if like is not None else settings.office.agency,
        channels=(RatingChannel.PHONE,),
        lowest=part.lowest,
        highest=part.highest,
        target_percent=part.target_percent,
        screening=None,
        criteria=part.criteria,
    )


def registry(settings: Settings, more: Iterable[Instrument] = ()) -> Mapping[Identity, Instrument]:
    """Return every instrument by key and version.

    Of the telephone's there is the version of config.yaml alone: an office that changes a word raises the
    version, and the version that was asked before stays in the database as it was asked.
    """
    own = of_telephone(settings)
    others = (one for one in (*shipped(), *more) if one.key != own.key)
    return {one.identity: one for one in (*others, own)}


def for_slips(settings: Settings) -> Instrument:
    """Return the instrument of the paper slips (003-01).

    SettingsError where there is none, it is not for paper, or the telephone asks it: what is counted by key
    must not mix channels.
    """
    part = settings.slips
    found = registry(settings).get((part.instrument, part.version))
    if found is None or RatingChannel.PAPER not in found.channels or part.instrument == settings.ratings.key:
        problem = Problem(
            str(settings.config_file),
            "slips.instrument",
            f"không có bộ câu hỏi trên giấy {part.instrument} phiên bản {part.version}",
            f"no paper instrument {part.instrument} version {part.version}",
        )
        raise SettingsError([problem])
    return found


def install(conn: Connection, instruments: Iterable[Instrument], now: datetime) -> list[int]:
    """Store what is not stored yet and return all ids; CriteriaSetChangedError: other words."""
    ids: list[int] = []
    for one in instruments:
        set_id = criteria.install_set(
            conn,
            key=one.key,
            version=one.version,
            title=one.title,
            scale_min=one.lowest,
            scale_max=one.highest,
            asked=[criteria.StoredCriterion(each.key, each.name, each.text) for each in one.criteria],
            now=now,
        )
        missing = (criteria_sets.c.id == set_id) & criteria_sets.c.legal_basis.is_(None)
        conn.execute(
            update(criteria_sets)
            .where(missing)
            .values(
                legal_basis=one.legal_basis,
                channels=",".join(one.channels),
                target_percent=one.target_percent,
                screening=one.screening,
            )
        )
        ids.append(set_id)
    return ids
