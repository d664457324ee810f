"""The generated configuration: the same bytes each time, nothing open that need not be, no way out."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from ivr.gateway import exchange_files, fallback
from ivr.gateway.dialplan import FallbackCalendar
from logbook.calendar.of_settings import working_times
from logbook.settings.errors import SettingsError
from tests.ivr.gateway.equipment import own_settings

MONDAY = date(2026, 11, 23)
TRUNKS: dict[str, dict[str, object]] = {
    "register": {"kind": "register", "host": "sip.example.vn", "user": "842583842102"},
    "address": {"kind": "address", "host": "203.0.113.7", "user": ""},
    "box": {"kind": "box", "host": "192.168.1.20", "user": "", "lines": 1, "kept_for_callers": 0},
    "pbx": {"kind": "pbx", "host": "192.168.1.2", "user": "8102"},
}
COMMON: dict[str, object] = {"codecs": ["alaw"], "lines": 4, "kept_for_callers": 1}


def files(folder: Path, kind: str, **more: object) -> dict[str, str]:
    settings, own = own_settings(folder, trunk=COMMON | TRUNKS[kind], **more)
    return exchange_files.generate(settings, own, fallback.calendar(working_times(settings), MONDAY))


def test_the_same_settings_give_the_same_bytes_and_each_kind_of_trunk_its_own(tmp_path: Path) -> None:
    made = {kind: files(tmp_path, kind) for kind in TRUNKS}
    assert made["register"] == files(tmp_path, "register")
    for kind, trunk in TRUNKS.items():
        sip = made[kind]["pjsip.conf"]
        assert f"contact=sip:{trunk['host']}\n" in sip
        assert ("type=registration" in sip) == (kind in {"register", "pbx"})
        assert f"match={trunk['host']}\n" in sip
        assert all(text.startswith("; Do tongdai") for text in made[kind].values())


@pytest.mark.row("T-25")
def test_nothing_listens_that_need_not_and_no_text_of_a_caller_reaches_dial(tmp_path: Path) -> None:
    settings, _ = own_settings(tmp_path)
    made = files(tmp_path, "address", telephones=[settings.duty.people[0].id])
    modules = made["modules.conf"]
    assert "autoload=no" in modules
    assert not re.search(r"http|ari|cli|system|chan_(?!pjsip)|anonymous|app_exec|res_stasis", modules)
    assert "bind=192.168.1.10:5060" in made["pjsip.conf"]
    assert made["pjsip.conf"].count("media_address=192.168.1.10") == 2
    assert "anonymous" not in made["pjsip.conf"]
    assert "bindaddr=127.0.0.1" in made["manager.conf"]
    assert re.search(r"write=originate,reporting\n", made["manager.conf"])
    plan = made["extensions.conf"]
    assert "[nowhere]\n\n" in plan
    for line in plan.splitlines():
        if "Dial(" in line or "System(" in line:
            assert "${" not in line
        for variable in re.findall(r"\$\{CALLERID[^}]*\}", line):
            assert f"FILTER(0-9+,{variable})" in line


@pytest.mark.row("T-25")
def test_hostile_settings_are_refused_or_never_leave_their_value(tmp_path: Path) -> None:
    for host in ("a;b", "a]b", "a\nb", "${X}", "a b", "a#b", "x" * 300):
        with pytest.raises(SettingsError):
            own_settings(tmp_path, trunk=COMMON | TRUNKS["register"] | {"host": host})
    for user in ("a;b", "a]b", "a\nb", "${X}", "a b"):
        with pytest.raises(SettingsError):
            own_settings(tmp_path, trunk=COMMON | TRUNKS["register"] | {"user": user})
    for address in ("8.8.8.8", "0.0.0.0", "::1", "x", ""):
        with pytest.raises(SettingsError):
            own_settings(tmp_path, local_address=address)
    with pytest.raises(SettingsError):
        own_settings(tmp_path, telephones=["nobody-of-that-name"])


@pytest.mark.row("000-12")
def test_the_fallback_rings_somebody_in_the_hours_of_the_line_only(tmp_path: Path) -> None:
    settings, _ = own_settings(tmp_path)
    calendar = fallback.calendar(working_times(settings), date(2026, 12, 28))
    assert date(2027, 1, 1) in calendar.days  # New Year's Day is a Friday without hours
    assert calendar.days[date(2027, 1, 1)] == ()
    assert isinstance(calendar, FallbackCalendar)
    if settings.duty.emergency_operator is None:
        return
    plan = files(tmp_path, "address")["extensions.conf"]
    ways = plan[plan.index("exten => ways,1") :].splitlines()
    order = [line for line in ways if "GotoIfTime" in line]
    assert order[-1].startswith(" same => n,GotoIfTime(14:00-16:29,fri,*,*,Asia/Ho_Chi_Minh?ring,1)")
