"""Instruments as data: the texts of the seeds, read strictly, stored by key and version."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from logbook.calls.criteria import CriteriaSetChangedError, find_set
from logbook.database.engine import Database
from logbook.database.tables import criteria_sets
from logbook.ratings import instruments
from logbook.ratings.instruments import FILE, RatingChannel
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings
from tests import frozen


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(frozen.OFFICE)


def test_four_instruments_come_with_the_program_each_with_its_own_basis_and_channels() -> None:
    seen = {one.key: (one.version, one.channels, len(one.criteria)) for one in instruments.shipped()}
    assert seen == {
        "dai-lanh-5": (1, (RatingChannel.PHONE,), 5),
        "thuong-lo-5": (1, (RatingChannel.PAPER, RatingChannel.DESK), 5),
        "van-gia-qr": (1, (RatingChannel.QR,), 3),
        "sipas-6": (1, (RatingChannel.PAPER, RatingChannel.DESK), 6),
    }
    assert len({one.legal_basis for one in instruments.shipped()}) == 4
    assert {one.key for one in instruments.shipped() if one.target_percent == 90} == {"dai-lanh-5"}


def test_the_telephone_asks_what_the_settings_say_and_the_shipped_text_is_the_same(
    settings: Settings,
) -> None:
    own = instruments.of_telephone(settings)
    assert instruments.registry(settings)[own.identity] == own
    shipped = next(one for one in instruments.shipped() if one.key == own.key)
    assert own.criteria == shipped.criteria
    assert own.legal_basis == shipped.legal_basis


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    lowest: 1\n", ""),
        ("version: 1\n    title", "version: one\n    title"),
        ("channels: [phone]", "channels: [telephone]"),
        ("channels: [phone]", "channels: []"),
        ("key: tc2", "key: tc1"),
        ("key: sipas-6", "key: dai-lanh-5"),
        ("highest: 5", "highest: 5\n    colour: red"),
        ("target_percent: 90", "target_percent: 101"),
    ],
)
def test_a_file_that_is_not_quite_right_is_refused(old: str, new: str, tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises((ValidationError, SettingsError)):
        instruments.read(wrong)


def test_every_instrument_is_stored_once_with_what_it_rests_on(
    database: Database, now: datetime, settings: Settings
) -> None:
    with database.writing() as conn:
        for _ in range(2):
            instruments.install(conn, instruments.registry(settings).values(), now)
        rows = conn.execute(select(criteria_sets)).all()
        assert len(rows) == 4
        paper = next(row for row in rows if row.key == "thuong-lo-5")
        assert "2709/QĐ-UBND" in paper.legal_basis
        assert (paper.channels, paper.target_percent, paper.screening) == ("paper,desk", None, None)
        changed = instruments.shipped()[1].model_copy(update={"title": "Lời khác"})
        with pytest.raises(CriteriaSetChangedError):
            instruments.install(conn, [changed], now)


def test_a_new_instrument_is_one_entry(database: Database, now: datetime, settings: Settings) -> None:
    new = instruments.shipped()[2].model_copy(update={"key": "van-gia-qr", "version": 2, "title": "Bốn nhóm"})
    with database.writing() as conn:
        instruments.install(conn, instruments.registry(settings, [new]).values(), now)
        assert find_set(conn, "van-gia-qr", 2) is not None
        assert find_set(conn, "van-gia-qr", 1) is not None


@pytest.mark.parametrize(
    ("key", "version"), [("nobody", 1), ("thuong-lo-5", 2), ("van-gia-qr", 1), ("dai-lanh-5", 1)]
)
def test_slips_are_of_a_paper_instrument_that_exists(key: str, version: int, settings: Settings) -> None:
    assert instruments.for_slips(settings).key == "thuong-lo-5"
    part = settings.slips.model_copy(update={"instrument": key, "version": version})
    with pytest.raises(SettingsError, match=r"slips\.instrument"):
        instruments.for_slips(dataclasses.replace(settings, slips=part))
