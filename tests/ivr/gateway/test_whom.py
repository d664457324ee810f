"""Who may be rung: the people of the settings and citizens who are owed a call, and nobody else (T-25)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ivr.gateway.whom import CallCeiling, NotToBeRungError, TooManyCallsError, TrunkLines, WhomToRing
from tests.conftest import NOW
from tests.ivr.gateway.equipment import own_settings

OWED = "+84987654321"
NEVER = (
    *("1900 1234", "1800 1166", "069 123456", "113", "114", "115", "1080", "+1 415 555 2671", "+85512345678"),
    *("0912345678", "+84912345678", "02583842102", "anonymous", "", "sip:x@example.com", "0258.3842.999"),
    *("0912;345678", "0912345678&PJSIP/x", "${EXTEN}", "tel-an", "PJSIP/0912345678@trunk", "00841234"),
)


@pytest.mark.row("T-25")
def test_only_people_of_the_settings_and_citizens_who_are_owed_a_call_are_rung(tmp_path: Path) -> None:
    settings, own = own_settings(tmp_path, telephones=["an"] if _has(tmp_path, "an") else [])
    whom = WhomToRing(settings, own, lambda number: number == OWED)
    staff = [person.number for person in settings.duty.people]
    staff += [official.number for official in settings.notifications.officials]
    for number in {*staff, OWED}:
        made = whom.endpoint(number)
        assert made.name == f"PJSIP/0{number.removeprefix('+84')}@trunk" or made.name.startswith("PJSIP/tel-")
    wrong = []
    for number in NEVER:
        try:
            wrong.append((number, whom.endpoint(number)))
        except NotToBeRungError:
            continue
    assert wrong == []


def _has(folder: Path, identity: str) -> bool:
    settings, _ = own_settings(folder)
    return any(person.id == identity for person in settings.duty.people)


def test_somebody_with_a_telephone_on_the_desk_takes_no_line_of_the_carrier(tmp_path: Path) -> None:
    settings, _ = own_settings(tmp_path)
    person = settings.duty.people[0]
    settings, own = own_settings(tmp_path, telephones=[person.id])
    found = WhomToRing(settings, own, lambda _: False).endpoint(person.number)
    assert (found.name, found.over_trunk) == (f"PJSIP/tel-{person.id}", False)


@pytest.mark.row("T-25")
def test_the_ceiling_of_placed_calls_is_kept_on_disk_and_counts_hours_and_days(tmp_path: Path) -> None:
    file, now = tmp_path / "line" / "placed.json", NOW
    CallCeiling(file, 2, 3).spend(now)
    CallCeiling(file, 2, 3).spend(now)  # another process
    with pytest.raises(TooManyCallsError):
        CallCeiling(file, 2, 3).spend(now + timedelta(minutes=59))
    CallCeiling(file, 2, 3).spend(now + timedelta(minutes=61))
    with pytest.raises(TooManyCallsError):
        CallCeiling(file, 2, 3).spend(now + timedelta(hours=5))
    CallCeiling(file, 2, 3).spend(now + timedelta(hours=25))
    file.write_text("not a count", "ascii")
    with pytest.raises(TooManyCallsError):  # what cannot be counted is not placed
        CallCeiling(file, 2, 3).spend(now + timedelta(days=9))


def test_our_own_calls_leave_the_last_line_to_callers() -> None:
    lines = TrunkLines(3, 1)
    lines.come_in()
    assert lines.take()
    assert not lines.take()  # the third one is for a caller
    assert lines.take(for_caller=True)
    lines.free()
    lines.free()
    assert lines.take()
