"""Offices of an installation are added, listed, exported, moved and removed; nothing is ever deleted."""

from __future__ import annotations

import json
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from ivr.cli import tongdai
from ivr.commands.offices import books, moving
from logbook.database import heartbeats
from logbook.database.engine import Database
from logbook.offices.register import read_offices
from tests.logbook.offices.made import CODES, make_installation

FIRST, SECOND, THIRD = CODES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("TWILIO_AUTH_TOKEN", "TONGDAI_DATA", "SECRET_KEY"):
        monkeypatch.setenv(name, "")
    monkeypatch.delenv("TONGDAI_CONFIG", raising=False)
    monkeypatch.setattr(moving, "LETS_GO_SECONDS", 0.0)
    return make_installation(tmp_path / "tỉnh", book=migrated_file)


def run(folder: Path, *arguments: str, given: str = "") -> tuple[int, str]:
    with patch.dict(os.environ):
        result = CliRunner().invoke(tongdai, ["--installation", str(folder), *arguments], input=given)
    return result.exit_code, result.output + str(result.exception or "")


def test_a_commune_is_added_by_its_code_or_name_with_a_book_and_secrets_of_its_own(folder: Path) -> None:
    status, said = run(folder, "office", "add", "22489", "--number", "0258.3840.001")
    assert status == 0, said
    assert "Đã thêm Ủy ban nhân dân xã Vạn Ninh (22489)" in said
    status, said = run(folder, "office", "add", "Phường Nha Trang", "--number", "0258 3840 002")
    assert status == 0, said
    found = read_offices(folder)
    assert [found.entries[one].number for one in ("22489", "22366")] == ["+842583840001", "+842583840002"]
    places = [folder / "offices" / one for one in ("22489", "22366")]
    secrets = [(place / "tongdai.env").read_text("utf-8") for place in places]
    assert secrets[0] != secrets[1]
    assert [oct((place / "tongdai.env").stat().st_mode)[-3:] for place in places] == ["600", "600"]
    assert 'agency: "Ủy ban nhân dân xã Vạn Ninh"' in (places[0] / "config.yaml").read_text("utf-8")
    status, said = run(folder, "province", "status", "2099-12", "--json")
    assert json.loads(said)["missing"] == ["22366", "22489"], said


def test_nothing_is_overwritten_and_what_cannot_be_is_said(folder: Path) -> None:
    before = {str(file) for file in folder.rglob("*")}
    tries = {
        ("22504", "0258.3840.001"): "Đơn vị 22504 đã có",
        ("99999", "0258.3840.001"): "mang mã 99999",
        ("Không Đâu", "0258.3840.001"): "Không tìm thấy",
        ("Tân", "0258.3840.001"): "Có nhiều nơi",
        ("22489", "12"): "number",
        ("22489", "0258.0022.504"): "đã là của 22504",
    }
    for (commune, number), expected in tries.items():
        status, said = run(folder, "office", "add", commune, "--number", number)
        assert (status != 0, expected in said) == (True, True), (commune, number, said)
    assert {str(file) for file in folder.rglob("*")} == before


def test_offices_are_listed_with_those_whose_file_is_wrong(folder: Path) -> None:
    status, said = run(folder, "office", "list")
    assert (status, "3 đơn vị" in said) == (0, True), said
    (folder / "offices" / SECOND / "office.yaml").write_text("name: x\n", "utf-8")
    status, said = run(folder, "office", "list", "--json")
    assert status == 1
    assert [json.loads(line)["code"] for line in said.splitlines() if line.startswith("{")] == [FIRST, THIRD]
    assert f"{SECOND}  LỖI" in said


def test_an_office_moves_whole_and_its_old_folder_is_kept(folder: Path, tmp_path: Path) -> None:
    target = make_installation(tmp_path / "tỉnh khác", (), address="https://khac.example")
    status, said = run(folder, "office", "move", FIRST, "--to", str(target))
    assert status == 0, said
    assert "Lịch sử các phiếu và nhật ký còn nguyên vẹn" in said
    assert (list(read_offices(folder).entries), list(read_offices(target).entries)) == (
        [SECOND, THIRD],
        [FIRST],
    )
    assert not read_offices(target).entries[FIRST].paused
    (kept,) = (folder / "archive").iterdir()
    assert (kept / "var" / "tongdai.db").is_file()
    moved = target / "offices" / FIRST
    for name in ("config.yaml", "tongdai.env"):
        assert (moved / name).read_bytes() == (kept / name).read_bytes()
    database = Database(f"sqlite:///{moved / 'var' / 'tongdai.db'}")
    assert database.at_head()
    database.close()


def test_an_office_that_cannot_move_stays_and_answers(folder: Path, tmp_path: Path) -> None:
    (folder / "offices" / FIRST / "var" / "tongdai.db").write_bytes(b"no database at all" * 400)
    target = make_installation(tmp_path / "tỉnh khác", (SECOND,), address="https://khac.example")
    why = {
        FIRST: "Không sao chép được sổ",
        SECOND: "Nơi nhận đã có đơn vị",
        THIRD: "không phải là thư mục cài đặt",
    }
    for code, where in ((FIRST, target), (SECOND, target), (THIRD, tmp_path)):
        status, said = run(folder, "office", "move", code, "--to", str(where))
        assert (status, why[code] in said) == (1, True), said
    status, said = run(folder, "office", "export", FIRST, "--to", str(tmp_path / "ra"))
    assert (status, why[FIRST] in said) == (1, True), said
    found = read_offices(folder)
    assert [(one.code, one.paused) for one in found] == [(code, False) for code in CODES]
    assert list(read_offices(target).entries) == [SECOND]
    assert not [one for one in (target / "offices").iterdir() if one.name.startswith(".")]


def test_an_office_whose_book_is_written_while_it_is_copied_stays_as_it_was(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who asked before the pause is answered after it: what he was told must not be left behind."""
    checked = books._checked

    def checked_late(copy: str) -> tuple[int, int]:
        database = Database(f"sqlite:///{folder / 'offices' / FIRST / 'var' / 'tongdai.db'}")
        with database.writing() as conn:
            heartbeats.beat(conn, copy[-20:], datetime(2026, 11, 25, tzinfo=UTC))
        database.close()
        return checked(copy)

    monkeypatch.setattr(books, "_checked", checked_late)
    target = make_installation(tmp_path / "tỉnh khác", (), address="https://khac.example")
    for paused in (False, True):
        moving.pause(folder / "offices" / FIRST, paused=paused)
        status, said = run(folder, "office", "move", FIRST, "--to", str(target))
        assert (status, "đang ghi dở vào sổ" in said) == (1, True), said
        assert read_offices(folder).entries[FIRST].paused is paused
    assert list((target / "offices").iterdir()) == []


def test_an_office_is_exported_with_a_book_of_one_moment(folder: Path, tmp_path: Path) -> None:
    status, said = run(folder, "office", "export", FIRST, "--to", str(tmp_path / "ra"))
    assert status == 0, said
    (file,) = (tmp_path / "ra").iterdir()
    with tarfile.open(file) as tar:
        names = set(tar.getnames())
    assert {
        f"{FIRST}/{one}" for one in ("config.yaml", "office.yaml", "tongdai.env", "var/tongdai.db")
    } <= names
    assert oct(file.stat().st_mode)[-3:] == "600"


def test_an_exported_office_is_brought_back_by_unpacking_it_into_an_installation(
    folder: Path, tmp_path: Path
) -> None:
    assert run(folder, "office", "export", FIRST, "--to", str(tmp_path / "ra"))[0] == 0
    (file,) = (tmp_path / "ra").iterdir()
    there = make_installation(tmp_path / "mới", (), address="https://moi.example")
    (there / "offices").mkdir(exist_ok=True)
    with tarfile.open(file) as tar:
        tar.extractall(there / "offices", filter="tar")
    assert run(there, "office", "list")[0] == 0
    assert list(read_offices(there).entries) == [FIRST]
    status, said = run(there, "--office", FIRST, "verify")
    assert status == 0, said
    for one in ("tongdai.env", "var"):
        before, after = ((place / "offices" / FIRST / one).stat().st_mode for place in (folder, there))
        assert after & ~before == 0, f"{one}: more may read it than before"


def test_an_office_is_removed_without_deleting_anything(folder: Path) -> None:
    assert run(folder, "office", "remove", FIRST)[0] == 1  # nobody said yes
    status, said = run(folder, "office", "remove", FIRST, "--yes")
    assert (status, "Không xóa gì" in said) == (0, True), said
    assert list(read_offices(folder).entries) == [SECOND, THIRD]
    (kept,) = (folder / "archive").iterdir()
    assert {one.name for one in kept.iterdir()} >= {"config.yaml", "office.yaml", "tongdai.env", "var"}


def test_one_corrupt_book_is_named_and_the_others_go_on(folder: Path) -> None:
    (folder / "offices" / SECOND / "var" / "tongdai.db").write_bytes(b"no database at all" * 400)
    (folder / "offices" / THIRD / "var" / "tongdai.db").unlink()  # an office that never had a book
    for command in (("db", "upgrade"), ("backup",), ("check",)):
        status, said = run(folder, *command, "--all", "--json")
        found = {one["code"]: one["is_done"] for one in map(json.loads, said.splitlines()[:3])}
        assert (status, found) == (1, {FIRST: True, SECOND: False, THIRD: True}), (command, said)
    status, said = run(folder, "db", "upgrade", "--all")
    assert (status, "Xong 2/3 đơn vị." in said, f"Chưa xong: {SECOND}" in said) == (1, True, True), said


def test_without_an_installation_the_commands_say_what_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TONGDAI_INSTALLATION", raising=False)
    for command in (("office", "list"), ("db", "upgrade", "--all"), ("province", "collect")):
        with patch.dict(os.environ):
            result = CliRunner().invoke(tongdai, command)
        assert (result.exit_code, "--installation" in result.output) == (1, True), command
    assert run(tmp_path, "office", "list")[0] == 1
