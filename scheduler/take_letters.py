"""Takes letters from the office's mailbox, opens their tickets, answers their writers (002-24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import structlog

from logbook.calendar.current import Calendars
from logbook.clock import Clock, local
from logbook.database.engine import Database
from logbook.intake import letters, taking
from logbook.intake.taking import ReceiptDue
from logbook.sending.claims import wait_after
from logbook.settings.loading import Settings
from logbook.texts.catalogue import OFFICE_LANGUAGE, Catalogue, load_texts
from scheduler.channels.mailbox import Mailbox, MailboxError, MailServer

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class LettersDue:
    """Everything that taking letters needs; without a mailbox nothing happens."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars
    catalogue: Catalogue
    mailbox: Mailbox | None
    server: MailServer | None

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Take what is unread and answer who waits; return how many letters were new (DatabaseBusyError).

        A letter is marked as read after its ticket is committed: whoever is killed in between takes it again,
        and its Message-ID opens no second ticket.
        """
        taken = 0
        try:
            if self.mailbox is not None and have_lease():
                taken = self._take_all(self.mailbox, have_lease)
        except MailboxError as error:
            structlog.get_logger("scheduler").warning("mailbox", error=str(error))
        self._answer(have_lease)
        return taken

    def _take_all(self, mailbox: Mailbox, have_lease: Callable[[], bool]) -> int:
        taken = 0
        for number, raw in mailbox.unread(AT_ONCE):
            if not have_lease():
                break
            taken += self._take(raw)
            mailbox.mark_read(number)
        return taken

    def _take(self, raw: bytes) -> int:
        letter = letters.read(raw, self._own())
        with self.database.writing() as conn:
            times, _ = self.calendars.now(conn)
            fate = taking.take(conn, letter, self.settings, self.catalogue, times, self.clock.now())
        structlog.get_logger("scheduler").info("letter", key=letter.key[:12], fate=fate or "known")
        return fate is not None

    def _answer(self, have_lease: Callable[[], bool]) -> None:
        if self.server is None:
            return
        with self.database.reading() as conn:
            rows = taking.due(conn, self.clock.now(), AT_ONCE)
        for row in rows:
            if not have_lease():
                return
            if not self.settings.guests.mail(row.to):
                with self.database.writing() as conn:
                    taking.not_answered(conn, row, self.clock.now(), wait_after(1), refused=True)
                continue
            with self.database.reading() as conn:
                subject, text = taking.words_of(conn, row, self.settings, self.catalogue)
            try:
                self.server.send(self._letter(row, subject, text))
            except MailboxError as error:
                structlog.get_logger("scheduler").warning("letter not answered", error=str(error))
                with self.database.writing() as conn:
                    wait = wait_after(row.attempts + 1)
                    taking.not_answered(conn, row, self.clock.now(), wait, refused=error.refused)
                continue
            with self.database.writing() as conn:
                taking.answered(conn, row.id, self.clock.now())

    def _letter(self, row: ReceiptDue, subject: str, text: str) -> EmailMessage:
        """The answer, marked as a machine's so that no other machine answers it (RFC 3834)."""
        own = self._own()
        name = taking.message_name(self.settings.secret_key.get_secret_value(), row.id)
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = own, row.to, subject
        letter["Date"] = format_datetime(local(self.clock.now()))
        letter["Message-ID"] = f"<{name}@{own.partition('@')[2] or 'localhost'}>"
        letter["Auto-Submitted"] = "auto-replied"
        letter["Precedence"] = "bulk"
        letter.set_content(text)
        return letter

    def _own(self) -> str:
        """The office's address: that of the settings, else the one the mailbox is signed in to with."""
        user = unquote(urlsplit(self.mailbox.address).username or "") if self.mailbox else ""
        return self.settings.office.email or (user if "@" in user else "")


def letters_due(settings: Settings, database: Database, clock: Clock) -> LettersDue:
    """Build the job of one installation; TONGDAI_MAIL_IMAP and TONGDAI_MAIL_SMTP say where."""
    box, server = settings.mail_imap.get_secret_value(), settings.mail_smtp.get_secret_value()
    return LettersDue(
        database=database,
        clock=clock,
        settings=settings,
        calendars=Calendars(settings, clock),
        catalogue=load_texts(settings.office.names)[OFFICE_LANGUAGE],
        mailbox=Mailbox(box) if box else None,
        server=MailServer(server) if server else None,
    )
