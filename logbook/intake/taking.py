"""Makes a ticket of a letter, once, and keeps what its writer is to be answered (002-24)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update

from logbook.calendar.of_settings import WorkingTimes
from logbook.database import rate_limits
from logbook.database.tables import mail_letters as table
from logbook.database.tables import tickets as ticket_rows
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.ids import TicketId
from logbook.intake.letters import Letter
from logbook.plain_text import plain_text
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue
from logbook.tickets import moves, open_by_hand
from logbook.tickets.lifecycle import CameBy
from logbook.tickets.open_by_hand import ManualEntry
from logbook.tickets.tickets import of_id
from logbook.tickets.verbs.note import AddNote
from logbook.tickets.verbs.verb import REASON_LIMIT

ACTOR = "mail"
DAY = timedelta(days=1)
LETTERS_A_DAY, ANSWERS_A_DAY, ANSWERS_IN_ALL = 20, 3, 200
"""Letters of one sender that become tickets, answers to one sender, answers to all, each within a day."""
_LINES = ("taken", "code", "pin", "ask", "keep")
"""The sentences of an answer, one a line."""
ANSWERED_FOR = timedelta(days=3)
"""How long an answer that cannot be sent is tried."""


class LetterFate(StrEnum):
    """What became of a letter."""

    OPENED = "opened"
    ADDED = "added"
    """It answers ours and stands in that ticket's history."""
    MACHINE = "machine"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class ReceiptDue:
    """An answer to the writer of a letter that waits to be sent."""

    id: int
    to: str
    ticket_id: TicketId
    attempts: int


def _put(insert: InsertInto) -> Any:
    return insert(table).on_conflict_do_nothing(index_elements=["key"]).returning(table.c.id)


_PUT = PerDatabase(_put)


def take(
    conn: Connection,
    letter: Letter,
    settings: Settings,
    catalogue: Catalogue,
    times: WorkingTimes,
    now: datetime,
) -> LetterFate | None:
    """Store a letter and open its ticket in this transaction; None for one that was taken before."""
    values = {"key": letter.key, "fate": LetterFate.MACHINE, "heard_at": now, "attempts": 0}
    made = conn.execute(_PUT.on(conn), values).scalar()
    if made is None:
        return None
    fate, ticket_id = _sorted(conn, letter, settings, catalogue, times, now)
    changes: dict[str, object] = {"fate": fate, "ticket_id": ticket_id}
    if fate is LetterFate.OPENED and _may_answer(conn, letter, settings, now):
        changes |= {"reply_to": letter.sender, "due_at": now}
    conn.execute(update(table).where(table.c.id == made).values(**changes))
    return fate


def _sorted(
    conn: Connection,
    letter: Letter,
    settings: Settings,
    catalogue: Catalogue,
    times: WorkingTimes,
    now: datetime,
) -> tuple[LetterFate, int | None]:
    if letter.machine:
        return LetterFate.MACHINE, None
    if letter.sender and not rate_limits.spend(conn, _scope("letter", letter), DAY, LETTERS_A_DAY, now):
        return LetterFate.TOO_MANY, None
    secret = settings.secret_key.get_secret_value()
    answered = _answers_ours(conn, letter, secret)
    if answered is not None:
        text = plain_text(f"{letter.subject}\n{letter.text}".strip(), REASON_LIMIT) or "–"
        moves.apply(conn, answered, AddNote(reason=text), actor=ACTOR, now=now)
        return LetterFate.ADDED, answered
    complaint = settings.complaint
    opened = open_by_hand.enter(
        conn,
        _entry(letter, catalogue),
        actor=ACTOR,
        notice_due_at=times.office.add_days(now, complaint.notice_days),
        answer_due_at=times.office.add_days(now, complaint.answer_days),
        days=complaint.days,
        now=now,
        secret=secret,
    )
    return LetterFate.OPENED, opened.ticket.id


def _entry(letter: Letter, catalogue: Catalogue) -> ManualEntry:
    lines = [letter.text or catalogue.sentence("mail_unreadable")]
    if letter.attachments:
        lines.append(catalogue.sentence("mail_attachments", {"count": str(letter.attachments)}))
    return ManualEntry(
        channel=CameBy.EMAIL,
        caller_type="individual",
        content="\n\n".join(lines),
        summary=letter.subject,
        name=letter.name or letter.sender,
        address=letter.sender,
        anonymous=not letter.sender,
    )


def _may_answer(conn: Connection, letter: Letter, settings: Settings, now: datetime) -> bool:
    """Whether the writer is told the code: a person, a guest in a trial, not too often (RFC 3834)."""
    if not letter.sender or not settings.guests.mail(letter.sender):
        return False
    if not rate_limits.spend(conn, _scope("mail-answer", letter), DAY, ANSWERS_A_DAY, now):
        return False
    return rate_limits.spend(conn, "mail-answer:all", DAY, ANSWERS_IN_ALL, now)


def _scope(what: str, letter: Letter) -> str:
    return f"{what}:{hashlib.sha256(letter.sender.encode()).hexdigest()[:32]}"


def message_name(secret: str, letter_id: int) -> str:
    """Return the part of our answer's Message-ID by which a letter that answers it is known."""
    seal = hmac.new(secret.encode(), f"mail-answer:{letter_id}".encode(), hashlib.sha256).hexdigest()[:24]
    return f"tongdai.{letter_id}.{seal}"


def _answers_ours(conn: Connection, letter: Letter, secret: str) -> TicketId | None:
    for named in letter.answers:
        found = re.match(r"tongdai\.([1-9][0-9]{0,9})\.[0-9a-f]{24}@", named, re.ASCII)
        if found is None or not hmac.compare_digest(
            named.partition("@")[0].encode(), message_name(secret, int(found[1])).encode()
        ):
            continue
        query = select(table.c.ticket_id).where(table.c.id == int(found[1]))
        ticket_id = conn.execute(query).scalar()
        closed = select(ticket_rows.c.closed_at).where(ticket_rows.c.id == ticket_id)
        if ticket_id is not None and conn.execute(closed).scalar() is None:
            return TicketId(ticket_id)
    return None


def due(conn: Connection, now: datetime, limit: int) -> list[ReceiptDue]:
    """Return answers that wait, the oldest first."""
    query = select(table.c.id, table.c.reply_to, table.c.ticket_id, table.c.attempts).where(
        table.c.due_at <= now, table.c.reply_to.is_not(None)
    )
    return [ReceiptDue(*row) for row in conn.execute(query.order_by(table.c.due_at, table.c.id).limit(limit))]


def answered(conn: Connection, letter_id: int, now: datetime) -> None:
    """Record that the answer was handed over; the address is not kept any longer (B4)."""
    done = {"reply_to": None, "due_at": None, "answered_at": now}
    conn.execute(update(table).where(table.c.id == letter_id).values(**done))


def not_answered(conn: Connection, row: ReceiptDue, now: datetime, wait: timedelta, *, refused: bool) -> None:
    """Record that the answer was not taken: again later, or given up after three days or a clear no."""
    heard = select(table.c.heard_at).where(table.c.id == row.id)
    over = refused or now - conn.execute(heard).scalar_one() > ANSWERED_FOR
    values: Mapping[str, object] = {"reply_to": None, "due_at": None} if over else {"due_at": now + wait}
    conn.execute(update(table).where(table.c.id == row.id).values(attempts=row.attempts + 1, **values))


def words_of(conn: Connection, row: ReceiptDue, settings: Settings, catalogue: Catalogue) -> tuple[str, str]:
    """Return subject and text of the answer: the code and the PIN, not a word of the letter."""
    ticket = of_id(conn, row.ticket_id)
    pin = open_by_hand.pin_of(ticket, settings.secret_key.get_secret_value())
    words = {
        "agency": settings.office.agency,
        "number": settings.line.number_shown,
        "code": ticket.code,
        "pin": pin or "–",
        "days": str(settings.complaint.answer_days),
    }
    lines = [catalogue.sentence(f"mail_answer_{line}", words) for line in _LINES]
    return catalogue.sentence("mail_answer_subject", words), "\n".join(lines)
