"""The register of officials: its first filling from the settings, keys, and what nobody can write."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from logbook.accounts import accounts
from logbook.database.engine import Database
from logbook.database.tables import officials
from logbook.officials import first_filling, register
from logbook.officials.keys import key_of
from logbook.officials.register import OfficialDetails, OfficialRefusedError, Organisation, StaleOfficialError
from logbook.settings.loading import load_settings
from tests import frozen

LAN = OfficialDetails(
    "Hồ Thị Lan", "Bí thư Đoàn", "Thôn 1", "youth", "2026-01-05", "", "", "0912 345 678", photo_consent=False
)


def test_the_people_of_the_settings_are_entered_once_and_whoever_stands_in_both_lists_is_one(
    database: Database, now: datetime
) -> None:
    settings = load_settings(frozen.OFFICE)
    with database.writing() as conn:
        assert first_filling.fill(conn, settings, now) == 7
        assert first_filling.fill(conn, settings, now + timedelta(days=400)) == 0
        keys = {one.key for one in register.listed(conn)}
        assert keys == {"an", "binh", "chi", "chu-tich", "pho-chu-tich", "chanh-van-phong", "truong-mot-cua"}
        an = register.of_key(conn, "truc")
        assert an is not None
        assert an == register.of_key(conn, "an")
        assert (an.login, an.telephone, an.organisation) == (
            "canbotruc",
            "+842583842111",
            Organisation.CIVIL_SERVANT,
        )


def test_what_the_console_wrote_stands_at_the_next_start(database: Database, now: datetime) -> None:
    settings = load_settings(frozen.OFFICE)
    with database.writing() as conn:
        first_filling.fill(conn, settings, now)
        binh = register.of_key(conn, "binh")
        assert binh is not None
        seen = dataclasses.replace(LAN, name="Trần Thị Bình", telephone="")
        register.change(conn, binh.id, binh.version, seen, now)
        first_filling.fill(conn, settings, now)
        again = register.of_key(conn, "binh")
        assert again is not None
        assert (again.name, again.telephone, again.version) == ("Trần Thị Bình", None, 2)
        assert conn.execute(select(func.count()).select_from(officials)).scalar() == 7


def test_somebody_added_to_the_settings_later_comes_in_at_the_next_start(
    database: Database, now: datetime
) -> None:
    settings = load_settings(frozen.OFFICE)
    duty = settings.duty
    newcomer = duty.people[0].model_copy(update={"id": "dung", "name": "Dũng", "number": "+842583842119"})
    later = dataclasses.replace(settings, duty=duty.model_copy(update={"people": (*duty.people, newcomer)}))
    with database.writing() as conn:
        first_filling.fill(conn, settings, now)
        assert first_filling.fill(conn, later, now) == 1


def test_a_key_is_made_of_the_name_and_counts_on_where_it_is_taken(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        made = [register.add(conn, LAN, now).key for _ in range(3)]
        assert made == ["ho-thi-lan", "ho-thi-lan-2", "ho-thi-lan-3"]
    shapes = ("Đặng Đức Ánh", "Trần Thị Bình (ví dụ)", "  1. Nguyễn   Văn-An ", "李", "")
    assert [key_of(each) for each in shapes] == ["dang-duc-anh", "tran-thi-binh", "nguyen-van-an", "", ""]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": " \n "}, "official_name_missing"),
        ({"organisation": "king"}, "official_organisation_unknown"),
        ({"since": "31/12/2026"}, "official_day_bad"),
        ({"until": "2026-02-30"}, "official_day_bad"),
        ({"since": "0001-01-01"}, "official_day_bad"),
        ({"until": "2026-01-04"}, "official_until_before_since"),
        ({"telephone": "1900 1234"}, "account_telephone_bad"),
        ({"login": "nobody"}, "official_login_unknown"),
        ({"key": "Hai Chữ"}, "official_key_taken"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    wrong: dict[str, str], why: str, database: Database, now: datetime
) -> None:
    with database.writing() as conn, pytest.raises(OfficialRefusedError, match=why):
        register.add(conn, dataclasses.replace(LAN, **wrong), now)  # type: ignore[arg-type]


def test_one_account_belongs_to_one_person_of_the_register(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        accounts.add(conn, login="lan", name="Lan", role="clerk", password="a real password", now=now)
        mine = dataclasses.replace(LAN, login="lan")
        lan = register.add(conn, mine, now)
        with pytest.raises(OfficialRefusedError, match="official_login_taken"):
            register.add(conn, mine, now)
        assert register.change(conn, lan.id, 1, mine, now) == (lan, [])


def test_whoever_leaves_stays_in_the_register_and_serves_until_the_last_day(
    database: Database, now: datetime
) -> None:
    with database.writing() as conn:
        lan = register.add(conn, LAN, now)
        register.leave(conn, lan.id, lan.version, "2026-06-30")
        assert [one.name for one in register.listed(conn)] == ["Hồ Thị Lan"]
        for day, serves in ((date(2026, 1, 4), 0), (date(2026, 6, 30), 1), (date(2026, 7, 1), 0)):
            assert len(register.listed(conn, day)) == serves
        with pytest.raises(StaleOfficialError):
            register.leave(conn, lan.id, lan.version, "2026-07-31")
