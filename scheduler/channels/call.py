"""The channel for calls: asks the provider to ring; our webhooks then say what to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from logbook.outbox.kinds import RETURNED_CALL
from logbook.provider import CallState, ProviderError
from scheduler.channels import Parcel, fate_of


class PlacesCalls(Protocol):
    """What is needed of the provider; `logbook.provider.Telephone` is one."""

    def ring(self, *, to: str, caller_id: str, answer_url: str, status_url: str, seconds: int) -> str:
        """Ring a telephone and return the call's sid."""

    def rung(self, *, to: str, caller_id: str, since: datetime) -> list[str]:
        """Calls placed to a number since then."""

    def state(self, sid: str) -> CallState:
        """How a call stands."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Rings from the hotline's own number; `seconds` is how long it rings."""

    telephone: PlacesCalls
    public_url: str
    caller_id: str
    seconds: int

    def send(self, parcel: Parcel) -> str | None:
        """Ring; the dialogue runs at the address of this very attempt (ChannelError)."""
        row = parcel.row
        address, which = f"{self.public_url}/ivr/told/{row.id}", f"?call={row.attempts}"
        if row.kind == RETURNED_CALL:
            which += f"&kind={RETURNED_CALL}"  # in a demonstration this clerk picks up by themselves
        try:
            return self.telephone.ring(
                to=parcel.to,
                caller_id=self.caller_id,
                answer_url=f"{address}{which}",
                status_url=f"{address}/status{which}",
                seconds=self.seconds,
            )
        except ProviderError as error:
            raise fate_of(error) from error

    def sent(self, parcel: Parcel, since: datetime) -> Sequence[str] | None:
        """Return the calls placed there since then (ChannelError)."""
        try:
            return self.telephone.rung(to=parcel.to, caller_id=self.caller_id, since=since)
        except ProviderError as error:
            raise fate_of(error) from error
