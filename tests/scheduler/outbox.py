"""An outbox in front of a fake provider, with people to notify and a clock that is moved by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import deliveries as table
from logbook.database.tables import tickets
from logbook.ids import DeliveryId, EscalationId, TicketId
from logbook.outbox import deliveries, escalations
from logbook.outbox.deliveries import Delivery
from logbook.provider import Telephone
from logbook.sending import outcomes
from logbook.settings.loading import Settings, load_settings
from logbook.texts.catalogue import load_texts
from logbook.tickets import history
from scheduler.send_deliveries import DeliveriesDue, deliveries_due
from tests import frozen
from tests.logbook import book_of_cases
from tests.suite.waiting import PATIENCE

PUBLIC_URL = "https://tongdai.example"
CITIZEN, LANDLINE, HOTLINE = "+84912345678", "+842583842500", "+842583842102"
CHAIRMAN, VICE, CLERK = "chu-tich", "pho-chu-tich", "truc"
VIETNAMESE = load_texts()["vi"]


def settings_with(*, sms: str | None = None, channels: Mapping[str, str] | None = None) -> Settings:
    """The shipped settings, with a registered sender of texts and addresses of channels."""
    shipped = load_settings(frozen.OFFICE)
    return replace(
        shipped,
        public_url=PUBLIC_URL,
        citizens=shipped.citizens.model_copy(update={"sms_sender": sms}),
        channels={name: SecretStr(address) for name, address in (channels or {}).items()},
    )


class StandingClock(Clock):
    """Shows the moment it was set to."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment)
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by


@dataclass
class Outbox:
    """Everything a test of the sender touches."""

    database: Database
    clock: StandingClock
    settings: Settings
    provider_url: str
    timeout: float = PATIENCE
    total: float = PATIENCE

    def sender(self) -> DeliveriesDue:
        telephone = Telephone(self.provider_url, "AC1", "token", timeout=self.timeout, total=self.total)
        return deliveries_due(
            self.settings, self.database, self.clock, telephone=telephone, catalogue=VIETNAMESE
        )

    def send(self, epoch: int = 1) -> int:
        return self.sender().send(lambda: True, epoch)

    def reconcile(self) -> int:
        return self.sender().reconcile(lambda: True)

    def again(self) -> int:
        return self.sender().again(lambda: True)

    def wait(self, **by: float) -> None:
        self.clock.move(timedelta(**by))

    def ticket(self, code: str = "004217", **columns: Any) -> int:
        with self.database.writing() as conn:
            return book_of_cases.write(conn, code, self.clock.now(), **columns)

    def change(self, ticket_id: TicketId, **columns: object) -> None:
        with self.database.writing() as conn:
            conn.execute(tickets.update().where(tickets.c.id == ticket_id).values(**columns))

    def matter(self, key: str, ticket_id: TicketId | None = None, kind: str = "new", **more: object) -> int:
        with self.database.writing() as conn:
            made = escalations.open_once(
                conn,
                key=key,
                kind=kind,
                ladder="complaint",
                ticket_id=ticket_id,
                now=self.clock.now(),
                **more,  # type: ignore[arg-type]
            )
        assert made is not None
        return made

    def put(self, key: str, **columns: object) -> int:
        """Put a row; by default the citizen's news that an escalation was accepted."""
        values = {"kind": "accepted", "recipient": "citizen", "now": self.clock.now()} | columns
        if values["recipient"] == "citizen":
            values.setdefault("number", CITIZEN)
        with self.database.writing() as conn:
            made = deliveries.put(conn, key=key, **values)  # type: ignore[arg-type]
        assert made is not None
        return made

    def row(self, number: int) -> Delivery:
        with self.database.reading() as conn:
            found = deliveries.of_id(conn, DeliveryId(number))
        assert found is not None
        return found

    def rows(self) -> list[Delivery]:
        with self.database.reading() as conn:
            return [Delivery(*row) for row in conn.execute(select(table).order_by(table.c.id))]

    def ended(self, number: int, result: str) -> bool:
        """The webhook reports the result of the call under way."""
        with self.database.writing() as conn:
            row = outcomes.current_call(conn, DeliveryId(number), self.row_in(conn, number).attempts)
            if row is None:
                return False
            return outcomes.call_ended(conn, row, result, self.clock.now())  # type: ignore[arg-type]

    @staticmethod
    def row_in(conn: object, number: int) -> Delivery:
        found = deliveries.of_id(conn, number)  # type: ignore[arg-type]
        assert found is not None
        return found

    def told(self, ticket_id: TicketId) -> list[tuple[str, str, str]]:
        """What the ticket's history says of notifications: what, by which channel, how it went."""
        with self.database.reading() as conn:
            events = [event for event in history.of(conn, ticket_id) if event.verb == "tell"]
        details = [json.loads(event.details) for event in events]
        return [(each["what"], each["channel"], each["result"]) for each in details]


def by_text(outbox: Outbox) -> Outbox:
    """The office has a registered sender of text messages."""
    return replace(outbox, settings=settings_with(sms="UBNDDAILANH"))


def to_chairman(outbox: Outbox, key: str = "escalation:1:0:0:0", **columns: object) -> int:
    """A call to the chairman about an escalation of its own."""
    escalation = outbox.matter(f"matter of {key}")
    values = {"kind": "new", "recipient": CHAIRMAN, "channel": "call", "escalation_id": escalation} | columns
    return outbox.put(key, **values)


def first_told(outbox: Outbox, row: int) -> datetime | None:
    """When somebody was first notified of the escalation of a row."""
    with outbox.database.reading() as conn:
        escalation = escalations.of_id(conn, EscalationId(outbox.row(row).escalation_id or 0))
    assert escalation is not None
    return escalation.first_sent_at
