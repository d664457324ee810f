"""Telling by an address of any other kind, such as mail, Zalo or Telegram, which apprise knows how to use."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apprise import Apprise, NotifyBase, NotifyFormat

from scheduler.channels import ChannelError, Parcel


@dataclass(frozen=True, slots=True)
class Addresses:
    """Sends through apprise; `connect` and `read` are seconds that each step of it may take.

    Nothing apprise says of a failure is kept or logged: its words may hold the address with secrets (T-04).
    """

    connect: float = 4.0
    read: float = 8.0

    def send(self, parcel: Parcel) -> str | None:
        """Send to the parcel's apprise address (ChannelError: an address nobody understands is refused)."""
        logging.getLogger("apprise").disabled = True
        service = _service(parcel.to)
        service.socket_connect_timeout = self.connect
        service.socket_read_timeout = self.read
        letter, apprise = parcel.letter, Apprise()
        apprise.add(service)
        try:
            done = apprise.notify(body=letter.text, title=letter.subject, body_format=NotifyFormat.TEXT)
        except Exception as error:
            raise ChannelError(f"{type(error).__name__} while sending", "unclear") from None
        if not done:
            raise ChannelError("the service did not take it", "later")
        return None

    def sent(self, _parcel: Parcel, _since: datetime) -> Sequence[str] | None:
        """Nobody can be asked what became of it."""
        return None


def _service(address: str) -> NotifyBase:
    """What sends to an address (ChannelError, refused, when nothing does)."""
    try:
        service = Apprise.instantiate(address)
    except Exception as error:
        why = f"{type(error).__name__} while reading an address"
        raise ChannelError(why, "refused", "not_set_up") from None
    if service is None:
        raise ChannelError("an address that cannot be understood", "refused", "not_set_up")
    return service
