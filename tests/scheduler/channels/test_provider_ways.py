"""Calls and text messages: what the provider is asked for, and what each of its troubles means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from logbook.database.engine import Database
from logbook.ids import DeliveryId
from logbook.outbox.deliveries import Delivery, of_id, put
from logbook.provider import ProviderError, Telephone
from logbook.sending.messages import Message
from scheduler.channels import Channel, ChannelError, Parcel, fate_of
from scheduler.channels.call import Calls
from scheduler.channels.sms import TextMessages
from tests.scheduler.fake_provider import Ledger, fake_provider
from tests.suite.waiting import PATIENCE

CITIZEN, HOTLINE = "+84912345678", "+842583842102"


@pytest.fixture
def provider() -> Iterator[Ledger]:
    with fake_provider() as ledger:
        yield ledger


@pytest.fixture(params=["call", "sms"])
def way(request: pytest.FixtureRequest, provider: Ledger) -> Channel:
    telephone = Telephone(provider.url, "AC1", "token", timeout=PATIENCE)
    if request.param == "call":
        return Calls(telephone, "https://h", HOTLINE, 45)
    return TextMessages(telephone, "UBND", HOTLINE)


def parcel(database: Database, now: datetime, recipient: str = "citizen") -> Parcel:
    with database.writing() as conn:
        number = put(conn, key="k", kind="accepted", recipient=recipient, number=CITIZEN, now=now)
        row = of_id(conn, DeliveryId(number or 0))
    assert isinstance(row, Delivery)
    return Parcel(row, Message("", "Phieu 004217 da duoc tiep nhan."), CITIZEN)


def test_what_was_sent_is_found_again_and_only_since_then(
    way: Channel, provider: Ledger, database: Database, now: datetime
) -> None:
    sent = way.send(parcel(database, now))
    moment = datetime.now(now.tzinfo)
    found = parcel_of(database)
    assert list(way.sent(found, moment - timedelta(minutes=1)) or ()) == [sent]
    assert list(way.sent(found, moment + timedelta(minutes=1)) or ()) == []


def parcel_of(database: Database) -> Parcel:
    with database.reading() as conn:
        row = of_id(conn, DeliveryId(1))
    assert row is not None
    return Parcel(row, Message("", "Phieu 004217 da duoc tiep nhan."), CITIZEN)


def test_a_text_of_other_words_is_another_text(provider: Ledger, database: Database, now: datetime) -> None:
    texts = TextMessages(Telephone(provider.url, "AC1", "token"), "UBND", HOTLINE)
    sent = parcel(database, now)
    texts.send(sent)
    other = Parcel(sent.row, Message("", "Phieu khac."), CITIZEN)
    assert list(texts.sent(other, datetime(2020, 1, 1, tzinfo=now.tzinfo)) or ()) == []


@pytest.mark.parametrize(("recipient", "sender"), [("citizen", "UBND"), ("chu-tich", HOTLINE)])
def test_citizens_see_the_registered_name_and_officials_the_hotline(
    provider: Ledger, database: Database, now: datetime, recipient: str, sender: str
) -> None:
    texts = TextMessages(Telephone(provider.url, "AC1", "token"), "UBND", HOTLINE)
    texts.send(parcel(database, now, recipient))
    assert provider.taken[0]["From"] == sender
    assert provider.taken[0]["Body"] == "Phieu 004217 da duoc tiep nhan."


@pytest.mark.row("F-07")
def test_a_provider_that_cannot_be_asked_says_so(
    way: Channel, provider: Ledger, database: Database, now: datetime
) -> None:
    provider.asking = "500"
    with pytest.raises(ChannelError):
        way.sent(parcel(database, now), now)


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (ProviderError("HTTP 429", permanent=True, later=True), "later"),
        (ProviderError("HTTP 400", permanent=True), "refused"),
        (ProviderError("no connection", later=True), "later"),
        (ProviderError("ReadTimeout"), "unclear"),
    ],
)
def test_each_trouble_has_its_fate(error: ProviderError, fate: str) -> None:
    assert fate_of(error).fate == fate
