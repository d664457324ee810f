"""Channels: one file each; a channel sends and reports what is known of what it sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from logbook.guests import NOT_SENT
from logbook.outbox.deliveries import Delivery
from logbook.provider import NotAGuestError, ProviderError
from logbook.sending.messages import Message
from logbook.texts.catalogue import TextError


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed row of the outbox with what it says, and the number or address it goes to."""

    row: Delivery
    letter: Message
    to: str


WORDLESS = (TextError, LookupError, TypeError, ValueError)
"""What a row raises that cannot be put into words, such as one whose sentence is no longer there."""
Fate = Literal["refused", "later", "unclear"]


class ChannelError(Exception):
    """It was not delivered: `refused` for good; `later`, since nothing was sent; `unclear`, nobody knows.

    `result` is the word a refused row ends with.
    """

    def __init__(self, reason: str, fate: Fate, result: str = "refused") -> None:
        """Say why, in words for a log and without any secret."""
        super().__init__(reason)
        self.fate: Fate = fate
        self.result = result


class Channel(Protocol):
    """One channel."""

    def send(self, parcel: Parcel, /) -> str | None:
        """Send once and return the provider's name for it, if there is one (ChannelError)."""

    def sent(self, parcel: Parcel, since: datetime, /) -> Sequence[str] | None:
        """Names of what was sent like this since then; None where nobody can be asked (ChannelError)."""


def fate_of(error: ProviderError) -> ChannelError:
    """Return what a provider's error means for what was being sent (F-07)."""
    if isinstance(error, NotAGuestError):
        return ChannelError(str(error), "refused", NOT_SENT)
    if error.later:
        return ChannelError(str(error), "later")
    return ChannelError(str(error), "refused" if error.permanent else "unclear")
