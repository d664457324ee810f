"""`tongdai officials`: the register as a list and as one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.commands.listing import WORDS, officials
from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from logbook.officials.register import Organisation
from logbook.settings.loading import load_settings


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    hotline = open_hotline(load_settings())
    for _ in range(2):  # every start enters whoever is missing
        prepare(hotline)
    hotline.database.close()


@pytest.mark.usefixtures("prepared")
def test_the_people_of_the_settings_are_listed_after_the_first_start_with_masked_numbers() -> None:
    done = CliRunner().invoke(officials, ["--json"])
    listed = [json.loads(line) for line in done.output.splitlines()]
    assert sorted(one["key"] for one in listed) == [
        "an",
        "binh",
        "chanh-van-phong",
        "chi",
        "chu-tich",
        "pho-chu-tich",
        "truong-mot-cua",
    ]
    an = next(one for one in listed if one["key"] == "an")
    assert an.pop("from")
    assert an == {
        "key": "an",
        "name": "Nguyễn Văn An (ví dụ)",
        "title": "Công chức Văn phòng - Thống kê",
        "unit": "Ủy ban nhân dân xã Đại Lãnh",
        "organisation": "civil_servant",
        "until": None,
        "account": "canbotruc",
        "telephone": "0258••••••",
    }


@pytest.mark.usefixtures("prepared")
def test_the_table_speaks_vietnamese() -> None:
    table = CliRunner().invoke(officials).output
    assert "Họ tên" in table
    assert "cán bộ, công chức" in table
    assert set(Organisation) - WORDS.keys() == set()
