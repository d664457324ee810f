"""Which offices an installation has, and whose secrets each gets."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import NoReturn

import pytest

from logbook.offices.environment import (
    OURS,
    environment_of,
    installation_folder,
    settings_of,
)
from logbook.offices.register import OfficeRegister, Offices, read_offices
from logbook.settings import environment
from logbook.settings.environment import OF_MACHINE
from logbook.settings.errors import SettingsError
from tests.logbook.offices.made import CODES, add_office, host_of, make_installation, number_of

FIRST, SECOND, THIRD = CODES


@pytest.fixture
def offices(tmp_path: Path) -> Offices:
    return read_offices(make_installation(tmp_path, hosts={SECOND: "hai.khanhhoa.example"}))


def test_each_office_is_found_by_code_number_and_host(offices: Offices) -> None:
    assert [one.code for one in offices] == [*CODES]
    first, second = offices.entries[FIRST], offices.entries[SECOND]
    assert (first.public_url, first.path) == (f"https://{host_of(FIRST)}", f"/o/{FIRST}")
    assert offices.of_host(host_of(FIRST)) is first
    assert offices.of_host(host_of(SECOND)) is None, "it has one of its own"
    assert second.public_url == "https://hai.khanhhoa.example"
    for written in (
        number_of(FIRST),
        number_of(FIRST).replace("+84", "0"),
        number_of(FIRST).removeprefix("+"),
    ):
        assert offices.of_number(written) is first, written
    for host in ("hai.khanhhoa.example", "HAI.khanhhoa.example:443", "hai.khanhhoa.example."):
        assert offices.of_host(host) is second, host
    nowhere = (
        "",
        "khanhhoa.example",
        "hai.khanhhoa.example.evil.example",
        "\x00",
        "tongdai.khanhhoa.example",
    )
    assert [offices.of_host(host) for host in nowhere] == [None] * len(nowhere)
    assert [offices.of_number(said) for said in ("", "anonymous", "+84258999", "0912345678", "9" * 400)] == [
        None
    ] * 5


def test_an_installation_on_this_machine_has_its_offices_below_localhost(tmp_path: Path) -> None:
    offices = read_offices(make_installation(tmp_path, address="http://127.0.0.1:8000"))
    first = offices.entries[FIRST]
    assert first.public_url == f"http://{FIRST}.localhost:8000"
    assert offices.of_host(f"{FIRST}.localhost:8000") is first
    assert [
        offices.is_shared(host) for host in ("127.0.0.1:8000", "localhost", "[::1]:8000", "a.example")
    ] == [
        *(True, True, True),
        False,
    ]
    assert settings_of(first, {}).provider_url == f"http://127.0.0.1:8000/o/{FIRST}/provider"


def test_a_mistake_in_one_office_names_file_key_and_line_and_leaves_the_others(tmp_path: Path) -> None:
    folder = make_installation(tmp_path)
    wrong = {
        FIRST: 'name: "xã"\nnumber: "12"\n',
        SECOND: f'name: "xã"\nnumber: "{number_of(SECOND)}"\nhosst: a.example\n',
    }
    for code, text in wrong.items():
        (folder / "offices" / code / "office.yaml").write_text(text, "utf-8")
    (folder / "offices" / "99").mkdir()
    offices = read_offices(folder)
    assert [*offices.entries] == [THIRD]
    said = {code: str(problem) for code, problem in offices.broken.items()}
    assert f"{FIRST}/office.yaml:2: number" in said[FIRST]
    assert f"{SECOND}/office.yaml:3: hosst" in said[SECOND]
    assert "có phải ý bạn là host?" in said[SECOND]
    assert "không đọc được tệp" in said["99"]


def test_no_number_and_no_host_belongs_to_two_offices(tmp_path: Path) -> None:
    folder = make_installation(tmp_path, hosts={FIRST: "a.example", SECOND: "a.example"})
    again = folder / "offices" / THIRD / "office.yaml"
    again.write_text(f'name: "xã"\nnumber: "{number_of(FIRST)}"\nhost: tongdai.khanhhoa.example\n', "utf-8")
    offices = read_offices(folder)
    assert [*offices.entries] == [FIRST]
    assert f"host\n  vi: đã là của {FIRST}" in str(offices.broken[SECOND])
    assert f"number\n  vi: đã là của {FIRST}" in str(offices.broken[THIRD])
    assert "host\n  vi: đã là của installation.yaml" in str(offices.broken[THIRD])


def test_what_all_share_must_be_right(tmp_path: Path) -> None:
    folder = make_installation(tmp_path)
    wrong = {
        "": "tệp trống",
        'province: "tỉnh"\n': "public_address\n  vi: thiếu khóa này",
        'province: "tỉnh"\npublic_address: "https://a.example/b"\n': ":2: public_address\n  vi: chỉ gồm",
        'province: "tỉnh"\npublic_address: "https://a.example"\nmost_open: 1\n': ":3: most_open",
    }
    for text, sentence in wrong.items():
        (folder / "installation.yaml").write_text(text, "utf-8")
        with pytest.raises(SettingsError) as said:
            read_offices(folder)
        assert sentence in str(said.value), text


def test_an_office_gets_its_own_secrets_and_nobody_elses(tmp_path: Path) -> None:
    offices = read_offices(make_installation(tmp_path))
    (tmp_path / "offices" / SECOND / "tongdai.env").unlink()
    environ = {
        "TWILIO_AUTH_TOKEN": "token-of-nobody-in-particular",
        "SECRET_KEY": "key-of-nobody-in-particular",
        "TONGDAI_DATABASE_URL": "sqlite:////shared.db",
        "TONGDAI_DATA_KEY": "x",
        f"TWILIO_AUTH_TOKEN_{FIRST}": "token-out-of-the-environment",
        f"TONGDAI_DATABASE_URL_{THIRD}": "postgresql://u:p@db/third",
        f"TONGDAI_MODE_{THIRD}": "production",
        f"HOME_{FIRST}": "/nowhere",
        "TONGDAI_MODE": "demo",
        "TONGDAI_HOST": "0.0.0.0",
        "PORT": "8123",
    }
    first, second, third = (environment_of(one, environ) for one in offices)
    assert first["TWILIO_AUTH_TOKEN"] == "token-out-of-the-environment"
    assert second["TWILIO_AUTH_TOKEN"].endswith(SECOND)
    assert third["TWILIO_AUTH_TOKEN"] == f"token-of-office-{THIRD}-and-no-other"
    assert len({one["SECRET_KEY"] for one in (first, second, third)}) == 3
    assert "TONGDAI_DATABASE_URL" not in first
    assert third["TONGDAI_DATABASE_URL"] == "postgresql://u:p@db/third"
    assert (third["TONGDAI_MODE"], third["PORT"]) == ("demo", "8123")
    assert not {"TONGDAI_DATA_KEY", "HOME"} & (first.keys() | second.keys() | third.keys())
    assert first["TONGDAI_DATA"] == str(tmp_path / "offices" / FIRST / "var")


def test_every_variable_that_is_read_is_known_to_be_an_offices_or_the_machines() -> None:
    """A new secret that no office could have, or that all would share, is a mistake."""
    source = Path(environment.__file__).read_text("utf-8")
    read = set(re.findall(r'"((?:[A-Z]+_)+[A-Z]+)"', source)) | {"PORT"}
    assert {"TWILIO_AUTH_TOKEN", "ESMS_SECRET_KEY", "TONGDAI_DATA_KEY"} <= read
    lost = [name for name in read if f"TONGDAI_{name}" not in environment.VARIABLES]
    assert [name for name in lost if not name.startswith(OURS) and name not in OF_MACHINE] == []


def test_in_production_an_office_without_its_token_does_not_start(tmp_path: Path) -> None:
    """Neither the demonstration's values nor those without a code stand in."""
    first = read_offices(make_installation(tmp_path)).entries[FIRST]
    (first.folder / "tongdai.env").unlink()
    environ = {
        "TONGDAI_MODE": "production",
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "TWILIO_AUTH_TOKEN": "a-token-of-another-office",
        f"SECRET_KEY_{FIRST}": f"demo-secret-key-not-a-secret-{FIRST}",
    }
    with pytest.raises(SettingsError) as said:
        settings_of(first, environ)
    assert [problem.key for problem in said.value.problems] == [
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "SECRET_KEY",
    ]


def test_a_line_with_another_number_than_the_register_says_is_refused(tmp_path: Path) -> None:
    offices = read_offices(make_installation(tmp_path))
    first = offices.entries[FIRST]
    assert settings_of(first, {}).line.number == number_of(FIRST)
    config = first.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace(number_of(FIRST), number_of(SECOND)), "utf-8")
    with pytest.raises(SettingsError, match=r"line\.number"):
        settings_of(first, {})


def test_an_office_that_comes_or_goes_is_seen_without_a_restart(tmp_path: Path) -> None:
    moment = [0.0]
    register = OfficeRegister(make_installation(tmp_path, CODES[:2]), lambda: moment[0])
    add_office(tmp_path, THIRD)
    assert [*register.now().entries] == [*CODES[:2]]
    moment[0] = 2.0
    assert [*register.now().entries] == [*CODES]
    file = tmp_path / "offices" / FIRST / "office.yaml"
    file.write_text(file.read_text("utf-8") + "paused: true\n", "utf-8")
    moment[0] = 4.0
    assert register.now().entries[FIRST].paused
    (tmp_path / "installation.yaml").write_text("nonsense", "utf-8")
    moment[0] = 6.0
    assert [*register.now().entries] == [*CODES], "the offices stay as they were"


def test_a_folder_out_of_reach_for_a_moment_closes_no_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has no file left to open goes on with what it knows, and looks again."""
    register = OfficeRegister(make_installation(tmp_path))

    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as full:
        full.setattr("logbook.offices.register.os.scandir", refuse)
        register._looked = float("-inf")
        assert list(register.now().entries) == list(CODES)
    add_office(tmp_path, "22999")
    register._looked = float("-inf")
    assert "22999" in register.now().entries


def test_one_office_alone_has_no_installation(tmp_path: Path) -> None:
    assert installation_folder({}) is None
    assert installation_folder({"TONGDAI_INSTALLATION": "  "}) is None
    assert installation_folder({"TONGDAI_INSTALLATION": str(tmp_path)}) == tmp_path
    assert os.fspath(tmp_path)
