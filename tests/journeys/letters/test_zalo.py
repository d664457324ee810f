"""A citizen hears by Zalo ZNS, and by text or call where Zalo does not bring it (B8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, select

from ivr.app import create_app
from ivr.commands.going_live.outside import send_test
from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.personal_names import NameKeys
from logbook.database.tables import zalo_tokens as tokens_table
from logbook.ids import TicketId
from logbook.provider import ProviderError
from logbook.sending import receipts
from logbook.sending.gateways import zalo_tokens
from logbook.sending.gateways.zalo_tokens import ZaloTokens
from logbook.settings.environment import DEMO_DATA_KEY
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings
from logbook.settings.notifications import ZnsPart
from scheduler.all_jobs import receipts_due
from scheduler.send_deliveries import DeliveriesDue, deliveries_due
from tests.logbook.settings.test_loading import PRODUCTION
from tests.scheduler.fake_provider import Ledger, fake_provider
from tests.scheduler.outbox import VIETNAMESE, Outbox, StandingClock, settings_with
from tests.scheduler.stand_ins.zalo_standin import (
    APP_ID,
    APP_SECRET,
    FIRST,
    OA_SECRET,
    ZaloLedger,
    receipt,
    signature,
    zalo,
)

HOUSE = Path(__file__).parents[3]
TEMPLATES = {
    kind: f"30100{number}"
    for number, kind in enumerate(("accepted", "transferred", "extended", "answered", "closed"))
}
MOBILE = "+84905000001"


@pytest.fixture
def theirs() -> Iterator[ZaloLedger]:
    with zalo() as ledger:
        yield ledger


@pytest.fixture
def provider() -> Iterator[Ledger]:
    with fake_provider() as ledger:
        yield ledger


class WithZalo(Outbox):
    """An office that uses Zalo; it is no demonstration."""

    def sender(self) -> DeliveriesDue:
        return deliveries_due(self.settings, self.database, self.clock, catalogue=VIETNAMESE)


@pytest.fixture
def outbox(database: Database, theirs: ZaloLedger, provider: Ledger, now: datetime) -> WithZalo:
    plain = settings_with(sms="UBND-DAILANH")
    part = ZnsPart.model_validate(
        {"app_id": APP_ID, "templates": TEMPLATES, "url": theirs.url, "oauth_url": theirs.url}
    )
    settings = replace(
        plain,
        mode="production",
        citizens=plain.citizens.model_copy(update={"zns": part}),
        line=plain.line.model_copy(update={"api_url": provider.url}),
        zalo_app_secret=SecretStr(APP_SECRET),
        zalo_oa_secret=SecretStr(OA_SECRET),
        zalo_refresh_token=SecretStr(FIRST),
        data_keys=(SecretStr(DEMO_DATA_KEY),),
    )
    clock = StandingClock(now)
    provider.now = clock.now
    return WithZalo(database, clock, settings, provider.url)


def news(outbox: Outbox, kind: str = "accepted") -> int:
    ticket = outbox.ticket(state="answered" if kind == "answered" else "classified")
    row = outbox.put(f"ticket:1:{kind}:2", kind=kind, ticket_id=ticket)
    outbox.send(), outbox.send()
    return row


def told(outbox: Outbox, body: bytes, mac: str | None = None) -> int:
    hotline = open_hotline(outbox.settings, outbox.clock, outbox.database)
    prepare(hotline)
    line = create_app(hotline, ["voice"]).test_client()
    headers = {"X-ZEvent-Signature": signature(body) if mac is None else mac}
    return line.post("/ivr/zalo", data=body, headers=headers).status_code


def ways(outbox: Outbox) -> list[tuple[str | None, str]]:
    return [(row.channel, row.state) for row in outbox.rows()]


@pytest.mark.row("R15")
def test_a_citizen_gets_the_approved_template_and_its_receipt_closes_it(
    outbox: WithZalo, theirs: ZaloLedger
) -> None:
    row = news(outbox)
    (form,) = theirs.taken
    assert form == {
        "phone": "84912345678",
        "template_id": TEMPLATES["accepted"],
        "template_data": {"office": outbox.settings.office.name_spoken, "number": "0258.3842.102"},
        "tracking_id": f"tongdai-{row}-1",
    }
    assert (outbox.row(row).provider_sid, outbox.row(row).receipt) == ("zns-1", "awaited")
    body = receipt(form, "zns-1")
    assert [told(outbox, body) for _ in range(2)] == [200, 200]
    assert (outbox.row(row).receipt, outbox.row(row).result) == ("delivered", "delivered")
    assert outbox.told(TicketId(1))[-1] == ("accepted", "zns", "told")
    assert ways(outbox) == [("zns", "sent")]


@pytest.mark.row("F-07")
def test_who_has_no_zalo_gets_a_text_at_once_and_a_call_when_that_fails_too(
    outbox: WithZalo, theirs: ZaloLedger, provider: Ledger
) -> None:
    theirs.codes = [-118]
    news(outbox)
    assert ways(outbox) == [("zns", "refused"), ("sms", "sent")]
    assert len(provider.taken) == 1
    refused = [-108, -114, -119, -134, -141, -109, -9999]
    for number, code in enumerate(refused):
        theirs.codes = [code]
        outbox.put(f"ticket:1:accepted:{number + 10}", ticket_id=1)
        outbox.wait(days=1)
        outbox.send()
        assert ways(outbox)[-2:] == [("zns", "refused"), ("sms", "sent")], code
    without = replace(
        outbox.settings, citizens=outbox.settings.citizens.model_copy(update={"sms_sender": None})
    )
    theirs.codes = [-118]
    called = replace(outbox, settings=without)
    called.put("ticket:1:accepted:99", ticket_id=1)
    called.send()
    assert ways(called)[-2:] == [("zns", "refused"), ("call", "sent")]


@pytest.mark.row("R15")
def test_an_answer_is_called_about_once_whatever_becomes_of_message_and_text(
    outbox: WithZalo, theirs: ZaloLedger
) -> None:
    theirs.codes = [-118]
    row = news(outbox, "answered")
    channels = [row.channel for row in outbox.rows()]
    assert sorted(str(one) for one in channels) == ["call", "sms", "zns"]
    text = next(one for one in outbox.rows() if one.channel == "sms")
    with outbox.database.writing() as conn:
        settings, now = outbox.settings, outbox.clock.now()
        receipts.hear(conn, text.id, text.attempts, text.provider_sid or "", "undelivered", settings, now)
    assert (text.instead_of, len(outbox.rows())) == (row, 3)


@pytest.mark.row("F-07")
@pytest.mark.parametrize("code", [-115, -126, -133, -137, -144, -147])
def test_what_may_work_later_is_tried_again_and_then_gives_way(
    outbox: WithZalo, theirs: ZaloLedger, code: int
) -> None:
    theirs.codes = [code] * 50
    row = news(outbox)
    assert outbox.row(row).state == "due"
    for _ in range(outbox.settings.notifications.fallback_after + 1):
        outbox.wait(minutes=20)
        outbox.send()
    assert [channel for channel, _ in ways(outbox)] == ["zns", "sms"]
    assert theirs.taken == []


@pytest.mark.row("F-06")
def test_an_answer_that_was_lost_is_cleared_up_by_the_receipt(outbox: WithZalo, theirs: ZaloLedger) -> None:
    theirs.codes = ["lost"]
    row = news(outbox)
    assert outbox.row(row).state == "unsure"
    assert told(outbox, receipt(theirs.taken[0], "zns-1")) == 200
    assert (outbox.row(row).state, outbox.row(row).receipt) == ("sent", "delivered")
    outbox.wait(minutes=30)
    outbox.reconcile(), outbox.send()
    assert len(theirs.taken) == 1


@pytest.mark.row("T-01")
def test_a_receipt_zalo_did_not_sign_changes_nothing(outbox: WithZalo, theirs: ZaloLedger) -> None:
    row = news(outbox)
    good = receipt(theirs.taken[0], "zns-1")
    other = good.replace(f"tongdai-{row}-1".encode(), b"tongdai-1-99")
    for body, mac in (
        (good, ""),
        (good, "mac="),
        (good, "é"),
        (good, signature(good, "wrong-secret-000")),
        (other, signature(good)),
        (b"", signature(good)),
        (b"[]", signature(good)),
        (b"[" * 100_000, signature(good)),
        (b'{"timestamp": {}}', signature(good)),
    ):
        assert told(outbox, body, mac) in (403, 413), body[:50]
    for body in (receipt(theirs.taken[0], "zns-1", "user_send_text"), other):
        assert told(outbox, body) == 200
    assert outbox.row(row).receipt == "awaited"
    unset = replace(outbox, settings=replace(outbox.settings, zalo_oa_secret=SecretStr("")))
    assert told(unset, good, signature(good, "")) == 403
    none = outbox.settings.citizens.model_copy(update={"zns": None})
    assert told(replace(outbox, settings=replace(outbox.settings, citizens=none)), good) == 403


@pytest.mark.row("F-26")
def test_a_receipt_that_never_comes_is_asked_for(outbox: WithZalo, theirs: ZaloLedger) -> None:
    row = news(outbox)
    theirs.arrived.add("zns-1")
    outbox.wait(hours=2)
    assert receipts_due(outbox.settings, outbox.database, outbox.clock).run_once(lambda: True) == 1
    assert theirs.asked == [{"message_id": ["zns-1"], "phone": ["84912345678"]}]
    assert outbox.row(row).receipt == "delivered"


@pytest.mark.row("T-04")
def test_each_refresh_token_is_used_once_and_kept_where_nobody_reads_it(
    outbox: WithZalo, theirs: ZaloLedger
) -> None:
    news(outbox)
    assert theirs.used == [FIRST]
    for number in (2, 3):
        outbox.wait(hours=26)
        outbox.put(f"ticket:1:accepted:{number}0", ticket_id=1)
        outbox.send(), outbox.send()
    assert theirs.used == [FIRST, "canary-refresh-1", "canary-refresh-2"]
    assert len(theirs.taken) == 3
    with outbox.database.reading() as conn:
        kept = conn.execute(select(tokens_table)).one()
    assert "canary" not in repr(tuple(kept))
    assert "canary" not in repr(outbox.settings)


def tokens_of(outbox: Outbox, slept: list[float]) -> ZaloTokens:
    part = outbox.settings.citizens.zns
    assert part is not None
    return ZaloTokens(
        outbox.database,
        outbox.clock,
        NameKeys([DEMO_DATA_KEY]),
        part.oauth_url,
        part.app_id,
        SecretStr(APP_SECRET),
        SecretStr(FIRST),
        slept.append,
    )


@pytest.mark.row("F-20")
def test_two_runners_that_begin_at_once_use_the_first_token_once(
    outbox: WithZalo, theirs: ZaloLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = tokens_of(outbox, []).access()
    other = tokens_of(outbox, [])
    with monkeypatch.context() as before:
        before.setattr(zalo_tokens, "_row", lambda *_, **__: None)  # it looked before the first one wrote
        with pytest.raises(ProviderError) as refused:
            other.access()
    assert refused.value.later
    assert (other.access(), theirs.used) == (access, [FIRST])


@pytest.mark.row("F-08")
def test_tokens_that_zalo_gave_are_stored_as_soon_as_the_database_is_free(
    outbox: WithZalo, theirs: ZaloLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, slept = zalo_tokens._change, list[float]()

    def busy_twice(conn: Connection, **values: Any) -> None:
        if "refresh" in values and len(slept) < 2:
            raise DatabaseBusyError("locked")
        change(conn, **values)

    monkeypatch.setattr(zalo_tokens, "_change", busy_twice)
    given = tokens_of(outbox, slept).access()
    assert (tokens_of(outbox, []).access(), theirs.used, slept) == (given, [FIRST], [1.0, 1.0])


@pytest.mark.row("T-04")
def test_an_access_token_zalo_no_longer_takes_is_replaced(outbox: WithZalo, theirs: ZaloLedger) -> None:
    news(outbox)
    theirs.access = "another"
    row = outbox.put("ticket:1:accepted:9", ticket_id=1)
    outbox.send(), outbox.send()
    assert outbox.row(row).state == "due"
    outbox.wait(minutes=20)
    outbox.send()
    assert outbox.row(row).state == "sent"
    assert theirs.used == [FIRST, "canary-refresh-1"]


@pytest.mark.row("F-07")
def test_a_refresh_token_lost_on_its_way_costs_nobody_their_news_and_a_new_one_helps(
    outbox: WithZalo, theirs: ZaloLedger
) -> None:
    theirs.oauth = ["lost"]
    news(outbox)
    for _ in range(6):
        outbox.wait(minutes=5)
        outbox.send()
    assert [channel for channel, _ in ways(outbox)] == ["zns", "sms"]
    with outbox.database.reading() as conn:
        found = zalo_tokens.state(conn)
    assert found is not None
    assert found.error == "Invalid refresh token"
    theirs.refresh = "canary-second"
    again = replace(outbox, settings=replace(outbox.settings, zalo_refresh_token=SecretStr("canary-second")))
    row = again.put("ticket:1:accepted:9", ticket_id=1)
    again.send(), again.send()
    assert again.row(row).state == "sent"
    assert len(theirs.taken) == 1


@pytest.mark.row("T-04")
def test_a_new_first_token_in_the_environment_counts_at_once(outbox: WithZalo, theirs: ZaloLedger) -> None:
    news(outbox)
    theirs.refresh = "canary-second"
    again = replace(outbox, settings=replace(outbox.settings, zalo_refresh_token=SecretStr("canary-second")))
    again.put("ticket:1:accepted:9", ticket_id=1)
    again.send(), again.send()
    assert theirs.used == [FIRST, "canary-second"]


@pytest.mark.row("T-04")
def test_a_new_data_key_reads_the_tokens_on(outbox: WithZalo, theirs: ZaloLedger) -> None:
    from cryptography.fernet import Fernet

    news(outbox)
    newer = Fernet.generate_key().decode()
    zalo_tokens.rotate(outbox.database, NameKeys([newer, DEMO_DATA_KEY]))
    moved = replace(outbox, settings=replace(outbox.settings, data_keys=(SecretStr(newer),)))
    row = moved.put("ticket:1:accepted:9", ticket_id=1)
    moved.send(), moved.send()
    assert moved.row(row).state == "sent"
    assert theirs.used == [FIRST]


@pytest.mark.row("N2")
def test_in_a_trial_only_guests_get_a_message(outbox: WithZalo, theirs: ZaloLedger) -> None:
    part = outbox.settings.trial.model_copy(update={"guests": (MOBILE,)})
    trial = replace(outbox, settings=replace(outbox.settings, mode="trial", trial=part))
    row = news(trial)
    assert (trial.row(row).state, trial.row(row).result) == ("refused", "trial")
    assert (len(trial.rows()), theirs.taken) == (1, [])


@pytest.mark.row("N2")
def test_a_named_person_gets_a_test_text_and_a_test_message(
    outbox: WithZalo, theirs: ZaloLedger, provider: Ledger, database_url: str
) -> None:
    import click

    officials = tuple(
        one.model_copy(update={"number": MOBILE}) if one.id == "chu-tich" else one
        for one in outbox.settings.notifications.officials
    )
    notifications = outbox.settings.notifications.model_copy(update={"officials": officials})
    settings = replace(outbox.settings, notifications=notifications, database_url=database_url)
    assert "0905" in send_test(settings, "chu-tich/sms")
    (text,) = provider.taken
    assert (text["To"], text["Body"].isascii()) == (MOBILE, True)
    assert "0905" in send_test(settings, "chu-tich/zns")
    (form,) = theirs.taken
    assert (form["phone"], form["template_id"]) == ("84905000001", TEMPLATES["accepted"])
    no_zns = settings.citizens.model_copy(update={"zns": None, "sms_sender": None})
    guests = settings.trial.model_copy(update={"guests": ("+84905000009",)})
    for one, who, why in (
        (settings, "khong-co/sms", "Không có ai"),
        (settings, "pho-chu-tich/zns", "phải là số di động"),
        (replace(settings, citizens=no_zns), "chu-tich/zns", "citizens.zns"),
        (replace(settings, citizens=no_zns), "chu-tich/sms", "sms_sender"),
        (replace(settings, mode="trial", trial=guests), "chu-tich/zns", "trial.guests"),
        (replace(settings, mode="trial", trial=guests), "chu-tich/sms", "trial.guests"),
    ):
        with pytest.raises(click.ClickException, match=why):
            send_test(one, who)
    assert (len(provider.taken), len(theirs.taken)) == (1, 1)


@pytest.mark.row("T-04")
def test_zalo_without_its_keys_stops_the_start_and_a_ladder_by_zns_is_refused(tmp_path: Path) -> None:
    text = (HOUSE / "tests" / "office.yaml").read_text("utf-8")
    file = tmp_path / "office.yaml"
    with_zns = text.replace(
        "  zns: null\n", f"  zns: {json.dumps({'app_id': APP_ID, 'templates': TEMPLATES})}\n"
    )
    file.write_text(with_zns, "utf-8")
    environ = {**PRODUCTION, "TONGDAI_CONFIG": str(file)}
    environ.pop("TONGDAI_DATA_KEY", None)
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    names = ("ZALO_APP_SECRET", "ZALO_OA_SECRET", "ZALO_REFRESH_TOKEN", "TONGDAI_DATA_KEY")
    assert [name for name in names if name not in str(refused.value)] == []
    keys = {"ZALO_APP_SECRET": APP_SECRET, "ZALO_OA_SECRET": OA_SECRET, "ZALO_REFRESH_TOKEN": FIRST}
    settings = load_settings({**environ, **keys, "TONGDAI_DATA_KEY": "A" * 43 + "="})
    assert "canary" not in repr(settings)
    file.write_text(text.replace("channel: zalo", "channel: zns", 1), "utf-8")
    with pytest.raises(SettingsError, match="zns chỉ gửi tin cho người dân"):
        load_settings(environ)
