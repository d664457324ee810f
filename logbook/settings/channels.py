"""Which ways of reaching somebody there are: by a telephone number, or by an address in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from logbook import phone_numbers


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One channel. `by_number`: it goes to a telephone number, only a mobile one with `mobile_only`.

    `has_receipts`: it is told later whether what it sent arrived, where the settings ask for that.
    """

    by_number: bool = False
    mobile_only: bool = False
    has_receipts: bool = False

    def takes(self, e164: str) -> bool:
        """Whether it reaches that number."""
        return self.by_number and (not self.mobile_only or phone_numbers.is_mobile(e164))


CALL = "call"
SMS = "sms"
ZNS = "zns"
"""A message of Zalo ZNS; it needs an approved template for what it says, so citizens alone get it."""
_ADDRESS = ChannelKind()
CHANNELS: Mapping[str, ChannelKind] = {
    CALL: ChannelKind(by_number=True),
    SMS: ChannelKind(by_number=True, mobile_only=True, has_receipts=True),
    ZNS: ChannelKind(by_number=True, mobile_only=True, has_receipts=True),
    **dict.fromkeys(("zalo", "mail", "telegram", "viber", "whatsapp", "signal", "slack", "teams"), _ADDRESS),
}
"""Names a step of a ladder may always use; any other name needs a variable with an address."""


def with_receipts() -> tuple[str, ...]:
    """Return the channels that are told later whether what they sent arrived."""
    return tuple(name for name, kind in CHANNELS.items() if kind.has_receipts)


def kind_of(channel: str) -> ChannelKind:
    """Return what is known of a channel; one nobody lists goes to an address."""
    return CHANNELS.get(channel, _ADDRESS)
