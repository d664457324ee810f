"""A province from nothing: offices, their confirmed month, who may see it, and one that is called."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from ivr.cli import tongdai
from ivr.commands.offices import moving
from ivr.offices.cells import Cells
from ivr.offices.dispatcher import Dispatcher
from ivr.offices.opening import opens
from ivr.province_app import Province
from logbook.clock import Clock
from logbook.dossiers.months import Month
from logbook.offices.environment import settings_of
from logbook.offices.register import OfficeRegister, read_offices
from logbook.texts.catalogue import load_texts
from tests.caller import Caller
from tests.ivr.offices.house import EveryHost
from tests.logbook.offices.made import make_installation

MACHINE = {"TONGDAI_MODE": "demo"}
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("TONGDAI_", "TWILIO_", "SECRET_KEY"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(moving, "LETS_GO_SECONDS", 0.0)
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    with patch.dict(os.environ):
        result = CliRunner().invoke(tongdai, ["--installation", str(folder), *arguments])
    return result.exit_code, result.output + str(result.exception or "")


@pytest.mark.proof
@pytest.mark.row("T-23")
def test_a_province_in_which_one_moves_one_is_restored_one_upgraded_and_one_is_corrupt(home: Path) -> None:
    folder, other = home / "tỉnh", make_installation(home / "khác", (), address="https://khac.example")
    status, said = run(folder, "province", "sample", "--offices", "5", "--address", ADDRESS)
    assert status == 0, said
    assert "call --to" in said
    offices = read_offices(folder)
    moved, restored, upgraded, corrupt, calls = offices.entries.values()
    register = OfficeRegister(folder)
    cells = Cells(register, opens(MACHINE, ("voice", "web")), 10)
    dispatcher = Dispatcher(register, cells, load_texts()["vi"], Province(register, MACHINE))

    settings = settings_of(calls, MACHINE)
    caller = Caller(
        dispatcher,
        settings.auth_token.get_secret_value(),
        called=calls.number,
        account_sid=settings.account_sid,
        public_url=calls.public_url,
        transport=EveryHost(dispatcher),
    ).dial()
    assert run(folder, "backup", "--all")[0] == 0
    (backup,) = (restored.folder / "var" / "backups").glob("*.db")
    assert run(folder, "office", "move", moved.code, "--to", str(other))[0] == 0
    assert run(folder, "--office", restored.code, "restore", str(backup), "--yes")[0] == 0
    (upgraded.folder / "var" / "tongdai.db").rename(upgraded.folder / "var" / "aside.db")
    (corrupt.folder / "var" / "tongdai.db").write_bytes(b"no database at all" * 400)
    status, said = run(folder, "db", "upgrade", "--all")
    assert (status, "Xong 3/4 đơn vị." in said, f"Chưa xong: {corrupt.code}" in said) == (1, True, True), said
    status, said = run(other, "db", "upgrade", "--all")
    assert (status, "Xong 1/1 đơn vị." in said) == (0, True), said
    caller.press("4").press("5").hang_up()
    assert len(json.loads(run(folder, "--office", calls.code, "calls", "--json", "--most", "1")[1])) > 0
    assert run(other, "--office", moved.code, "verify")[0] == 0

    month = str(Month.of(Clock().now()).plus(-1))
    browser = Client(dispatcher)
    login, password = (folder / "province" / "demo-account.txt").read_text("utf-8").split()
    page = browser.get(f"{ADDRESS}/console/sign-in").get_data(as_text=True)
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    form = {"login": login, "password": password, "form_token": token}
    assert browser.post(f"{ADDRESS}/console/sign-in", data=form).status_code == 303
    shown = browser.get(f"{ADDRESS}/console/?month={month}").get_data(as_text=True)
    assert "5/5 đơn vị đã xác nhận báo cáo tháng." in shown
    assert shown.count("Báo cáo số 1, xác nhận") == 5
    cells.close()


def test_a_number_of_nobody_is_said_before_anything_is_called(home: Path, migrated_file: Path) -> None:
    folder = make_installation(home / "tỉnh", book=migrated_file)
    status, said = run(folder, "call", "--to", "0258.9999.999", "--keys", "1")
    assert (status, "không phải là số của đơn vị nào" in said) == (2, True), said
    with patch.dict(os.environ):
        alone = CliRunner().invoke(tongdai, ["call", "--to", "0258.9999.999", "--keys", "1"])
    assert (alone.exit_code, "0258.3842.102" in alone.output) == (2, True)


def test_a_file_sent_to_the_province_is_taken_in_or_refused_with_its_reason(home: Path) -> None:
    from logbook.province import signed
    from tests.logbook.province.made import document, seed

    folder = make_installation(home / "tỉnh", ())
    one = document(month="2026-10")
    file = home / one.file_name
    file.write_text(one.as_text(), "utf-8")
    status, said = run(folder, "province", "collect", str(file))
    assert (status, "Tỉnh không theo dõi đơn vị" in said) == (1, True), said
    key = signed.public_key(seed("22504"))
    status, said = run(folder, "province", "trust", "22504", key, "--since", "2026-01")
    assert (status, "Xã Đại Lãnh (22504)" in said) == (0, True), said
    assert "đã nhận" in run(folder, "province", "collect", str(file))[1]
    assert "đã có từ trước" in run(folder, "province", "collect", str(file))[1]
    file.write_text(one.as_text().replace('"report": 17', '"report": 18'), "utf-8")
    assert "Chữ ký không khớp" in run(folder, "province", "collect", str(file))[1]
    assert json.loads(run(folder, "province", "status", "2026-10", "--json")[1])["confirmed"] == ["22504"]
    for wrong in (("99999", key), ("22504", "xx"), ("22504", key, "--since", "2026")):
        assert run(folder, "province", "trust", *wrong)[0] == 1, wrong
    for command in (("status", "11/2026"), ("figures", "11"), ("trust", "22504", key, "--since", "2026")):
        status, said = run(folder, "province", *command)
        assert (status, "Tháng phải viết như 2026-11." in said) == (1, True), (command, said)
