"""Answered cases that citizens may read: written by one person, approved by another, past the gate (002-27).

Nothing becomes public but by `publish`, and `publish` asks the gate again. A case that may no longer be shown
(it became a denunciation, it is about an official) leaves the public list by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Text, and_, func, insert, or_, select, type_coerce, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.database import search_index
from logbook.database.errors import StaleVersionError
from logbook.database.tables import publications, tickets
from logbook.ids import TicketId
from logbook.phone_numbers import dotted
from logbook.plain_text import whole_text
from logbook.publications import gate
from logbook.publications.gate import OfficeNames, TicketSecrets
from logbook.settings.loading import Settings
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.tickets import Ticket, answer_holds, locked, of_id
from logbook.tickets.visibility import visible_to

LONGEST_SUMMARY, LONGEST_ANSWER, LONGEST_PLACE, LONGEST_WHY = 1000, 4000, 100, 500
"""Characters of the summary, the answer, the place and why something was withdrawn."""
KINDS = frozenset({"inquiry", "feedback", "proposal"})
"""Only these are ever shown: no khiếu nại, no tố cáo, no emergency, no nuisance, nothing unsorted (B1)."""
_ANSWERED = (TicketState.ANSWERED, TicketState.CLOSED)


class PublicationState(StrEnum):
    """Where a publication stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class NotPublishableError(Exception):
    """What was asked for is refused; `args[0]` is a text key of the console."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One row of `publications`; the instants are aware, `writer_ids` are all who ever wrote its words."""

    id: int
    ticket_id: TicketId
    state: str
    summary: str
    answer: str
    place: str
    writer_ids: frozenset[int]
    written_at: datetime
    approved_by: int | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_why: str | None
    version: int


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """What citizens see of a case, and nothing else."""

    id: int
    summary: str
    answer: str
    place: str
    topic: str | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublicDraft:
    """Words somebody wrote for the public."""

    summary: str
    answer: str
    place: str

    @property
    def texts(self) -> tuple[str, str, str]:
        """Everything the gate must see."""
        return self.summary, self.answer, self.place


_COLUMNS = tuple(publications.c[name] for name in Publication.__slots__)


def office_names(settings: Settings) -> OfficeNames:
    """Return what of the office may stand in a public text: its places, its own number, its mail."""
    part = settings.office
    places = {part.province, part.name_spoken, *part.agency.split("nhân dân ")[1:]}
    bare_places = {" ".join(place.lower().split()[1:]) for place in places} - {""}
    number = settings.line.number
    allowed = {"0" + number.removeprefix("+84"), number.removeprefix("+"), dotted(number)}
    allowed |= {part.email.lower()} if part.email else set()
    return OfficeNames(tuple(sorted(bare_places)), frozenset(allowed))


def secrets_of(ticket: Ticket) -> TicketSecrets:
    """Return what of a ticket must not come out."""
    numbers = tuple(one for one in (ticket.caller_number, ticket.caller_raw) if one)
    return TicketSecrets(
        ticket.caller_name or "", numbers, ticket.caller_address or "", ticket.code, ticket.content or ""
    )


def why_not(ticket: Ticket) -> str | None:
    """Return the text key that says why a case can never be shown, or not yet; None where it may be."""
    if ticket.kind not in KINDS or ticket.state is TicketState.GUIDED:
        return "publication_never"
    if ticket.conflict or ticket.subject_ids:
        return "publication_about_somebody"
    if ticket.state not in _ANSWERED or ticket.answer is None or not answer_holds(ticket):
        return "publication_not_answered"
    return None


def may_be_shown() -> ColumnElement[bool]:
    """The condition that a published case may still be shown: `why_not` in the database's words."""
    rejected = and_(
        tickets.c.verdict == "dissatisfied",
        or_(tickets.c.answered_at.is_(None), tickets.c.verdict_at >= tickets.c.answered_at),
    )
    return and_(
        publications.c.state == PublicationState.PUBLISHED,
        tickets.c.kind.in_(KINDS),
        tickets.c.state.in_(_ANSWERED),
        tickets.c.answer.is_not(None),
        tickets.c.conflict.is_(False),
        type_coerce(tickets.c.subject_ids, Text) == "",
        or_(tickets.c.verdict.is_(None), ~rejected),
    )


def write(
    conn: Connection,
    ticket: Ticket,
    draft: PublicDraft,
    version: int,
    settings: Settings,
    who: Person,
    now: datetime,
) -> int:
    """Keep the words for a case and return the publication's number; it waits for a second person.

    `version` is what the writer saw, 0 for none. GateRefusedError for words that say who somebody is, and
    nothing is kept; NotPublishableError; StaleVersionError.
    """
    draft = PublicDraft(
        _words(draft.summary, LONGEST_SUMMARY, "publication_lacks_summary"),
        _words(draft.answer, LONGEST_ANSWER, "publication_lacks_answer"),
        whole_text(draft.place, LONGEST_PLACE),
    )
    if problem := why_not(ticket):
        raise NotPublishableError(problem)
    gate.check(draft.texts, office_names(settings), secrets_of(ticket))
    values = {
        **dict(zip(("summary", "answer", "place"), draft.texts, strict=True)),
        "state": PublicationState.DRAFT,
        "search_text": " " + " ".join(search_index.words_of(" ".join(draft.texts))),
        "written_at": now,
        "approved_by": None,
        "published_at": None,
        "version": version + 1,
    }
    locked(conn, ticket.id)
    before = of_ticket(conn, ticket.id)
    if (before.version if before else 0) != version:
        raise StaleVersionError
    if before is None:
        added = insert(publications).values(ticket_id=ticket.id, writer_ids=frozenset({who.id}), **values)
        number: int = conn.execute(added.returning(publications.c.id)).scalar_one()
    else:
        if before.state == PublicationState.PUBLISHED:
            raise NotPublishableError("publication_withdraw_first")
        number, writers = before.id, before.writer_ids | {who.id}
        conn.execute(
            update(publications).where(publications.c.id == number).values(writer_ids=writers, **values)
        )
    audit_log.write(conn, who, "write_publication", f"publication:{number}", now, version=version + 1)
    return number


def publish(
    conn: Connection, publication_id: int, version: int, settings: Settings, who: Person, now: datetime
) -> None:
    """Let citizens read a draft: the only way anything becomes public.

    The second person approves the version they saw and wrote none of it; the gate looks again, since the
    case may have changed. GateRefusedError, NotPublishableError, StaleVersionError; NoResultFound.
    """
    here = publications.c.id == publication_id
    row = Publication(*conn.execute(select(*_COLUMNS).where(here).with_for_update()).one())
    if row.version != version:
        raise StaleVersionError
    if row.state != PublicationState.DRAFT:
        raise NotPublishableError("publication_no_draft")
    if who.id in row.writer_ids:
        raise NotPublishableError("publication_own_words")
    ticket = of_id(conn, row.ticket_id)
    if problem := why_not(ticket):
        raise NotPublishableError(problem)
    gate.check((row.summary, row.answer, row.place), office_names(settings), secrets_of(ticket))
    values = {"state": PublicationState.PUBLISHED, "approved_by": who.id, "published_at": now}
    conn.execute(update(publications).where(here).values(**values, version=version + 1))
    audit_log.write(conn, who, "publish", f"publication:{publication_id}", now, version=version)


def withdraw(conn: Connection, publication_id: int, why: str, who: Person, now: datetime) -> bool:
    """Take a text from the public at once, with a reason; False where it is not public.

    NotPublishableError without a reason.
    """
    reason = _words(why, LONGEST_WHY, "publication_lacks_why")
    standing = (publications.c.id == publication_id, publications.c.state == PublicationState.PUBLISHED)
    values = {"withdrawn_by": who.id, "withdrawn_at": now, "withdrawn_why": reason}
    done = conn.execute(
        update(publications)
        .where(*standing)
        .values(state=PublicationState.WITHDRAWN, version=publications.c.version + 1, **values)
    )
    if done.rowcount:
        audit_log.write(conn, who, "withdraw_publication", f"publication:{publication_id}", now, reason)
    return bool(done.rowcount)


def of_ticket(conn: Connection, ticket_id: TicketId) -> Publication | None:
    """Return the publication of a ticket, whatever its state, or None."""
    row = conn.execute(select(*_COLUMNS).where(publications.c.ticket_id == ticket_id)).first()
    return None if row is None else Publication(*row)


@dataclass(frozen=True, slots=True)
class ListedPublication:
    """One line of the office's list of publications."""

    publication: Publication
    code: str
    title: str | None


def listed(
    conn: Connection, person: Person, limit: int, before: int | None = None
) -> list[ListedPublication]:
    """Return the newest publications of the cases `person` may see."""
    query = (
        select(*_COLUMNS, tickets.c.code, tickets.c.summary.label("title"))
        .join(tickets, tickets.c.id == publications.c.ticket_id)
        .where(visible_to(person))
        .order_by(publications.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(publications.c.id < before)
    return [ListedPublication(Publication(*row[:-2]), row[-2], row[-1]) for row in conn.execute(query)]


_SHOWN = select(
    publications.c.id,
    publications.c.summary,
    publications.c.answer,
    publications.c.place,
    tickets.c.topic,
    publications.c.published_at,
).join(tickets, tickets.c.id == publications.c.ticket_id)


def shown(conn: Connection, limit: int, skip: int = 0, words: str = "") -> list[ShownAnswer]:
    """Return what citizens see, newest first; `words` must each begin a word of it, marks or not."""
    query = _SHOWN.where(may_be_shown(), *_holding(words))
    newest = query.order_by(publications.c.published_at.desc(), publications.c.id.desc())
    return [ShownAnswer(*row) for row in conn.execute(newest.limit(limit).offset(skip))]


def shown_one(conn: Connection, publication_id: int) -> ShownAnswer | None:
    """Return one case as citizens see it, or None."""
    row = conn.execute(_SHOWN.where(may_be_shown(), publications.c.id == publication_id)).first()
    return None if row is None else ShownAnswer(*row)


def stamp(conn: Connection) -> tuple[int, ...]:
    """Return numbers that grow whenever a publication or its case changes; nothing of either is deleted."""
    grows = (publications.c.version, tickets.c.version)
    counted = select(func.count(), *(func.coalesce(func.sum(column), 0) for column in grows))
    query = counted.select_from(publications.join(tickets, tickets.c.id == publications.c.ticket_id))
    return tuple(int(number) for number in conn.execute(query).one())


def _holding(words: str) -> list[ColumnElement[bool]]:
    asked = search_index.words_of(words)[: search_index.WORDS]
    return [publications.c.search_text.like(f"% {word}%") for word in asked]


def _words(text: str, longest: int, lacking: str) -> str:
    words = whole_text(text, longest)
    if not words:
        raise NotPublishableError(lacking)
    return words
