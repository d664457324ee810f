"""The channel for apprise addresses, such as mail, Zalo or Telegram."""

from __future__ import annotations

import logging
import os
import smtplib
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import requests
from apprise import Apprise, NotifyBase, NotifyFormat
from urllib3.exceptions import MaxRetryError, NewConnectionError

from logbook.guests import EVERYBODY, NOT_SENT, Guests
from logbook.process import time_limit
from logbook.process.routes_outside import spare_loopback
from scheduler.channels import ChannelError, Parcel

NOTHING_SENT = (
    requests.ConnectTimeout,
    NewConnectionError,
    ConnectionRefusedError,
    socket.gaierror,
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
)
"""Troubles after which it is certain that nothing arrived: no connection, or a clear no."""


_TAKEN = "Sent "
"""How apprise begins to say that one of the addresses it was given took the message."""


class _Ear(logging.Logger):
    """Hears of what trouble apprise speaks, and keeps not a word of it: those may hold secrets (T-04)."""

    def __init__(self) -> None:
        """Nothing has been heard yet."""
        super().__init__("scheduler.channels.address", logging.DEBUG)
        self.unclear = False
        self.partly = False
        self.propagate = False

    def handle(self, record: logging.LogRecord) -> None:
        """Inspect the log record for an error, and for whether an address took the message."""
        error = sys.exc_info()[1]
        if record.levelno == logging.INFO and str(record.msg).startswith(_TAKEN):
            self.partly = True
        if error is not None and not _nothing_sent(error):
            self.unclear = True


def _nothing_sent(error: BaseException) -> bool:
    inner = error.args[0] if error.args else None
    if isinstance(inner, MaxRetryError):
        inner = inner.reason
    return isinstance(error, NOTHING_SENT) or isinstance(inner, NOTHING_SENT)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Sends through apprise; `connect` and `read` are seconds that each step of it may take, `total` all.

    Apprise only says that it failed. The error shows whether the message may have arrived all the same:
    it met: a line that broke after the message was on it leaves everybody in doubt (F-06). So does an address
    of several people of whom some have it: it is sent once more at most, not all day.
    """

    connect: float = 4.0
    read: float = 8.0
    total: float = 25.0
    guests: Guests = EVERYBODY

    def send(self, parcel: Parcel) -> str | None:
        """Send to the parcel's apprise address (ChannelError: an address nobody understands is refused)."""
        logging.getLogger("apprise").disabled = True
        spare_loopback(os.environ)  # apprise asks the environment by itself
        service = _service(parcel.to)
        self._admit(parcel, service)
        service.socket_connect_timeout = self.connect
        service.socket_read_timeout = self.read
        ear = service.logger = _Ear()
        letter, apprise = parcel.letter, Apprise()
        apprise.add(service)
        try:
            done = time_limit.within(
                self.total,
                lambda: apprise.notify(body=letter.text, title=letter.subject, body_format=NotifyFormat.TEXT),
            )
        except time_limit.TookTooLongError as error:
            raise ChannelError(f"{error} while sending", "unclear") from None
        except Exception as error:
            raise ChannelError(f"{type(error).__name__} while sending", "unclear") from None
        if not done and ear.unclear:
            raise ChannelError("the line broke before the service answered", "unclear")
        if not done and ear.partly:
            raise ChannelError("one of several addresses took it, another did not", "unclear")
        if not done:
            raise ChannelError("the service did not take it", "later")
        return None

    def _admit(self, parcel: Parcel, service: NotifyBase) -> None:
        """Refuse whom a trial does not reach, whatever was decided before."""
        if not self.guests.limited:
            return
        from apprise.plugins.email.base import NotifyEmail  # all of apprise's ways are loaded with it

        named = [one for _, one in service.targets] if isinstance(service, NotifyEmail) else []
        named += [*service.cc, *service.bcc] if isinstance(service, NotifyEmail) else []
        row = parcel.row
        if not self.guests.channel(row.recipient, row.channel or "", named):
            raise ChannelError("a trial: not a guest", "refused", NOT_SENT)

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
