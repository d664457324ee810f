"""The channel for messages of Zalo ZNS to citizens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from logbook.provider import ProviderError
from logbook.sending.gateways.zalo import ZaloGateway
from logbook.sending.gateways.zalo_receipts import tracking_id
from scheduler.channels import ChannelError, Parcel, fate_of


@dataclass(frozen=True, slots=True)
class ZaloMessages:
    """Sends by the approved template of each kind of news."""

    gateway: ZaloGateway
    templates: Mapping[str, str]

    def send(self, parcel: Parcel) -> str | None:
        """Send one message and return Zalo's name for it (ChannelError)."""
        row = parcel.row
        template = self.templates.get(row.kind)
        if template is None:
            raise ChannelError(f"no template for {row.kind}", "refused")
        try:
            return self.gateway.send(
                to=parcel.to,
                template=template,
                params=parcel.letter.params,
                tracking=tracking_id(row.id, row.attempts),
            )
        except ProviderError as error:
            raise fate_of(error) from error

    def sent(self, parcel: Parcel, since: datetime) -> Sequence[str] | None:
        """Return None: Zalo cannot be asked by our own name; its receipt may still come."""
        del parcel, since
        return None
