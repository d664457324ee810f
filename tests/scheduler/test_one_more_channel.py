"""A channel is one entry: whether it is set up, where it leads, how it sends, whether receipts come."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.ids import DeliveryId
from logbook.outbox import deliveries, escalations
from logbook.outbox.deliveries import AWAITED
from logbook.sending import escalation_steps, limits
from logbook.settings import channels
from logbook.settings.channels import CHANNELS, ChannelKind
from logbook.settings.loading import load_settings
from scheduler import send_deliveries
from scheduler.channels import Parcel
from scheduler.send_deliveries import deliveries_due
from tests import frozen
from tests.suite import guides


@dataclass
class Pager:
    """A channel nobody has built."""

    taken: list[Parcel] = field(default_factory=list)

    def send(self, parcel: Parcel) -> str | None:
        self.taken.append(parcel)
        return "P1"

    def sent(self, parcel: Parcel, since: datetime) -> Sequence[str] | None:
        return None


def test_one_more_channel_is_set_up_sends_to_the_officials_number_and_awaits_a_receipt(
    database: Database, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pager_kind = ChannelKind(by_number=True, has_receipts=True)
    known = {**CHANNELS, "pager": pager_kind, "mobile": ChannelKind(by_number=True, mobile_only=True)}
    monkeypatch.setattr(channels, "CHANNELS", known)
    settings = dataclasses.replace(load_settings(frozen.OFFICE), data_folder=tmp_path)
    official = next(one for one in settings.notifications.officials if one.id == "chu-tich")
    receipts = settings.notifications.model_copy(update={"receipts": True})
    settings = dataclasses.replace(settings, notifications=receipts)
    number = limits.reached(official.number, "pager", settings)
    assert number == official.number
    ways = ("pager", "mobile", "telegram")
    assert [escalation_steps.set_up(settings, official, way) for way in ways] == [True, False, False]
    pager = Pager()
    job = dataclasses.replace(deliveries_due(settings, database, Clock(now)), more={"pager": pager})
    with database.writing() as conn:
        matter = escalations.open_once(
            conn, key="m", kind="report_soon", ladder="office", urgent=True, now=now
        )
        row = deliveries.put(
            conn,
            key="k",
            recipient="chu-tich",
            kind="report_soon",
            channel="pager",
            escalation_id=matter,
            now=now,
        )
    assert job.send(lambda: True, 1) == 1
    assert [parcel.to for parcel in pager.taken] == [number]
    with database.reading() as conn:
        sent = deliveries.of_id(conn, DeliveryId(row or 0))
    assert sent is not None
    assert (sent.state, sent.provider_sid, sent.receipt) == ("sent", "P1", AWAITED)


def test_the_guide_says_what_one_more_channel_takes() -> None:
    needed = {guides.relative(channels), "scheduler/channels/<name>.py", guides.relative(send_deliveries)}
    assert guides.promised("channel") == (len(needed), needed)
