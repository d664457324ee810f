"""What a person reads when a command cannot work here: one sentence, never a traceback (B-22)."""

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.cli import COMMANDS, main
from scheduler.__main__ import main as scheduler_main
from tests.frozen import CONFIG

ARGUMENTS = {
    "prompts": ["check"],
    "db": ["status"],
    "import": ["dossiers", str(CONFIG)],
    "index": ["2026-11"],
    "allowance": ["2026-11"],
    "tokens": ["new"],
    "api": ["list"],
    "quota": ["2026-11"],
    "report": ["2026-11"],
    "demo": ["remove"],
    "key": ["rotate"],
    "close": ["bão"],
    "user": ["list"],
    "upgrade": [str(CONFIG)],
    "restore": ["/nowhere/copy.db", "--yes"],
    "call": ["--keys", "1"],
    "phone": ["0258.3842.100"],
    "line": ["check"],
    "fallback": ["import", "."],
    "province": ["figures", "2026-11"],
    "office": ["list"],
}
NEEDS_NO_BOOK = {
    *("upgrade", "setup", "check", "line", "calendar", "flow", "call", "phone", "scheduler", "instruments"),
    "office",
}
"""They work without the database, or speak to the running program, which is not there in these tests."""


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("TONGDAI_", "TWILIO_", "SECRET_KEY"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TONGDAI_CONFIG", str(CONFIG))
    monkeypatch.setenv("PORT", "9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.chdir(tmp_path)


def said_by(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """Run `tongdai COMMAND` in this process; its exit status and what it wrote to standard error."""
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["tongdai", command, *ARGUMENTS.get(command, [])])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr().err


def a_file(folder: Path) -> Path:
    file = folder / "a file"
    file.write_text("x", "utf-8")
    return file


def no_database(folder: Path) -> Path:
    data = folder / "scribble"
    data.mkdir()
    (data / "tongdai.db").write_bytes(b"not a database, but long enough to be looked at " * 40)
    return data


def a_folder_for_a_file(folder: Path) -> Path:
    data = folder / "folders"
    (data / "tongdai.db").mkdir(parents=True)
    return data


TROUBLES: dict[str, Callable[[Path], Path]] = {
    "the data folder is a file": a_file,
    "the data folder cannot be made": lambda folder: a_file(folder) / "below" / "it",
    "the machine lets nobody make it": lambda _folder: Path("/proc/tongdai"),
    "the book is no database": no_database,
    "the book is a folder": a_folder_for_a_file,
    "the path is too long": lambda folder: folder / ("x" * 300),
}


@pytest.mark.row("B-22")
@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_data_folder_that_cannot_be_used_is_one_vietnamese_sentence_for_every_command(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = TROUBLES[trouble](tmp_path)
    monkeypatch.setenv("TONGDAI_DATA", str(data))
    wrong = {}
    for command in COMMANDS:
        if command in NEEDS_NO_BOOK:
            continue
        code, said = said_by(command, monkeypatch, capsys)
        lines = said.strip().splitlines()
        good = code not in (0, None) and len(lines) == 1 and re.search(r"[àáảãạăâđêôơưộịọởừ]", said)
        if not good or "Traceback" in said:
            wrong[command] = (code, said)
    assert wrong == {}


@pytest.mark.row("B-22")
@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
def test_the_scheduler_says_it_in_a_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    for data, word in ((a_file(tmp_path), "tệp"), (no_database(tmp_path), "không phải là cơ sở dữ liệu")):
        monkeypatch.setenv("TONGDAI_DATA", str(data))
        assert scheduler_main() == 1
        said = capsys.readouterr().err
        assert word in said
        assert len(said.strip().splitlines()) == 1


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.row("B-22")
@pytest.mark.row("F-18")
def test_settings_that_cannot_be_used_stop_every_command_with_file_key_and_line(
    tmp_path: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever starts the wrong command first hears the same as from `tongdai check`."""
    monkeypatch.setenv("PORT", str(taken_port))  # so that no server would stay, should one be started
    file = tmp_path / "office.yaml"
    file.write_text(CONFIG.read_text("utf-8").replace("language: vi", "language: fr"), "utf-8")
    monkeypatch.setenv("TONGDAI_CONFIG", str(file))
    line = next(n for n, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "language: fr" in text)
    wrong = {}
    for command in COMMANDS:
        if command == "scheduler":  # becomes another process
            continue
        if command in ("flow", "setup", "office"):  # of no office: the dialogue, what makes offices
            continue
        code, said = said_by(command, monkeypatch, capsys)
        if code != 2 or f"office.yaml:{line}: line.language\n" not in said or "Traceback" in said:
            wrong[command] = (code, said)
    assert wrong == {}
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert scheduler_main() == 2
    assert "line.language" in capsys.readouterr().err


@pytest.mark.row("B-22")
def test_a_port_that_is_taken_or_not_ours_is_said_with_the_way_out(
    taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ivr.running.port.TAKEN_SECONDS", 0.1)
    for command in ("serve", "voice", "web"):
        monkeypatch.setenv("PORT", str(taken_port))
        code, said = said_by(command, monkeypatch, capsys)
        assert (code, f"PORT={taken_port + 1}" in said, "đang có chương trình khác dùng" in said) == (
            1,
            True,
            True,
        )
    monkeypatch.setenv("TONGDAI_HOST", "192.0.2.77")
    code, said = said_by("web", monkeypatch, capsys)
    assert (code, "TONGDAI_HOST" in said) == (1, True)


@pytest.mark.row("B-22")
def test_a_low_port_without_rights_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    from click import ClickException

    from ivr.running.port import demand_port

    def refuse(_self: socket.socket, _address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(ClickException, match=r"không có quyền .*PORT=8000"):
        demand_port("127.0.0.1", 80)


@pytest.mark.row("B-22")
def test_a_folder_nobody_may_write_in_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = str(tmp_path / "closed")

    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))  # as for anybody but root

    monkeypatch.setenv("TONGDAI_DATA", closed)
    monkeypatch.setattr(Path, "mkdir", refuse)
    code, said = said_by("web", monkeypatch, capsys)
    assert (code, said) == (1, f"Lỗi: Không dùng được {closed}: không có quyền.\n")


@pytest.mark.row("B-22")
def test_a_copy_goes_nowhere_it_cannot_be_written(
    tmp_path: Path,
    migrated_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "var"
    data.mkdir()
    shutil.copyfile(migrated_file, data / "tongdai.db")
    monkeypatch.setenv("TONGDAI_DATA", str(data))
    monkeypatch.setitem(ARGUMENTS, "backup", ["--to", str(a_file(tmp_path) / "usb")])
    code, said = said_by("backup", monkeypatch, capsys)
    assert (code, len(said.strip().splitlines())) == (1, 1)
    assert "Traceback" not in said


def test_a_mistake_of_the_program_itself_is_not_hidden() -> None:
    from logbook.database.trouble import sentence

    assert sentence(ValueError("x")) is None
