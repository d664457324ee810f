"""Somebody complains by mail: a ticket once, an answer with the code once, machines get none (002-24)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_string
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from logbook.database.engine import Database
from logbook.database.tables import mail_letters, ticket_events, tickets
from logbook.intake import taking
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings
from scheduler.take_letters import LettersDue, letters_due
from tests import frozen
from tests.scheduler.outbox import StandingClock, settings_with
from tests.scheduler.stand_ins.mailbox_standin import StandInBox, StandInServer, mail_server, mailbox

WORDS = "Đường thôn Tây lở, xe không qua được."


class MailOffice:
    """An office with a mailbox and a mail server of this machine."""

    def __init__(self, database: Database, box: StandInBox, server: StandInServer, now: datetime) -> None:
        self.database, self.box, self.server, self.clock = database, box, server, StandingClock(now)

    def job(self, **other: Any) -> LettersDue:
        keys = {"mail_imap": SecretStr(self.box.address), "mail_smtp": SecretStr(self.server.address)}
        return letters_due(replace(settings_with(), **(keys | other)), self.database, self.clock)

    def run(self, **other: Any) -> int:
        return self.job(**other).run_once(lambda: True)

    def write(self, name: str = "a", *fields: str, sender: str = "muoi@example.vn", text: str = WORDS) -> int:
        head = [f"From: Nguyen Thi Muoi <{sender}>", f"Message-ID: <{name}@example.vn>", "Subject: Duong lo"]
        lines = [*head, "Content-Type: text/plain; charset=utf-8", *fields, "", text]
        return self.box.put("\r\n".join(lines).encode())

    def tickets(self) -> list[Any]:
        with self.database.reading() as conn:
            return list(conn.execute(select(tickets).order_by(tickets.c.id)))

    def letters(self) -> list[Any]:
        with self.database.reading() as conn:
            return list(conn.execute(select(mail_letters).order_by(mail_letters.c.id)))


@pytest.fixture
def office(database: Database, now: datetime) -> Iterator[MailOffice]:
    with mailbox() as box, mail_server() as server:
        yield MailOffice(database, box, server, now)


@pytest.mark.row("002-24")
def test_a_letter_becomes_a_ticket_once_and_its_writer_gets_code_and_pin_once(office: MailOffice) -> None:
    office.write()
    assert [office.run() for _ in range(3)] == [1, 0, 0]
    (ticket,) = office.tickets()
    assert (ticket.channel, ticket.state, ticket.content) == ("email", "new", WORDS)
    assert (ticket.caller_name, ticket.caller_address) == ("Nguyen Thi Muoi", "muoi@example.vn")
    assert office.box.seen == {1}
    (sent,) = office.server.taken
    answer = message_from_string(sent)
    text = str(answer.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]
    assert answer["To"] == "muoi@example.vn"
    assert answer["Auto-Submitted"] == "auto-replied"
    assert ticket.code in text
    assert re.search(r"Mã PIN: \d{4,}", text)
    assert "thôn Tây" not in text
    assert [row.reply_to for row in office.letters()] == [None]


@pytest.mark.row("F-06")
def test_a_job_killed_before_the_letter_was_marked_opens_no_second_ticket(office: MailOffice) -> None:
    office.write()
    office.run()
    office.box.seen.clear()
    office.write("a", text="the same letter, forwarded once more by the server")
    assert office.run() == 0
    assert len(office.tickets()) == 1
    assert len(office.server.taken) == 1
    assert office.box.seen == {1, 2}


def test_machines_get_no_ticket_and_no_answer_so_that_no_loop_begins(office: MailOffice) -> None:
    office.write("a", "Auto-Submitted: auto-replied")
    office.write("b", "Precedence: bulk")
    office.write("c", sender="mailer-daemon@example.vn")
    office.write("d", sender="hopthu@xa.vn")
    assert office.run() == 4
    assert office.tickets() == []
    assert office.server.taken == []
    assert {row.fate for row in office.letters()} == {"machine"}


def test_a_letter_that_answers_ours_stands_in_the_history_of_its_ticket(office: MailOffice) -> None:
    office.write()
    office.run()
    name = message_from_string(office.server.taken[0])["Message-ID"]
    office.write("b", f"In-Reply-To: {name}", text="Tôi gửi thêm: đoạn gần cầu.")
    forged = name.replace("tongdai.1.", "tongdai.1.0")
    office.write("c", f"In-Reply-To: {forged}", text="Việc khác hẳn của tôi.")
    assert office.run() == 2
    assert len(office.tickets()) == 2
    with office.database.reading() as conn:
        notes = conn.execute(select(ticket_events.c.reason).where(ticket_events.c.verb == "note")).scalars()
        assert ["gần cầu" in note for note in notes] == [True]


@pytest.mark.row("T-16")
def test_a_flood_of_one_sender_ends_and_is_answered_three_times(office: MailOffice) -> None:
    for number in range(25):
        office.write(str(number), text=f"{WORDS} Lần {number}.")
    assert sum(office.run() for _ in range(3)) == 25
    assert len(office.tickets()) == taking.LETTERS_A_DAY
    assert len(office.server.taken) == taking.ANSWERS_A_DAY


@pytest.mark.row("F-07")
def test_an_answer_nobody_takes_is_sent_later_and_a_clear_no_ends_it(office: MailOffice) -> None:
    office.write()
    good = office.server.address
    office.server.address = "smtp://127.0.0.1:9"
    office.run()
    assert office.letters()[0].attempts == 1
    office.server.address = good
    office.clock.move(timedelta(minutes=2))
    office.run()
    assert len(office.server.taken) == 1
    office.server.refuses = True
    office.write("b", text="Việc khác của tôi.")
    office.run()
    assert (office.letters()[1].reply_to, office.letters()[1].answered_at) == (None, None)


def test_a_letter_without_readable_words_is_a_ticket_that_says_where_to_look(office: MailOffice) -> None:
    office.write(text="")
    office.box.put(b"\x00\x01\x02")
    assert office.run() == 2
    assert ["Xin mở hộp thư" in ticket.content for ticket in office.tickets()] == [True, True]
    assert [ticket.anonymous for ticket in office.tickets()] == [False, True]


def test_in_a_trial_only_guests_are_answered(office: MailOffice) -> None:
    office.write()
    part = settings_with().trial.model_copy(update={"guests": ("ban@example.vn",)})
    office.run(mode="trial", trial=part)
    assert len(office.tickets()) == 1
    assert office.server.taken == []


def test_an_answer_that_waits_when_a_trial_begins_is_never_sent(office: MailOffice) -> None:
    office.write()
    good = office.server.address
    office.server.address = "smtp://127.0.0.1:9"
    office.run()
    assert office.letters()[0].reply_to is not None
    office.server.address = good
    office.clock.move(timedelta(minutes=2))
    office.run(mode="trial", trial=settings_with().trial.model_copy(update={"guests": ("ban@example.vn",)}))
    assert office.server.taken == []
    assert office.letters()[0].reply_to is None


@pytest.mark.row("T-04")
def test_an_open_line_to_a_mailbox_is_refused_and_no_password_is_repeated() -> None:
    bad = ("imap://a:canary@mail.example.vn/", "http://a:canary@x/", "imaps://", "imaps://a:canary@x:0/")
    for address in bad:
        with pytest.raises(SettingsError) as refused:
            load_settings({**frozen.OFFICE, "TONGDAI_MAIL_IMAP": address})
        assert "canary" not in str(refused.value)
    good = load_settings({**frozen.OFFICE, "TONGDAI_MAIL_IMAP": "imaps://a%40xa.vn:canary@mail.xa.vn/INBOX"})
    assert "canary" not in repr(good)
