"""The office's mailbox: letters are read by IMAP, answers sent by SMTP, both within time limits."""

from __future__ import annotations

import imaplib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from logbook.process import time_limit

STEP, TOTAL = 15.0, 60.0
LARGEST = 512 * 1024
"""Bytes read of one letter; the rest of a larger one stays in the mailbox."""
_T = TypeVar("_T")


class MailboxError(Exception):
    """The mailbox or the mail server did not do it; `refused` when it said a clear no to this letter."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        """Say why, in words for a log and without any secret or address."""
        super().__init__(why)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder that letters come into; `address` is imaps://user:password@host[:port]/folder."""

    address: str
    step: float = STEP
    total: float = TOTAL

    def unread(self, most: int) -> list[tuple[str, bytes]]:
        """Return the oldest unread letters with their numbers, each cut at `LARGEST` (MailboxError)."""
        return self._in_time(lambda: self._unread(most))

    def mark_read(self, number: str) -> None:
        """Mark a letter as read, so that it is not fetched again (MailboxError)."""
        self._in_time(lambda: self._mark(number))

    def _unread(self, most: int) -> list[tuple[str, bytes]]:
        found = []
        with self._folder() as box:
            _, listed = box.uid("SEARCH", "UNSEEN")
            numbers = (listed[0] or b"").decode("ascii", "replace").split()
            for number in [one for one in numbers if one.isdecimal()][:most]:
                _, parts = box.uid("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST}>)")
                raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
                found.append((number, bytes(raw)[:LARGEST]))
        return found

    def _mark(self, number: str) -> None:
        with self._folder() as box:
            box.uid("STORE", number, "+FLAGS.SILENT", "(\\Seen)")

    @contextmanager
    def _folder(self) -> Iterator[imaplib.IMAP4]:
        parts = urlsplit(self.address)
        host, folder = parts.hostname or "", unquote(parts.path.strip("/")) or "INBOX"
        box: imaplib.IMAP4
        if parts.scheme == "imaps":
            context = ssl.create_default_context()
            box = imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=context, timeout=self.step)
        else:
            box = imaplib.IMAP4(host, parts.port or 143, timeout=self.step)
        try:
            box.login(unquote(parts.username or ""), unquote(parts.password or ""))
            quoted = re.sub(r'(["\\])', r"\\\1", folder)
            status, _ = box.select(f'"{quoted}"')
            if status != "OK":
                raise MailboxError("the folder cannot be opened")
            yield box
        finally:
            _leave(box)

    def _in_time(self, act: Callable[[], _T]) -> _T:
        try:
            return time_limit.within(self.total, act)
        except (imaplib.IMAP4.error, OSError, time_limit.TookTooLongError, ValueError) as error:
            raise MailboxError(f"{type(error).__name__} at the mailbox") from None


def _leave(box: imaplib.IMAP4) -> None:
    try:
        box.logout()
    except (imaplib.IMAP4.error, OSError):
        box.shutdown()


@dataclass(frozen=True, slots=True)
class MailServer:
    """Sends answers; `address` is smtps://user:password@host[:port], or smtp:// of this machine."""

    address: str
    step: float = STEP
    total: float = TOTAL

    def send(self, letter: EmailMessage) -> None:
        """Hand a letter over (MailboxError)."""
        try:
            time_limit.within(self.total, lambda: self._send(letter))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise MailboxError("the address was refused", refused=all(one >= 500 for one in codes)) from None
        except (smtplib.SMTPException, OSError, time_limit.TookTooLongError) as error:
            raise MailboxError(f"{type(error).__name__} at the mail server") from None

    def _send(self, letter: EmailMessage) -> None:
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=self.step, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=self.step)
        with server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(letter)
