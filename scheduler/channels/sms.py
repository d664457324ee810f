"""The channel for text messages through the provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from logbook.outbox.deliveries import CITIZEN, Delivery
from logbook.provider import ProviderError
from scheduler.channels import Parcel, fate_of


class Texts(Protocol):
    """What is needed of the provider; `logbook.provider.Telephone` is one."""

    def text(self, *, to: str, sender: str, body: str, status_url: str | None = None) -> str:
        """Send a message and return its sid; `status_url` hears how it gets on."""

    def texted(self, *, to: str, body: str, since: datetime) -> list[str]:
        """Messages with this body sent to a number since then."""


@dataclass(frozen=True, slots=True)
class TextMessages:
    """Sends to citizens under the registered name, to officials from the hotline's number (rules B8).

    A Vietnamese gateway knows the registered name alone, which then stands on both.
    """

    telephone: Texts
    for_citizens: str
    for_officials: str
    receipts_at: str | None = None
    """The address below which receipts are heard; None where none are asked for."""
    callback: Callable[[Delivery], str] | None = None
    """The whole address of a row's receipts, for a gateway that signs nothing."""

    def send(self, parcel: Parcel) -> str | None:
        """Send one message and return its sid (ChannelError)."""
        sender = self.for_citizens if parcel.row.recipient == CITIZEN else self.for_officials
        try:
            return self.telephone.text(
                to=parcel.to, sender=sender, body=parcel.letter.text, status_url=self._receipt(parcel.row)
            )
        except ProviderError as error:
            raise fate_of(error) from error

    def _receipt(self, row: Delivery) -> str | None:
        if self.receipts_at is not None and self.callback is not None:
            return self.callback(row)
        return None if self.receipts_at is None else f"{self.receipts_at}/{row.id}?call={row.attempts}"

    def sent(self, parcel: Parcel, since: datetime) -> Sequence[str] | None:
        """Return the messages with these words sent there since then (ChannelError)."""
        try:
            return self.telephone.texted(to=parcel.to, body=parcel.letter.text, since=since)
        except ProviderError as error:
            raise fate_of(error) from error
