"""A returned call from press to talk: our own provider rings the clerk, and the citizen after the one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ivr.line.hotline import Hotline
from ivr.phone.line import PhoneLine
from ivr.phone.parameters import new_sid
from ivr.phone.scripted import Action, ClerkAnswers, ClerkBusy, ClerkSilent, GoAway, PressAt, ScriptedLine
from ivr.phone.transport import WsgiTransport
from ivr.provider.files import Drawer
from ivr.provider.outbound import places_calls, willing_clerk
from logbook.calls import callbacks
from logbook.calls.callbacks import Callback
from logbook.calls.history import summaries, timeline
from logbook.database.tables import callbacks as table
from logbook.database.tables import calls, legs
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.sending import claims
from tests.caller import PUBLIC_URL
from tests.ivr.conftest import Provider, everything_in
from tests.logbook.outbox.wanted_call import CITIZEN, CLERK, kept, wanted

SID = new_sid("CA")


@pytest.fixture
def calling(hotline: Hotline) -> tuple[Callback, Delivery]:
    """A callback whose call is being placed."""
    row, delivery = wanted(hotline.database, hotline.clock.now())
    with hotline.database.writing() as conn:
        claimed = claims.claim(conn, delivery, 1, hotline.clock.now(), CLERK)
    assert claimed is not None
    return row, claimed


@pytest.fixture
def row(calling: tuple[Callback, Delivery]) -> Callback:
    return calling[0]


@pytest.fixture
def delivery(calling: tuple[Callback, Delivery]) -> Delivery:
    return calling[1]


def stands(hotline: Hotline, row: Callback) -> tuple[str, str | None, int]:
    found = kept(hotline.database, row)
    return found.state, found.last_result, found.tries


def result_of(hotline: Hotline, delivery: Delivery) -> str | None:
    with hotline.database.reading() as conn:
        found = deliveries.of_id(conn, delivery.id)
    assert found is not None
    return found.result


def picked_up(provider: Provider, delivery: Delivery, step: str = "", call: str = "1", **fields: str) -> str:
    return ask(provider, f"/ivr/told/{delivery.id}{step}", f"call={call}", **fields).text


def ask(provider: Provider, path: str, query: str = "", **fields: str) -> TestResponse:
    sent = {"CallSid": SID, "CallStatus": "in-progress", "Direction": "outbound-api", "From": "", "To": CLERK}
    return provider.post(path, sent | fields, query=query)


@pytest.fixture
def place(app: Flask, hotline: Hotline, delivery: Delivery, tmp_path: Path) -> Callable[..., ScriptedLine]:
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
                "Url": f"{PUBLIC_URL}/ivr/told/{delivery.id}?call=1",
                "StatusCallback": f"{PUBLIC_URL}/ivr/told/{delivery.id}/status?call=1",
                "Timeout": "25",
            }
        )
        return line

    return carried_out


def test_the_clerk_presses_one_talks_and_the_callback_is_settled(
    place: Callable[..., ScriptedLine], hotline: Hotline, row: Callback, delivery: Delivery, tmp_path: Path
) -> None:
    line = place(ClerkAnswers(0), PressAt("1"), ClerkAnswers(30))
    assert stands(hotline, row) == ("settled", "talked", 1)
    assert result_of(hotline, delivery) == "talked"
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
        ((ClerkAnswers(0), PressAt("2"), PressAt("2"), PressAt("2")), "clerk_absent", 0, [CLERK]),
        ((ClerkAnswers(0),), "clerk_absent", 0, [CLERK]),
        ((ClerkAnswers(0), PressAt("1"), ClerkBusy()), "busy", 1, [CLERK, CITIZEN]),
        ((ClerkAnswers(0), PressAt("1"), ClerkSilent()), "no_answer", 1, [CLERK, CITIZEN]),
        ((ClerkAnswers(0), PressAt("9"), PressAt("1"), ClerkAnswers(2)), "brief", 1, [CLERK, CITIZEN]),
    ],
)
def test_every_other_end_leaves_it_owed_and_rings_the_citizen_only_after_the_one(
    place: Callable[..., ScriptedLine],
    hotline: Hotline,
    row: Callback,
    actions: tuple[Action, ...],
    result: str,
    tries: int,
    rung: list[str],
) -> None:
    line = place(*actions)
    assert stands(hotline, row) == ("owed", result, tries)
    assert line.rung == rung


def test_the_talk_counts_although_the_clerk_hangs_up_and_the_status_comes_first(
    provider: Provider, hotline: Hotline, row: Callback, delivery: Delivery
) -> None:
    picked_up(provider, delivery)
    assert f">{CITIZEN}</Number>" in ask(provider, "/ivr/turn/1", Digits="1").text
    gone = ask(provider, f"/ivr/told/{delivery.id}/status", "call=1", CallStatus="completed")
    assert gone.status_code == 204
    assert stands(hotline, row)[0] == "wanted"
    with hotline.database.reading() as conn:
        assert conn.execute(select(calls.c.ask_at).where(calls.c.sid == SID)).scalar() is not None
    ended = {"DialCallStatus": "completed", "DialCallDuration": "9"}
    ask(provider, "/ivr/turn/2", CallStatus="completed", **ended)
    assert stands(hotline, row) == ("settled", "talked", 1)


def test_a_status_that_comes_before_the_key_ends_it_and_the_late_key_rings_nobody(
    provider: Provider, hotline: Hotline, row: Callback, delivery: Delivery
) -> None:
    picked_up(provider, delivery)
    picked_up(provider, delivery, "/status", CallStatus="completed")
    assert stands(hotline, row) == ("owed", "clerk_absent", 0)
    assert "<Dial" not in ask(provider, "/ivr/turn/1", Digits="1").text
    assert stands(hotline, row) == ("owed", "clerk_absent", 0)


@pytest.mark.row("R3")
@pytest.mark.parametrize(("seconds", "result"), [("0", "no_answer"), ("2", "brief"), ("4.2", "talked")])
def test_a_citizens_voice_mail_box_settles_nothing(
    provider: Provider, hotline: Hotline, row: Callback, delivery: Delivery, seconds: str, result: str
) -> None:
    picked_up(provider, delivery)
    ask(provider, "/ivr/turn/1", Digits="1")
    ask(provider, "/ivr/turn/2", DialCallStatus="completed", DialCallDuration=seconds)
    assert stands(hotline, row) == ("settled" if result == "talked" else "owed", result, 1)


@pytest.mark.row("T-02")
@pytest.mark.row("T-13")
@pytest.mark.parametrize("call", ["0", "2", "", "x", "²", "99999999999999999999"])
def test_requests_of_another_call_ring_nobody_and_change_nothing(
    provider: Provider, hotline: Hotline, delivery: Delivery, call: str
) -> None:
    before = everything_in(hotline.database)
    for step in ("", "/status"):
        answer = ask(
            provider,
            f"/ivr/told/{delivery.id}{step}",
            urlencode({"call": call}),
            CallStatus="completed",
            Digits="1",
            DialCallStatus="busy",
        )
        assert answer.status_code in (200, 204)
        assert "<Dial" not in answer.text
    assert everything_in(hotline.database) == before


@pytest.mark.row("T-02")
def test_the_same_news_twice_counts_once_and_rings_once(
    provider: Provider, hotline: Hotline, row: Callback, delivery: Delivery
) -> None:
    assert picked_up(provider, delivery) == picked_up(provider, delivery)
    dialled = [ask(provider, "/ivr/turn/1", Digits="1").text for _ in range(2)]
    assert dialled[0] == dialled[1], "a repeated request gets its answer again"
    for _ in range(2):
        assert ask(provider, "/ivr/turn/2", DialCallStatus="busy").status_code == 200
    assert stands(hotline, row) == ("owed", "busy", 1)
    with hotline.database.reading() as conn:
        assert conn.execute(select(legs.c.person_id, legs.c.outcome)).all() == [("citizen", "busy")]
    assert "<Dial" not in picked_up(provider, delivery, CallSid=new_sid("CA"))


@pytest.mark.row("T-13")
@pytest.mark.parametrize("number", ["+12025550123", "+8419001234"])
def test_a_number_that_became_forbidden_is_not_dialled(
    provider: Provider, hotline: Hotline, row: Callback, delivery: Delivery, number: str
) -> None:
    picked_up(provider, delivery)
    with hotline.database.writing() as conn:
        conn.execute(table.update().values(number=number))
    assert "<Dial" not in ask(provider, "/ivr/turn/1", Digits="1").text
    assert stands(hotline, row) == ("owed", "refused", 0)


@pytest.mark.row("T-13")
def test_a_citizen_who_reaches_a_clerk_while_the_telephone_rings_is_not_rung(
    provider: Provider, hotline: Hotline, row: Callback, delivery: Delivery
) -> None:
    picked_up(provider, delivery)
    with hotline.database.writing() as conn:
        callbacks.settle(conn, row.call_id, hotline.clock.now())
    answer = ask(provider, "/ivr/turn/1", Digits="1").text
    assert "<Dial" not in answer
    assert "đã được xử lý" in answer
    assert stands(hotline, row)[:2] == ("settled", None)


@pytest.mark.row("T-01")
@pytest.mark.parametrize("step", ["", "/status"])
def test_nobody_else_may_say_how_a_returned_call_went(
    provider: Provider, hotline: Hotline, delivery: Delivery, step: str
) -> None:
    before = everything_in(hotline.database)
    answer = provider.post(
        f"/ivr/told/{delivery.id}{step}", {"CallSid": SID, "Digits": "1"}, query="call=1", signature="x"
    )
    assert answer.status_code == 403
    assert everything_in(hotline.database) == before


def test_it_is_no_callers_call_in_any_list(
    place: Callable[..., ScriptedLine], hotline: Hotline, row: Callback
) -> None:
    place(ClerkAnswers(0), PressAt("1"), ClerkAnswers(30))
    with hotline.database.reading() as conn:
        assert [one.id for one in conn.execute(summaries()).all()] == [row.call_id]
        ours = conn.execute(select(calls.c.id).where(calls.c.sid == SID)).scalar_one()
        assert timeline(conn, ours) is None


@pytest.mark.row("F-19")
def test_a_call_that_an_older_version_placed_is_over_and_changes_nothing(
    provider: Provider, hotline: Hotline, row: Callback
) -> None:
    before = everything_in(hotline.database)
    for step in ("", "/pressed", "/ended"):
        answer = ask(provider, f"/ivr/return/{row.id}{step}", "call=1", Digits="1")
        assert "<Hangup" in answer.text
        assert "<Dial" not in answer.text
    assert ask(provider, f"/ivr/return/{row.id}/status", "call=1", CallStatus="completed").status_code == 204
    unsigned = provider.post(f"/ivr/return/{row.id}", {"CallSid": SID}, query="call=1", signature="x")
    assert unsigned.status_code == 403
    assert everything_in(hotline.database) == before


def test_the_demonstrations_clerk_is_willing() -> None:
    line = willing_clerk()
    assert isinstance(line, ScriptedLine)
    assert list(line.actions) == [ClerkAnswers(0), PressAt("1"), ClerkAnswers(30.0)]
