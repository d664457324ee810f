"""The calls page says how the office's own line stands, where there is one."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from logbook.installation import Installation
from logbook.sending import own_line_state
from tests.logbook.console.conftest import SignIn


@pytest.fixture
def installation(installation: Installation) -> Installation:
    settings = installation.settings
    assert settings.line.asterisk is not None
    people = tuple(person.id for person in settings.duty.people[:2])
    exchange = settings.line.asterisk.model_copy(update={"telephones": people})
    line = settings.line.model_copy(update={"carrier": "asterisk", "asterisk": exchange})
    return dataclasses.replace(installation, settings=dataclasses.replace(settings, line=line))


@pytest.mark.row("F-24")
def test_a_clerk_sees_whether_citizens_reach_the_line_and_whose_telephone_is_off(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    here, away = installation.settings.duty.people[:2]

    def seen(minutes: float, *, registered: bool) -> str:
        with installation.database.writing() as conn:
            at = datetime.now(UTC) - timedelta(minutes=minutes)
            own_line_state.write(conn, at, True, registered, 2, 38, [here.id])
        return clerk.get("/console/calls").text

    assert "Chương trình đường dây không hoạt động" in clerk.get("/console/calls").text  # it never ran
    well = seen(0, registered=True)
    assert "Đường dây thông" in well
    assert "đang có 2 cuộc gọi" in well
    assert "38 ms" in well
    assert f"Điện thoại bàn chưa đăng ký: {away.name}" in well
    assert "Chưa nối được với nhà mạng" in seen(0, registered=False)
    silent = seen(3, registered=True)
    assert "Chương trình đường dây không hoạt động" in silent
    assert "cuộc gọi ·" not in silent


def test_an_office_with_a_provider_sees_nothing_of_it(signed_in: SignIn, installation: Installation) -> None:
    object.__setattr__(installation.settings.line, "carrier", "twilio")
    assert "own-line" not in signed_in("clerk").get("/console/calls").text
