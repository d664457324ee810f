"""A citizen is texted through a Vietnamese gateway: sender, letters, receipts, lost answers (B8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from ivr.app import create_app
from ivr.line.hotline import open_hotline
from ivr.running.prepare import prepare
from logbook.database.engine import Database
from logbook.sending.messages import unmarked
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings
from scheduler.all_jobs import receipts_due
from scheduler.send_deliveries import DeliveriesDue, deliveries_due
from tests.logbook.settings.test_loading import PRODUCTION
from tests.scheduler.outbox import VIETNAMESE, Outbox, StandingClock, settings_with
from tests.scheduler.stand_ins.gateway_standin import KEY, SECRET, EsmsLedger, esms

HOUSE = Path(__file__).parents[3]


@pytest.fixture
def gateway() -> Iterator[EsmsLedger]:
    with esms() as ledger:
        yield ledger


class Gatewayed(Outbox):
    """An office whose texts go through the gateway; it is no demonstration."""

    def sender(self) -> DeliveriesDue:
        return deliveries_due(self.settings, self.database, self.clock, catalogue=VIETNAMESE)


@pytest.fixture
def outbox(database: Database, gateway: EsmsLedger, now: datetime) -> Gatewayed:
    plain = settings_with(sms="UBND-DAILANH")
    named = {"sms_gateway": "esms", "sms_gateway_url": gateway.url}
    citizens = plain.citizens.model_copy(update=named)
    keys = {"esms_key": SecretStr(KEY), "esms_secret": SecretStr(SECRET)}
    settings = replace(plain, citizens=citizens, mode="production", **keys)  # type: ignore[arg-type]
    return Gatewayed(database, StandingClock(now), settings, "http://127.0.0.1:9")


def line_of(outbox: Outbox) -> FlaskClient:
    hotline = open_hotline(outbox.settings, outbox.clock, outbox.database)
    prepare(hotline)
    return create_app(hotline, ["voice"]).test_client()


def texted(outbox: Outbox) -> int:
    ticket = outbox.ticket(state="classified")
    row = outbox.put("ticket:1:accepted:2", ticket_id=ticket)
    outbox.send(), outbox.send()
    return row


def path_of(form: dict[str, Any]) -> str:
    return str(form["CallbackUrl"]).removeprefix("https://tongdai.example")


@pytest.mark.row("R15")
def test_a_text_carries_the_registered_name_basic_letters_and_its_receipt_closes_it(
    outbox: Gatewayed, gateway: EsmsLedger
) -> None:
    row = texted(outbox)
    (form,) = gateway.taken
    assert (form["Phone"], form["Brandname"], form["SmsType"], form["IsUnicode"]) == (
        "0912345678", "UBND-DAILANH", "2", "0"
    )  # fmt: skip
    assert form["Content"].isascii()
    assert len(form["Content"]) <= 160
    assert outbox.row(row).provider_sid == "sms-1"
    line = line_of(outbox)
    waiting = "?SMSID=sms-1&SendFailed=0&SendStatus=7&SendSuccess=0&TypeId=2"
    assert line.get(path_of(form) + waiting).status_code == 204
    assert outbox.row(row).receipt == "awaited"
    done = "?SMSID=sms-1&SendFailed=0&SendStatus=5&SendSuccess=1&TotalPrice=850.0000&TypeId=2"
    assert [line.get(path_of(form) + done).status_code for _ in range(2)] == [204, 204]
    assert (outbox.row(row).receipt, outbox.row(row).result) == ("delivered", "delivered")


@pytest.mark.row("R15")
def test_a_text_that_did_not_arrive_is_followed_by_a_call(outbox: Gatewayed, gateway: EsmsLedger) -> None:
    texted(outbox)
    failed = "?SMSID=sms-1&SendFailed=1&SendStatus=5&SendSuccess=0&TypeId=2"
    assert line_of(outbox).get(path_of(gateway.taken[0]) + failed).status_code == 204
    assert [(one.channel, one.state) for one in outbox.rows()] == [("sms", "failed"), ("call", "due")]


@pytest.mark.row("T-01")
def test_a_receipt_nobody_sealed_changes_nothing(outbox: Gatewayed, gateway: EsmsLedger) -> None:
    row = texted(outbox)
    line, path = line_of(outbox), path_of(gateway.taken[0])
    asked = "?SMSID=sms-1&SendFailed=1&SendStatus=5&SendSuccess=0"
    number, seal = path.rsplit("/", 2)[1:]
    hostile = [
        f"/ivr/esms/{number}/{seal[:-1]}x",
        f"/ivr/esms/{int(number) + 1}/{seal}",
        f"/ivr/esms/{number}/é",
    ]
    assert [line.get(one + asked).status_code for one in hostile] == [403, 403, 403]
    assert line.post(path + asked).status_code in (403, 405)
    assert outbox.row(row).receipt == "awaited"


@pytest.mark.row("F-06")
def test_a_text_whose_answer_was_lost_is_sent_again_and_arrives_once(
    outbox: Gatewayed, gateway: EsmsLedger
) -> None:
    gateway.codes = ["lost"]
    row = texted(outbox)
    assert outbox.row(row).state == "unsure"
    outbox.wait(minutes=2)
    outbox.reconcile()
    outbox.send()
    assert len(gateway.taken) == 1
    assert (outbox.row(row).state, outbox.row(row).attempts) == ("sent", 2)
    done = "?SMSID=sms-1&SendFailed=0&SendStatus=5&SendSuccess=1"
    assert line_of(outbox).get(path_of(gateway.taken[0]) + done).status_code == 204
    assert outbox.row(row).receipt == "delivered"


@pytest.mark.row("F-07")
@pytest.mark.parametrize(
    ("code", "state"), [("103", "due"), ("104", "refused"), ("146", "refused"), ("99", "refused")]
)
def test_an_empty_account_is_tried_again_and_a_refusal_gives_way_to_a_call(
    outbox: Gatewayed, gateway: EsmsLedger, code: str, state: str
) -> None:
    gateway.codes = [code]
    row = texted(outbox)
    assert outbox.row(row).state == state
    calls = [one.channel for one in outbox.rows()].count("call")
    assert calls == (state == "refused")


@pytest.mark.row("F-26")
def test_a_receipt_that_never_comes_is_asked_for(outbox: Gatewayed, gateway: EsmsLedger) -> None:
    row = texted(outbox)
    gateway.states["sms-1"] = {"CodeResponse": "100", "SendFailed": 0, "SendStatus": 5, "SendSuccess": 1}
    outbox.wait(hours=2)
    assert receipts_due(outbox.settings, outbox.database, outbox.clock).run_once(lambda: True) == 1
    assert gateway.asked == ["sms-1"]
    assert outbox.row(row).receipt == "delivered"


@pytest.mark.row("T-04")
def test_a_gateway_without_its_keys_stops_the_start_and_no_page_or_log_shows_them(
    tmp_path: Path, outbox: Gatewayed
) -> None:
    text = (HOUSE / "tests" / "office.yaml").read_text("utf-8")
    file = tmp_path / "office.yaml"
    file.write_text(text.replace("sms_gateway: provider", "sms_gateway: esms"), "utf-8")
    with pytest.raises(SettingsError, match="ESMS_API_KEY"):
        load_settings({**PRODUCTION, "TONGDAI_CONFIG": str(file)})
    keys = {"ESMS_API_KEY": KEY, "ESMS_SECRET_KEY": SECRET}
    settings = load_settings({**PRODUCTION, **keys, "TONGDAI_CONFIG": str(file)})
    assert KEY not in repr(settings)
    assert SECRET not in repr(outbox.settings)


def test_the_guide_names_the_templates_to_register_exactly_as_they_are_sent() -> None:
    guide = (HOUSE / "docs" / "connections.md").read_text("utf-8")
    kinds = ("accepted", "transferred", "extended", "answered", "closed", "official")
    names = {"office": "{office}", "number": "{number}", "due": "{due}", "matter": "{matter}"}
    for kind in kinds:
        sentence = unmarked(VIETNAMESE.sentence(f"news_sms_{kind}", names))
        assert f"`{sentence}`" in guide, sentence
        assert len(re.sub(r"{[a-z]+}", "", sentence)) < 150
