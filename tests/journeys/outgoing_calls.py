"""Calls we place in a journey: an official or a citizen is rung, as the sender would have it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from ivr.phone.behaviour import Behaviour
from ivr.phone.parameters import new_sid
from ivr.phone.scripted import Action, ClerkAnswers
from logbook.accounts import accounts
from logbook.database.tables import deliveries as outbox
from logbook.ids import DeliveryId
from logbook.outbox import deliveries, escalations
from logbook.outbox.deliveries import Delivery
from logbook.outbox.escalations import Escalation
from logbook.tickets.tickets import Ticket
from tests.caller import Caller
from tests.journeys.town import Town
from tests.people import FARMER

CHAIRMAN, DEPUTY = "chu-tich", "pho-chu-tich"
PICKED_UP = ClerkAnswers(0)


@dataclass
class Told:
    """The calls placed from one town."""

    town: Town

    def account(self, login: str = "chutich", role: str = "chairman") -> int:
        """An official's account on the console."""
        with self.town.database.writing() as conn:
            return accounts.add(
                conn,
                login=login,
                name="Phạm Văn Dũng",
                role=role,
                password="một câu rất dài",
                now=self.town.clock.now(),
            )

    def matter(self, ticket: Ticket, kind: str = "new") -> Escalation:
        """The one unsettled escalation of that kind."""
        with self.town.database.reading() as conn:
            (found,) = [row for row in escalations.unsettled(conn, ticket.id) if row.kind == kind]
        return found

    def again(self, matter: Escalation) -> Escalation:
        """The escalation as it stands now."""
        with self.town.database.reading() as conn:
            found = escalations.of_id(conn, matter.id)
        assert found is not None
        return found

    def about(self, matter: Escalation, official: str = CHAIRMAN) -> int:
        """A delivery to an official about an escalation, its first call under way."""
        return self._placed(
            key=f"test:{matter.id}:{official}",
            kind=matter.kind,
            recipient=official,
            channel=deliveries.CALL,
            escalation_id=matter.id,
            ticket_id=matter.ticket_id,
        )

    def news(self, ticket: Ticket, kind: str) -> int:
        """A delivery of news to the citizen, its first call under way."""
        return self._placed(
            key=f"test:{ticket.id}:{kind}",
            kind=kind,
            recipient=deliveries.CITIZEN,
            channel=deliveries.CALL,
            number=ticket.caller_number,
            ticket_id=ticket.id,
        )

    def _placed(self, **row: Any) -> int:
        with self.town.database.writing() as conn:
            made = deliveries.put(conn, now=self.town.clock.now(), **row)
            assert made is not None
        self.try_number(made, 1)
        return made

    def try_number(self, delivery: int, attempt: int) -> None:
        """The sender places the call of that attempt."""
        with self.town.database.writing() as conn:
            conn.execute(
                update(outbox)
                .where(outbox.c.id == delivery)
                .values(
                    state="sending",
                    attempts=attempt,
                    claimed_at=self.town.clock.now(),
                    ended_at=None,
                    result=None,
                    provider_sid=None,
                )
            )

    def row(self, delivery: int) -> Delivery:
        """The delivery as it stands now."""
        with self.town.database.reading() as conn:
            found = deliveries.of_id(conn, DeliveryId(delivery))
        assert found is not None
        return found

    def ring(
        self,
        delivery: int,
        *,
        number: str = FARMER,
        first: Action = PICKED_UP,
        attempt: int = 1,
        behaviour: Behaviour | None = None,
    ) -> Caller:
        """The person is rung and, unless `first` says otherwise, picks up."""
        settings = self.town.settings
        return Caller(
            self.town.app,
            settings.auth_token.get_secret_value(),
            number=settings.line.number,
            called=number,
            account_sid=settings.account_sid,
            first=(first,),
            direction="outbound-api",
            call_sid=new_sid("CA"),
            voice_path=f"/ivr/told/{delivery}?call={attempt}",
            status_path=f"/ivr/told/{delivery}/status?call={attempt}",
            fallback_path="",
            behaviour=behaviour,
        ).dial()
