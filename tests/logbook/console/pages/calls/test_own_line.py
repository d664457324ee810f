"""The calls page says how the office's own line stands, where there is one."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from logbook.calls.quality import CallQuality, note
from logbook.database.tables import calls
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


@pytest.mark.row("F-24")
def test_a_call_that_was_heard_poorly_says_so_where_a_clerk_looks(
    installation: Installation, signed_in: SignIn
) -> None:
    heard = {"well": CallQuality(1000, 1, 0, 4), "badly": CallQuality(900, 80, 20, 70)}
    with installation.database.writing() as conn:
        for name, quality in heard.items():
            call = {"sid": name, "direction": "inbound", "caller_raw": "0912345678", "called": "1"}
            state = {"status": "completed", "place": "{}", "turn": 0, "time_shift": 0, "status_sequence": 0}
            at = {"language": "vi", "started_at": datetime.now(UTC)}
            conn.execute(insert(calls).values(**call, **state, **at))
            assert note(conn, name, quality)
            assert note(conn, name, quality)  # a call taken up again by another process
        assert not note(conn, "nobody", heard["well"])
        ids = {row.sid: row.id for row in conn.execute(select(calls.c.sid, calls.c.id))}
        own_line_state.write(conn, datetime.now(UTC), True, True, 0, 38, [])
    clerk = signed_in("clerk")
    page = clerk.get("/console/calls").text
    assert page.count("nghe kém</span>") == 2  # the call in the list, and among the latest calls
    assert "2 cuộc gọi gần nhất: thiếu 5,2 % tiếng" in page
    badly = clerk.get(f"/console/calls/{ids['badly']}").text
    assert "nghe kém" in badly
    assert "nhận 900 gói, mất 80, lệch nhịp 70 ms; đến trễ 20" in badly
    well = clerk.get(f"/console/calls/{ids['well']}").text
    assert "nghe rõ" in well
