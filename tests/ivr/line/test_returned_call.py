"""A returned call from press to talk: our own provider rings the clerk, and the citizen after the one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ivr.line.hotline import Hotline
from ivr.phone.line import PhoneLine
from ivr.phone.parameters import new_sid
from ivr.phone.scripted import Action, ClerkAnswers, ClerkBusy, ClerkSilent, GoAway, PressAt, ScriptedLine
from ivr.phone.transport import WsgiTransport
from ivr.provider.files import Drawer
from ivr.provider.outbound import places_calls, willing_clerk
from logbook.accounts import accounts
from logbook.calls import callbacks, calls, returned_calls
from logbook.calls.callbacks import Callback
from logbook.calls.returned_calls import Limits
from logbook.database.tables import callbacks as table
from tests.caller import PUBLIC_URL
from tests.ivr.conftest import Provider, everything_in

CITIZEN, CLERK = "+84912345678", "+84905111111"
LIMITS = Limits(5, 10, frozenset())
SID = new_sid("CA")


@pytest.fixture
def calling(hotline: Hotline) -> Callback:
    """A callback whose first call has just been claimed."""
    return claimed(hotline, CITIZEN)


def claimed(hotline: Hotline, number: str) -> Callback:
    now = hotline.clock.now()
    with hotline.database.writing() as conn:
        person = accounts.add(
            conn, login="lan", name="Lan", role="clerk", password="correct horse battery", now=now
        )
        call = calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw=number,
            caller_number=number,
            called=hotline.settings.line.number,
            language="vi",
            place="{}",
            time_shift=0,
            now=now,
        )
        row = callbacks.owe(conn, call, "asked", number, now)
        returned_calls.want(conn, row.id, row.version, telephone=CLERK, person_id=person, now=now)
        (waiting,) = returned_calls.wanted(conn, 1)
        found = returned_calls.claim(conn, waiting, LIMITS, now)
    assert found is not None
    return found


def kept(hotline: Hotline, row: Callback) -> Callback:
    with hotline.database.reading() as conn:
        found = callbacks.find(conn, row.id)
    assert found is not None
    return found


def ask(provider: Provider, row: Callback, step: str = "", call: str = "1", **fields: str) -> TestResponse:
    sent = {"CallSid": SID, "CallStatus": "in-progress", "Direction": "outbound-api", **fields}
    return provider.post(f"/ivr/return/{row.id}{step}", sent, query=f"call={call}")


@pytest.fixture
def place(app: Flask, hotline: Hotline, calling: Callback, tmp_path: Path) -> Callable[..., ScriptedLine]:
    """Carries the call out with a clerk who does this, and returns the line."""

    def carried_out(*actions: Action) -> ScriptedLine:
        line = ScriptedLine(*actions)

        def pick_up() -> PhoneLine:
            return line

        places_calls(
            Drawer(tmp_path / "provider"),
            hotline.settings.auth_token.get_secret_value(),
            transport=WsgiTransport(app, PUBLIC_URL),
            pick_up=pick_up,
        )(
            {
                "AccountSid": hotline.settings.account_sid,
                "CallSid": SID,
                "From": hotline.settings.line.number,
                "To": CLERK,
                "Url": f"{PUBLIC_URL}/ivr/return/{calling.id}?call=1",
                "StatusCallback": f"{PUBLIC_URL}/ivr/return/{calling.id}/status?call=1",
                "Timeout": "25",
            }
        )
        return line

    return carried_out


def test_the_clerk_presses_one_talks_and_the_callback_is_settled(
    place: Callable[..., ScriptedLine], hotline: Hotline, calling: Callback, tmp_path: Path
) -> None:
    line = place(ClerkAnswers(0), PressAt("1"), ClerkAnswers(30))
    row = kept(hotline, calling)
    assert (row.state, row.last_result, row.tries, row.return_sid) == ("settled", "talked", 1, SID)
    assert line.rung == [CLERK, CITIZEN]
    assert "không chín một hai" in line.heard[0]
    assert "bấm phím một" in line.heard[0]
    placed = Drawer(tmp_path / "provider").get("Calls", SID)
    assert placed is not None
    assert placed["status"] == "completed"


@pytest.mark.parametrize(
    ("actions", "result", "tries", "rung"),
    [
        ((ClerkSilent(),), "clerk_absent", 0, [CLERK]),
        ((ClerkBusy(),), "clerk_absent", 0, [CLERK]),
        ((ClerkAnswers(0), GoAway()), "clerk_absent", 0, [CLERK]),
        ((ClerkAnswers(0), PressAt("2")), "clerk_absent", 0, [CLERK]),
        ((ClerkAnswers(0),), "clerk_absent", 0, [CLERK]),
        ((ClerkAnswers(0), PressAt("1"), ClerkBusy()), "busy", 1, [CLERK, CITIZEN]),
        ((ClerkAnswers(0), PressAt("1"), ClerkSilent()), "no_answer", 1, [CLERK, CITIZEN]),
    ],
)
def test_every_other_end_leaves_it_owed_and_rings_the_citizen_only_after_the_one(
    place: Callable[..., ScriptedLine],
    hotline: Hotline,
    calling: Callback,
    actions: tuple[Action, ...],
    result: str,
    tries: int,
    rung: list[str],
) -> None:
    line = place(*actions)
    row = kept(hotline, calling)
    assert (row.state, row.last_result, row.tries) == ("owed", result, tries)
    assert line.rung == rung


def test_the_talk_counts_although_the_clerk_hangs_up_and_the_status_comes_first(
    provider: Provider, hotline: Hotline, calling: Callback
) -> None:
    ask(provider, calling)
    assert f">{CITIZEN}</Number>" in ask(provider, calling, "/pressed", Digits="1").text
    assert ask(provider, calling, "/status", CallStatus="completed").status_code == 204
    assert kept(hotline, calling).state == "calling"
    ask(provider, calling, "/ended", CallStatus="completed", DialCallStatus="completed", DialCallDuration="9")
    assert kept(hotline, calling).state == "settled"


@pytest.mark.row("R3")
@pytest.mark.parametrize(("seconds", "result"), [("0", "no_answer"), ("2", "brief"), ("4.2", "talked")])
def test_a_citizens_voice_mail_box_settles_nothing(
    provider: Provider, hotline: Hotline, calling: Callback, seconds: str, result: str
) -> None:
    ask(provider, calling, "/pressed", Digits="1")
    ask(provider, calling, "/ended", DialCallStatus="completed", DialCallDuration=seconds)
    row = kept(hotline, calling)
    assert (row.last_result, row.settled_at is not None, row.tries) == (result, result == "talked", 1)


@pytest.mark.row("T-02")
@pytest.mark.row("T-13")
@pytest.mark.parametrize("call", ["0", "2", "", "x", "²", "99999999999999999999"])
def test_requests_of_another_call_ring_nobody_and_change_nothing(
    provider: Provider, hotline: Hotline, calling: Callback, call: str
) -> None:
    before = everything_in(hotline.database)
    for step in ("", "/pressed", "/ended", "/status"):
        answer = provider.post(
            f"/ivr/return/{calling.id}{step}",
            {"CallSid": SID, "CallStatus": "completed", "Digits": "1", "DialCallStatus": "busy"},
            query=urlencode({"call": call}),
        )
        assert answer.status_code in (200, 204)
        assert "<Dial" not in answer.text
    assert everything_in(hotline.database) == before


@pytest.mark.row("T-02")
def test_the_same_news_twice_counts_once(provider: Provider, hotline: Hotline, calling: Callback) -> None:
    ask(provider, calling, "/pressed", Digits="1")
    for _ in range(2):
        assert ask(provider, calling, "/ended", DialCallStatus="busy").status_code == 200
    assert kept(hotline, calling).tries == 1
    assert "<Dial" not in ask(provider, calling, "/pressed", Digits="1").text


@pytest.mark.row("T-13")
@pytest.mark.parametrize("number", ["+12025550123", "+8419001234"])
def test_a_number_that_became_forbidden_is_not_dialled(
    provider: Provider, hotline: Hotline, calling: Callback, number: str
) -> None:
    with hotline.database.writing() as conn:
        conn.execute(table.update().values(number=number))
    assert "<Dial" not in ask(provider, calling, "/pressed", Digits="1").text
    assert kept(hotline, calling).last_result == "refused"


@pytest.mark.row("T-01")
@pytest.mark.parametrize("step", ["", "/pressed", "/ended", "/status"])
def test_nobody_else_may_say_how_a_returned_call_went(
    provider: Provider, hotline: Hotline, calling: Callback, step: str
) -> None:
    before = everything_in(hotline.database)
    answer = provider.post(
        f"/ivr/return/{calling.id}{step}", {"CallSid": SID, "Digits": "1"}, query="call=1", signature="x"
    )
    assert answer.status_code == 403
    assert everything_in(hotline.database) == before


@pytest.mark.row("F-19")
def test_a_callback_that_never_was_is_over(provider: Provider, calling: Callback) -> None:
    unknown = replace(calling, id=calling.id + 7)
    assert "<Hangup" in ask(provider, unknown).text
    assert ask(provider, replace(calling, id=2**63)).status_code == 404


def test_the_demonstrations_clerk_is_willing() -> None:
    line = willing_clerk()
    assert isinstance(line, ScriptedLine)
    assert list(line.actions) == [ClerkAnswers(0), PressAt("1"), ClerkAnswers(30.0)]
