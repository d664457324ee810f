"""Decides whom calls and messages may reach: everybody, or in trial mode only the guest list (N2).

Every call and message asks here at the last moment before it goes out: calls and texts in
`logbook.provider`, further channels in `scheduler.channels.address`, transfers in `ivr.line.twiml`, answers
to letters in `scheduler.take_letters`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from logbook import phone_numbers

NOT_SENT = "trial"
"""The result of what was not sent because its recipient is no guest; it is never sent later."""


@dataclass(frozen=True, slots=True)
class Guests:
    """The numbers (E.164), addresses and `official/channel` pairs that may be reached; None: everybody."""

    only: frozenset[str] | None = None

    @property
    def limited(self) -> bool:
        """Whether this is a trial."""
        return self.only is not None

    def number(self, number: str | None) -> bool:
        """Whether this telephone number, written in any way, may be rung or sent a text."""
        return self.only is None or (phone_numbers.callable_in_vietnam(number) or "") in self.only

    def mail(self, address: str) -> bool:
        """Whether this mail address may be written to."""
        return self.only is None or address.casefold() in self.only

    def channel(self, official: str, channel: str, addresses: Iterable[str] = ()) -> bool:
        """Whether an official may be reached by a further channel that leads to `addresses`.

        The pair itself is a guest, or each of the addresses is (and there is at least one).
        """
        if self.only is None or f"{official}/{channel}" in self.only:
            return True
        details = [address.casefold() for address in addresses]
        return bool(details) and all(address in self.only for address in details)


EVERYBODY = Guests()


def mail_of(address: str) -> list[str]:
    """Return the mail addresses an apprise address names, without loading what sends; [] for other kinds."""
    scheme, _, rest = address.partition("://")
    if scheme not in ("mailto", "mailtos"):
        return []
    parts = urlsplit(f"//{rest}")
    said = parse_qs(parts.query)
    named = [unquote(one) for one in parts.path.split("/") if "@" in unquote(one)]
    named += [one for name in ("to", "cc", "bcc") for value in said.get(name, []) for one in value.split(",")]
    if not named and parts.username:
        named = [f"{unquote(parts.username)}@{parts.hostname}"]
    return [one.strip().casefold() for one in named if one.strip()]
