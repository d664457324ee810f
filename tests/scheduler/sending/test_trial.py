"""A trial (N2): whatever would be sent reaches guests only, the rest is recorded and never sent."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from logbook.accounts import accounts
from logbook.calls import callbacks, calls
from logbook.database.tables import callbacks as callbacks_table
from logbook.database.tables import escalations
from logbook.guests import Guests
from logbook.ids import TicketId
from logbook.outbox import returned_calls
from logbook.provider import NotAGuestError, Telephone, telephone_of
from logbook.sending.alarms.alarms import deliveries_failed
from logbook.sending.trial import settle_mode
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings
from scheduler.channels.address import Addresses
from scheduler.send_deliveries import deliveries_due
from tests import frozen
from tests.frozen import CONFIG, HOUSE
from tests.scheduler.fake_provider import Ledger
from tests.scheduler.outbox import CITIZEN, VIETNAMESE, Outbox, settings_with, to_chairman
from tests.town_hall import advancing

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
CHAIRMANS, VICES, MOBILE = "+842583842100", "+842583842101", "+84905000001"
CHANNELS = {
    "CHU_TICH_MAIL": "mailto://u:p@mail.example?to=chutich@xa.vn",
    "CHU_TICH_ZALO": "zalo://1234567890:abcdefghijklmnop/1234567890",
}


@pytest.fixture
def database_url(tmp_path: Path, migrated_file: Path) -> str:
    """One kind of database: the difference tested here is not in the SQL."""
    shutil.copyfile(migrated_file, tmp_path / "logbook.db")
    return f"sqlite:///{tmp_path / 'logbook.db'}"


def trial_of(settings: Settings, *guests: str) -> Settings:
    part = settings.trial.model_copy(update={"guests": guests or ("+84999999999",)})
    return replace(settings, mode="trial", trial=part)


def tried_out(outbox: Outbox, *guests: str, sms: str | None = "UBND") -> Outbox:
    """The same outbox in a trial, its way to the provider as the program itself builds it."""
    settings = trial_of(settings_with(sms=sms, channels=CHANNELS), *guests)
    return replace(
        outbox,
        settings=replace(settings, line=settings.line.model_copy(update={"api_url": outbox.provider_url})),
    )


def send(outbox: Outbox) -> int:
    due = deliveries_due(outbox.settings, outbox.database, outbox.clock, catalogue=VIETNAMESE)
    return due.send(lambda: True, 1)


@pytest.mark.row("N2")
def test_no_road_out_of_the_house_leads_to_anybody_but_a_guest(
    outbox: Outbox, provider: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Officials by call, mail and Zalo, citizens by text and call, and a call returned for a clerk."""
    sent: list[object] = []
    monkeypatch.setattr("apprise.Apprise.notify", lambda *_, **__: sent.append(1))
    trial = tried_out(outbox)
    for way in ("call", "mail", "zalo"):
        to_chairman(trial, key=way, channel=way)
    trial.put("news", number=CITIZEN)
    trial.put("news by call", number="+842583842500", channel="call")
    wanted_by_a_clerk(trial)
    assert send(trial) == 0
    assert (provider.taken, sent) == ([], [])
    assert {(row.state, row.result) for row in trial.rows()} == {("refused", "trial")}
    assert len(trial.rows()) == 6
    with trial.database.reading() as conn:
        assert conn.execute(select(callbacks_table.c.state, callbacks_table.c.last_result)).all() == [
            ("owed", "trial")
        ]
        assert (
            deliveries_failed(conn, trial.clock.now())[:1] == deliveries_failed(conn, trial.clock.now())[:1]
        )
    trial.wait(hours=30)
    assert send(trial) == 0, "it is not tried again"
    assert provider.taken == []


@pytest.mark.row("N2")
def test_guests_are_reached_as_ever(outbox: Outbox, provider: Ledger) -> None:
    trial = tried_out(outbox, CHAIRMANS, CITIZEN)
    to_chairman(trial)
    trial.put("news", number=CITIZEN)
    trial.put("news of another", number="+84912345679")
    assert send(trial) == 2
    assert {row["To"] for row in provider.taken} == {CHAIRMANS, CITIZEN}


@pytest.mark.row("N2")
def test_the_lowest_gate_holds_when_everything_before_it_fails(provider: Ledger) -> None:
    """The telephone itself refuses, whoever asks it, and so does what sends mail."""
    settings = trial_of(load_settings(frozen.OFFICE), CHAIRMANS)
    line = settings.line.model_copy(update={"api_url": provider.url})
    telephone = telephone_of(replace(settings, line=line))
    ways = {"caller_id": "+842583842102", "answer_url": "https://x/", "status_url": "https://x/"}
    for number in (CITIZEN, "0258.3842.101", "", "anonymous"):
        with pytest.raises(NotAGuestError) as refused:
            telephone.ring(to=number, seconds=20, **ways)
        assert refused.value.permanent
        with pytest.raises(NotAGuestError):
            telephone.text(to=number, sender="x", body="y")
    assert provider.taken == []
    telephone.ring(to="0258 3842 100", seconds=20, **ways)
    assert len(provider.taken) == 1
    assert Addresses(guests=settings.guests).guests.limited


@pytest.mark.row("N2")
def test_a_guest_may_be_a_mail_address_or_one_persons_channel(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []

    def notify(*_: object, **__: object) -> bool:
        sent.append(1)
        return True

    monkeypatch.setattr("apprise.Apprise.notify", notify)
    for guests, expected in (
        (("chutich@xa.vn",), 1),
        (("chu-tich/zalo",), 1),
        (("chu-tich/mail",), 1),
        ((), 0),
    ):
        trial = tried_out(outbox, *guests)
        before = len(sent)
        to_chairman(trial, key=f"mail {guests}", channel="mail")
        to_chairman(trial, key=f"zalo {guests}", channel="zalo")
        assert send(trial) == expected, guests
        assert len(sent) - before == expected


@pytest.mark.row("N2")
def test_going_live_sends_nothing_that_was_held_back_and_everything_that_happens_then(
    outbox: Outbox, provider: Ledger
) -> None:
    trial = tried_out(outbox)
    with trial.database.writing() as conn:
        settle_mode(conn, trial.settings, trial.clock.now())
    ticket = trial.ticket()
    escalation = trial.matter("ticket:1:new", TicketId(ticket))
    advancing(trial.database, trial.clock, trial.settings).advance(lambda: True)
    send(trial)
    trial.put("for tomorrow", number=CITIZEN, due_at=trial.clock.now().replace(hour=23))
    live = replace(trial, settings=replace(trial.settings, mode="production"))
    with live.database.writing() as conn:
        assert settle_mode(conn, live.settings, live.clock.now()) == 1
        assert settle_mode(conn, live.settings, live.clock.now()) == 0, "once"
    for _ in range(3):
        live.wait(hours=24)
        advancing(live.database, live.clock, live.settings).advance(lambda: True)
        assert send(live) == 0
    assert provider.taken == []
    with live.database.reading() as conn:
        row = conn.execute(select(escalations).where(escalations.c.id == escalation)).one()
    assert (row.settled_how, row.settled_who) == ("moot", "trial")
    live.clock.moment = datetime.fromisoformat("2026-12-02T10:00+07:00")
    live.put("after", number=CITIZEN)
    assert send(live) == 1
    assert [row["To"] for row in provider.taken] == [CITIZEN]


@pytest.mark.row("N2")
def test_a_ladder_writes_down_once_whom_it_did_not_reach_and_then_passes_them_over(outbox: Outbox) -> None:
    trial = tried_out(outbox, VICES)
    trial.matter("ticket:1:new", TicketId(trial.ticket()))
    for _ in range(60):
        advancing(trial.database, trial.clock, trial.settings).advance(lambda: True)
        send(trial)
        trial.wait(hours=2)
    held = [row for row in trial.rows() if row.result == "trial"]
    assert {row.recipient for row in held} == {"chu-tich"}
    assert len(held) == 5, "each step of the first round and no more"
    assert any(row.state == "sent" and row.recipient == "pho-chu-tich" for row in trial.rows())


@pytest.mark.row("N2")
def test_a_trial_is_as_safe_as_production() -> None:
    production = {
        "TONGDAI_CONFIG": str(CONFIG),
        "TONGDAI_MODE": "trial",
        "TONGDAI_PUBLIC_URL": "https://tongdai.example.vn",
        "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
        "TWILIO_AUTH_TOKEN": "canary-token-1234567890",
        "SECRET_KEY": "canary-secret-1234567890",
    }
    settings = load_settings(production)
    assert (settings.is_trial, settings.is_demo) == (True, False)
    assert settings.provider_url == "https://api.twilio.com"
    for name, value in (
        ("SECRET_KEY", ""),
        ("TONGDAI_PUBLIC_URL", "http://x.vn"),
        ("TONGDAI_NOW", "2026-11-25T09:10"),
    ):
        with pytest.raises(SettingsError) as refused:
            load_settings({**production, name: value})
        assert [problem.key for problem in refused.value.problems] == [name]


@pytest.mark.row("N2")
def test_what_calls_or_writes_is_made_in_one_place_each() -> None:
    """No second road: the provider's client, apprise and <Dial> stand in one file each, all with guests."""
    homes = {
        ".calls.create(": {"logbook/provider.py"},
        ".messages.create(": {"logbook/provider.py"},
        "=Telephone(*account": set(),
        "Telephone(settings.provider_url": {"logbook/provider.py"},
        ".notify(": {
            "scheduler/channels/address.py",
            "ivr/provider/app.py",  # the stand-in calls our line
            "ivr/commands/going_live/outside.py",  # a test to one person, who must be a guest
            "ivr/gateway/calls.py",  # the office's own line tells ours how a call ended
            "ivr/gateway/standing_call.py",  # and how a talk ended whose line was killed meanwhile
            "ivr/softphone/left_behind.py",  # so does a telephone in a browser whose program was killed
            "ivr/embedded/timers.py",  # wakes a thread of its own
            "logbook/tickets/moves.py",  # a verb writes into the outbox
        },
        ".dial(": {"ivr/line/twiml.py"},
        ".number(ring.number)": {"ivr/line/twiml.py"},
        "smtplib.SMTP(": {"scheduler/channels/mailbox.py"},  # answers to letters, to guests only in a trial
    }
    root = HOUSE
    files = [file for room in ("ivr", "logbook", "scheduler") for file in (root / room).rglob("*.py")]
    found = {
        sign: {
            str(file.relative_to(root))
            for file in files
            if sign in file.read_text("utf-8") and "ivr/phone/" not in str(file)
        }
        for sign in homes
    }
    assert {sign: places - homes[sign] for sign, places in found.items() if places - homes[sign]} == {}
    assert not Guests(frozenset()).number(CITIZEN)
    assert Telephone("https://x", "AC1", "t", guests=Guests(frozenset()))._guests.limited


def wanted_by_a_clerk(outbox: Outbox) -> None:
    """A missed call that a clerk asked to be returned."""
    now = outbox.clock.now()
    with outbox.database.writing() as conn:
        call = calls.begin(
            conn,
            sid="CA1",
            direction="inbound",
            caller_raw=CITIZEN,
            caller_number=CITIZEN,
            called="+842583842102",
            language="vi",
            place="",
            time_shift=0,
            now=now,
        )
        clerk = accounts.add(conn, login="truc", name="A", role="clerk", password="x" * 12, now=now)
        callbacks.owe(conn, call=call, reason="missed", number=CITIZEN, now=now)
        row = conn.execute(select(callbacks_table)).one()
        returned_calls.press(conn, row.id, row.version, telephone=MOBILE, person_id=clerk, now=now)
