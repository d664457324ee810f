"""Names beside ratings: encrypted, read with any of the keys, never kept without one."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import select

from ivr.cli import tongdai
from logbook.database import personal_names
from logbook.database.engine import Database
from logbook.database.personal_names import NameKeys, NameKind, NoDataKeyError
from logbook.database.tables import personal_names as table

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
NAME = "Nguyễn Thị Canary-7731"
RATER = NameKind.RATER


def keep(database: Database, keys: NameKeys, many: int = 1) -> None:
    with database.writing() as conn:
        for number in range(1, many + 1):
            personal_names.keep(conn, keys, RATER, number, f"{NAME} {number}")


def read(database: Database, keys: NameKeys, number: int = 1) -> str | None:
    with database.reading() as conn:
        return personal_names.of(conn, keys, RATER, [number])[number].text


def test_a_name_stands_encrypted_in_the_database_and_only_the_key_reads_it(database: Database) -> None:
    keep(database, NameKeys([OLD]))
    with database.reading() as conn:
        row = conn.execute(select(table)).one()
    assert "Canary" not in repr(row)
    assert OLD[:12] not in repr(row)
    assert read(database, NameKeys([OLD])) == f"{NAME} 1"
    assert read(database, NameKeys([NEW])) is None, "a copy with another key says nothing, and fails nowhere"
    assert read(database, NameKeys([])) is None, "a copy without a key says nothing, and fails nowhere"


def test_without_a_key_no_name_is_kept(database: Database) -> None:
    with pytest.raises(NoDataKeyError), database.writing() as conn:
        personal_names.keep(conn, NameKeys([]), RATER, 1, NAME)
    with database.reading() as conn:
        assert conn.execute(select(table)).all() == []


def test_another_name_takes_the_place_and_an_empty_one_takes_it_back(database: Database) -> None:
    keys = NameKeys([OLD])
    keep(database, keys)
    with database.writing() as conn:
        personal_names.keep(conn, keys, RATER, 1, "  Trần  Văn B ")
    assert read(database, keys) == "Trần Văn B"
    with database.writing() as conn:
        personal_names.keep(conn, keys, RATER, 1, " ")
        assert personal_names.of(conn, keys, RATER, [1]) == {}


def test_rotation_broken_off_goes_on_where_it_stood_and_then_the_old_key_may_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal_names, "BATCH", 3)
    keep(database, NameKeys([OLD]), 8)
    both, steps = NameKeys([NEW, OLD]), iter([None, KeyboardInterrupt])

    def stop(_count: int) -> None:
        if (why := next(steps)) is not None:
            raise why

    with pytest.raises(KeyboardInterrupt):
        personal_names.rotate(database, both, stop)
    with database.reading() as conn:
        assert personal_names.to_rotate(conn, both) == 2
    assert [read(database, both, number) for number in (1, 8)] == [f"{NAME} 1", f"{NAME} 8"]
    assert personal_names.rotate(database, both) == 2
    assert read(database, NameKeys([NEW]), 8) == f"{NAME} 8"
    assert personal_names.rotate(database, both) == 0


def test_the_command_encrypts_anew_and_names_what_no_key_reads(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
    keep(database, NameKeys([OLD]), 2)
    made = CliRunner().invoke(tongdai, ["key", "new"]).stdout.strip()
    monkeypatch.setenv("TONGDAI_DATA_KEY", f"{made}, {OLD}")
    done = CliRunner().invoke(tongdai, ["key", "rotate"])
    assert (done.exit_code, "2 họ tên" in done.output) == (0, True)
    assert read(database, NameKeys([made]), 2) == f"{NAME} 2"
    monkeypatch.setenv("TONGDAI_DATA_KEY", NEW)
    lost = CliRunner().invoke(tongdai, ["key", "rotate"])
    assert (lost.exit_code, "2 họ tên không đọc được" in lost.output) == (1, True)


def test_production_takes_neither_the_key_everybody_knows_nor_a_half_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from logbook.settings.environment import DEMO_DATA_KEY, read_environment
    from logbook.settings.errors import SettingsError

    known = {"TONGDAI_MODE": "production", "TONGDAI_PUBLIC_URL": "https://a.example"}
    for key in (DEMO_DATA_KEY, f"{NEW} {DEMO_DATA_KEY}", NEW[:-3], "x"):
        with pytest.raises(SettingsError, match="TONGDAI_DATA_KEY"):
            read_environment({**known, "TONGDAI_DATA_KEY": key})
