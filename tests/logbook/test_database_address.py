"""Whatever a folder is called and whatever a password holds: the database lies exactly there (B-21)."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import tongdai
from logbook.database.engine import Database
from logbook.database_address import of_file, servers, understood
from logbook.retention.backup_contents import surroundings
from logbook.settings.loading import load_settings
from tests.frozen import CONFIG

NAMES = (
    "what?x=1",
    "a#b",
    "a%20b",
    "a b",
    'it\'s "it"',
    "Đại Lãnh",
    "100%",
    "a&b=c;d",
    "file:x",
    "a\\b",
    "%3F",
)


@pytest.mark.row("B-21")
def test_the_book_lies_in_exactly_the_folder_that_was_named(tmp_path: Path) -> None:
    wrong = {}
    for name in NAMES:
        folder = tmp_path / name
        settings = load_settings({"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_DATA": f"{folder}/"})
        book = Database(settings.database_url)
        with book.reading() as conn:
            conn.exec_driver_sql("SELECT 1")
        book.close()
        if settings.data_folder != folder or not (folder / "tongdai.db").is_file():
            wrong[name] = sorted(str(path) for path in tmp_path.rglob("*.db"))
    assert wrong == {}
    assert len(list(tmp_path.iterdir())) == len(NAMES)


@pytest.mark.row("B-21")
def test_a_folder_may_be_relative_or_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for given, meant in (("sổ/var", tmp_path / "sổ/var"), ("~/var?", tmp_path / "home/var?")):
        settings = load_settings({"TONGDAI_CONFIG": str(CONFIG), "TONGDAI_DATA": given})
        assert settings.data_folder == meant
        assert understood(settings.database_url).database == str(meant / "tongdai.db")


@pytest.mark.row("B-21")
def test_copies_go_to_and_come_from_folders_of_any_name(
    tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, usb, config = tmp_path / "what?x=1#2", tmp_path / "đĩa ngoài %20?", tmp_path / "tệp?#.yaml"
    data.mkdir()
    shutil.copyfile(migrated_file, data / "tongdai.db")
    shutil.copyfile(CONFIG, config)
    for name in [name for name in os.environ if name.startswith("TONGDAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TONGDAI_DATA", str(data))
    monkeypatch.setenv("TONGDAI_CONFIG", str(config))
    copied = CliRunner().invoke(tongdai, ["backup", "--to", str(usb)])
    assert copied.exit_code == 0, copied.output
    copy = next(usb.glob("tongdai-*.db"))
    (data / "tongdai.db").unlink()
    restored = CliRunner().invoke(tongdai, ["restore", str(copy), "--yes"])
    assert restored.exit_code == 0, restored.output
    assert (data / "tongdai.db").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([data.name, usb.name, config.name])


@pytest.mark.row("B-21")
@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("p%40s%2Fs%3Aw%25", "p@s/s:w%"),
        ("p@s/s:w%", "p@s/s:w%"),
        ("a?b#c", "a?b#c"),
        ("mật khẩu", "mật khẩu"),
        ("", ""),
    ],
)
def test_a_password_of_postgresql_may_hold_any_sign(written: str, password: str) -> None:
    settings = load_settings(
        {
            "TONGDAI_CONFIG": str(CONFIG),
            "TONGDAI_DATABASE_URL": f"postgres://ng%C6%B0%E1%BB%9Di:{written}@db.lan:5433/sổ?sslmode=require",
        }
    )
    address = understood(settings.database_url)
    assert (address.username, address.password or "") == ("người", password)
    assert (address.host, address.port, address.database) == ("db.lan", 5433, "sổ")
    assert address.query == {"sslmode": "require"}
    assert Database(settings.database_url).url.password == address.password


def test_an_address_may_name_several_servers_and_finds_the_one_that_takes_writes() -> None:
    wrong = {}
    for written, hosts, ports, session in (
        ("u:p,@x@a:1,b:2/db", "a,b", "1,2", "read-write"),
        ("u:p@a,b/db?sslmode=require", "a,b", None, "read-write"),
        ("u:p@[::1]:5,b/db", "::1,b", "5,", "read-write"),
        ("u:p@a:1,b:2/db?target_session_attrs=any", "a,b", "1,2", "any"),
        ("u:p@/db?host=a:1&host=b:2", "a,b", "1,2", "read-write"),
        ("u:p@/db?host=/run/a,/run/b&port=1,2", "/run/a,/run/b", "1,2", "read-write"),
    ):
        parsed = understood(f"postgresql://{written}")
        found = tuple(parsed.query.get(one) for one in ("host", "port", "target_session_attrs"))
        again = understood(parsed.render_as_string(hide_password=False))
        each = [str(one.query["host"]) for one in servers(parsed)]
        if found != (hosts, ports, session) or again != parsed or each != hosts.split(","):
            wrong[written] = (found, each)
    assert wrong == {}
    assert servers(understood("postgresql://u@a:1/db")) == [understood("postgresql://u@a:1/db")]
    for refused in ("u@a:x,b:2/db", "u@,/db", "u@a:1:2,b/db"):
        with pytest.raises(ValueError, match="postgresql"):
            understood(f"postgresql://{refused}")


def test_the_programs_of_postgresql_are_told_of_both_servers_and_what_secures_the_way() -> None:
    told = surroundings(understood("postgresql://u:p@a:1,b:2/db?sslmode=verify-full&sslrootcert=/etc/ca.pem"))
    wanted = {
        "PGHOST": "a,b",
        "PGPORT": "1,2",
        "PGTARGETSESSIONATTRS": "read-write",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/etc/ca.pem",
    }
    assert {name: told.get(name) for name in wanted} == wanted


@pytest.mark.row("B-21")
def test_no_path_is_pasted_into_an_address_anywhere() -> None:
    rooms = (Path(__file__).parents[2] / room for room in ("ivr", "logbook", "scheduler", "bench"))
    pasted = [
        f"{file}:{number}"
        for room in rooms
        for file in room.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if 'f"sqlite:///{' in line or "'sqlite:///' +" in line or '"sqlite:///" +' in line
    ]
    assert [place for place in pasted if "/bench/__main__.py" not in place] == []


def test_an_address_made_of_a_path_leads_back_to_it() -> None:
    for name in NAMES:
        assert understood(of_file(Path("/srv") / name)).database == f"/srv/{name}"
