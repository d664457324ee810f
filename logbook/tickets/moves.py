"""Applies transitions to tickets and writes each into their history."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from logbook.accounts.accounts import has_not_ended
from logbook.accounts.rights import is_kept_away, makes_conflict
from logbook.database import search_index
from logbook.database.errors import StaleVersionError
from logbook.database.person_ids import NOBODY
from logbook.database.tables import people, ticket_events, tickets
from logbook.plain_text import whole_text
from logbook.tickets import closing, history, named_officials, notifications, openings
from logbook.tickets.lifecycle import BACK, CALLER_TYPES, STAY, TransitionRefusedError, checked
from logbook.tickets.tickets import Ticket, locked, of_id

ANSWER_LIMIT = 4_000
"""Characters of an answer: the line reads it aloud, and four thousand take about five minutes."""
CONTENT_LIMIT = 20_000
REASON_LIMIT = 4_000
"""Characters of a reason, a note, a question, an instruction."""
TICKED = "conflict_ticked"
"""Whether a person said it is a conflict of interest, beside whether it is one by whom it is about."""
_PRIVATE = frozenset({"caller_name", "caller_address"})
"""Details that change the ticket but stay out of its history, which more people read (B4)."""


Changes = dict[str, Any]
Details = Mapping[str, object]


def apply(
    conn: Connection,
    ticket_id: int,
    verb: str,
    *,
    actor: str,
    reason: str = "",
    now: datetime,
    expected_version: int | None = None,
    **details: object,
) -> Ticket:
    """Move a ticket by one verb of the transition table and write it into the history, who, when and why.

    Details by verb: write (content, and optionally summary, caller_name, caller_address, caller_type,
    opening_id); classify (kind, optionally topic, category, tag, urgent); guide (kind); concern
    (subject_ids: whom it is about, official_ids: the same of the register, and conflict, all optional; what
    is about the chairman is always one); mark_urgent (urgent: bool); assign (to: login or id of a person, or
    the name of somebody without an account); transfer (to: the body's name); ask_more (question); supply
    (content); extend (answer_due_at: aware datetime); answer (answer: at most 4,000 characters); close
    (outcome, and what `closing.needs` asks for: cause, remedy, to: the body it went to, or the reason);
    join_group (group_id); tell (what: accepted, transferred, extended, answered or closed, and how it went);
    reject_answer (optionally answer_due_at: by when anew); instruct (instruction: a text, and optionally
    recording_id); recount (answer_due_at and notice_due_at, whichever moves).

    Raises TransitionRefusedError when the table does not allow it, StaleVersionError when the ticket is no
    longer at `expected_version` (what the clerk saw), TooLong for words that do not fit whole, NoResultFound
    for an unknown ticket.
    """
    ticket = locked(conn, ticket_id)
    if expected_version not in (None, ticket.version):
        raise StaleVersionError(
            f"ticket {ticket.code} is at version {ticket.version}, not {expected_version}"
        )
    transition = checked(verb, ticket.state, reason, details)
    _refuse_too_long(reason, details)
    to_state = {STAY: ticket.state, BACK: _before_asking(conn, ticket)}.get(
        transition.to_state, transition.to_state
    )
    changes = _COLUMNS.get(verb, _nothing)(MoveContext(conn, ticket, details, now, reason))
    _store(conn, ticket, changes | {"state": to_state}, verb, actor, reason, details, now)
    moved = of_id(conn, ticket_id)
    notifications.moved(conn, notifications.Move(ticket, moved, verb, actor, now))
    return moved


def _store(
    conn: Connection,
    ticket: Ticket,
    changes: Changes,
    verb: str,
    actor: str,
    reason: str,
    details: Details,
    now: datetime,
) -> None:
    """Write the event and the ticket's new columns, `state` among them (StaleVersionError)."""
    head = history.add(
        conn,
        ticket_id=ticket.id,
        number=ticket.events + 1,
        at=now,
        verb=verb,
        actor=actor,
        reason=reason,
        details=_event_details(details, {name: changes[name] for name in changes if name != "state"}),
        from_state=ticket.state,
        to_state=changes["state"],
        previous_hash=ticket.head_hash,
    )
    done = conn.execute(
        update(tickets)
        .where(tickets.c.id == ticket.id, tickets.c.version == ticket.version)
        .values(version=ticket.version + 1, events=ticket.events + 1, head_hash=head, **changes)
    )
    if done.rowcount != 1:
        raise StaleVersionError(f"ticket {ticket.code} was changed meanwhile")
    if changes.keys() & {"content", "summary", "caller_name"}:
        search_index.refresh(conn, ticket.id)


@dataclass(frozen=True, slots=True)
class MoveContext:
    """What a verb may read to decide what it changes."""

    conn: Connection
    ticket: Ticket
    details: Details
    now: datetime
    reason: str = ""


def _event_details(details: Details, changes: Changes) -> dict[str, object]:
    """What the history says: the details as stored, names and addresses only as changed."""
    values: dict[str, object] = {name: value for name, value in details.items() if name not in _PRIVATE}
    values |= {name: changes[name] for name in ("assigned_id", "conflict") if name in changes}
    if "subject_ids" in changes:
        values |= {"subject_ids": sorted(changes["subject_ids"]), TICKED: bool(details.get("conflict"))}
    if _PRIVATE & details.keys():
        values["caller"] = "changed"
    return values


def _nothing(_: MoveContext) -> Changes:
    return {}


def _write(step: MoveContext) -> Changes:
    """NĐ 20/2008 Art 7: the content is put in writing truthfully, with who brought it."""
    changes: Changes = {"content": _text(step.details["content"], CONTENT_LIMIT)}
    for name, limit in (("summary", 200), ("caller_name", 200), ("caller_address", 500)):
        if name in step.details:
            changes[name] = _text(step.details[name], limit) or None
    if "caller_type" in step.details:
        changes["caller_type"] = _caller_type(step.details["caller_type"])
    if step.details.get("opening_id", step.ticket.opening_id) != step.ticket.opening_id:
        changes["opening_id"] = _opening(step)
    return changes


def _opening(step: MoveContext) -> int:
    """A letter that was entered under the wrong opening is put under the right one (002-24)."""
    wanted = step.details["opening_id"]
    found = openings.takes(step.conn, wanted, step.ticket.channel) if isinstance(wanted, int) else None
    if found is None:
        raise TransitionRefusedError(f"no opening of {step.ticket.channel}: {wanted!r}", "choice")
    return found.id


def _caller_type(given: object) -> str | None:
    """A person or an organisation; nothing where nobody asked, as after a low rating (000-01)."""
    if given and given not in CALLER_TYPES:
        raise TransitionRefusedError(f"no caller type: {given!r}", "choice")
    return str(given) if given else None


def _classify(step: MoveContext) -> Changes:
    changes: Changes = {"kind": step.details["kind"]}
    for name in ("topic", "category", "tag"):
        if name in step.details:
            changes[name] = step.details[name]
    if "urgent" in step.details:
        changes["urgent"] = bool(step.details["urgent"])
    return changes


def _guide(step: MoveContext) -> Changes:
    return {"kind": step.details["kind"], "group_id": None}


def _concern(step: MoveContext) -> Changes:
    """A ticket about the chairman is a conflict of interest whatever was ticked (rules B10)."""
    given = step.details.get("subject_ids")
    subject_ids = frozenset(given) if isinstance(given, Collection) else NOBODY
    named = step.details.get("official_ids")
    if isinstance(named, Collection):
        subject_ids |= named_officials.store(step.conn, step.ticket.id, named)
    rows = step.conn.execute(select(people.c.id, people.c.role).where(people.c.id.in_(subject_ids))).all()
    if unknown := subject_ids - {row.id for row in rows}:
        raise TransitionRefusedError(f"nobody has the ids {sorted(unknown)}", "choice")
    conflict = bool(step.details.get("conflict")) or any(makes_conflict(row.role) for row in rows)
    changes: Changes = {"subject_ids": subject_ids, "conflict": conflict}
    working = step.ticket.assigned_id
    if working is not None and not _may_have(step.conn, working, subject_ids, conflict):
        changes["assigned_id"] = None
    return changes


def _mark_urgent(step: MoveContext) -> Changes:
    return {"urgent": bool(step.details["urgent"])}


def _assign(step: MoveContext) -> Changes:
    """Nobody is given a ticket about themselves, nor the chairman one in conflict (rules B10)."""
    to = step.details["to"]
    known = people.c.id == to if isinstance(to, int) else people.c.login == str(to)
    row = step.conn.execute(select(people.c.id, _is_open(step.now).label("is_open")).where(known)).first()
    if row is None and isinstance(to, int):
        raise TransitionRefusedError(f"nobody has the id {to}", "choice")
    if row is None:
        return {"assigned_id": None}
    if not row.is_open or not _may_have(step.conn, row.id, step.ticket.subject_ids, step.ticket.conflict):
        raise TransitionRefusedError("that person cannot have this ticket", "assignee")
    return {"assigned_id": row.id}


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(people.c.disabled_at.is_(None), has_not_ended(now))


def _may_have(conn: Connection, person_id: int, subject_ids: Collection[int], conflict: bool) -> bool:
    role = conn.execute(select(people.c.role).where(people.c.id == person_id)).scalar_one()
    return not is_kept_away(person_id, role, subject_ids, conflict=conflict)


def _transfer(step: MoveContext) -> Changes:
    return {"transferred_to": _text(step.details["to"], 200)}


def _supply(step: MoveContext) -> Changes:
    parts = (step.ticket.content or "", _text(step.details["content"], CONTENT_LIMIT))
    return {"content": _text("\n\n".join(part for part in parts if part), CONTENT_LIMIT)}


def _extend(step: MoveContext) -> Changes:
    return {"answer_due_at": _later(step.ticket, step.details["answer_due_at"])}


def _answer(step: MoveContext) -> Changes:
    return {"answer": _text(step.details["answer"], ANSWER_LIMIT), "answered_at": step.now}


def _close(step: MoveContext) -> Changes:
    """Each outcome has its own conditions; every road that closes leads through here (002-34)."""
    outcome = str(step.details["outcome"])
    for name in closing.lacking(step.ticket, outcome, step.details, step.reason):
        raise TransitionRefusedError(f"to be closed as {outcome} the ticket lacks {name}", f"lacks_{name}")
    changes: Changes = {"outcome": outcome, "closed_at": step.now}
    for name in ("cause", "remedy"):
        changes[name] = _text(step.details.get(name) or "", CONTENT_LIMIT) or None
    if step.details.get("to"):
        changes["transferred_to"] = _text(step.details["to"], 200)
    return changes


def _reopen(_: MoveContext) -> Changes:
    return {"outcome": None, "closed_at": None}


def _tell(step: MoveContext) -> Changes:
    """The caller has heard that the case is accepted, by whatever notification came first (rules B1)."""
    return (
        {}
        if step.ticket.noticed_at or step.details.get("result", "told") != "told"
        else {"noticed_at": step.now}
    )


def _accept_answer(step: MoveContext) -> Changes:
    return {"verdict": "satisfied", "verdict_at": step.now}


def _reject_answer(step: MoveContext) -> Changes:
    """Closed is not the same as mended: the ticket opens again, on a new clock (ASK-25, ASK-26)."""
    changes: Changes = {"verdict": "dissatisfied", "verdict_at": step.now, **_reopen(step)}
    if "answer_due_at" in step.details:
        changes["answer_due_at"] = _later(step.ticket, step.details["answer_due_at"])
    return changes


def _join_group(step: MoveContext) -> Changes:
    return {"group_id": step.details["group_id"]}


def _recount(step: MoveContext) -> Changes:
    """The calendar of days changed (docs/decisions/0011)."""
    return {name: due for name, due in step.details.items() if name.endswith("_due_at")}


def _leave_group(_: MoveContext) -> Changes:
    return {"group_id": None}


_COLUMNS: Mapping[str, Callable[[MoveContext], Changes]] = {
    "write": _write,
    "classify": _classify,
    "guide": _guide,
    "concern": _concern,
    "mark_urgent": _mark_urgent,
    "assign": _assign,
    "transfer": _transfer,
    "supply": _supply,
    "extend": _extend,
    "answer": _answer,
    "close": _close,
    "reopen": _reopen,
    "tell": _tell,
    "accept_answer": _accept_answer,
    "reject_answer": _reject_answer,
    "join_group": _join_group,
    "leave_group": _leave_group,
    "recount": _recount,
}
"""What each verb changes in the ticket besides its state."""


def _refuse_too_long(reason: str, details: Details) -> None:
    """Nothing that the history alone keeps is cut either."""
    _text(reason, REASON_LIMIT)
    for name in ("question", "instruction"):
        _text(details.get(name) or "", REASON_LIMIT)


def _text(value: object, limit: int) -> str:
    return whole_text(str(value), limit)


def _later(ticket: Ticket, due: object) -> datetime:
    if not isinstance(due, datetime) or due.tzinfo is None or due <= ticket.answer_due_at:
        raise TransitionRefusedError("answer_due_at must be aware and later than the present one", "due")
    return due


def _before_asking(conn: Connection, ticket: Ticket) -> str:
    """The state the ticket was in when the caller was asked for more."""
    asked = conn.execute(
        select(ticket_events.c.from_state)
        .where(ticket_events.c.ticket_id == ticket.id, ticket_events.c.verb == "ask_more")
        .order_by(ticket_events.c.number.desc())
        .limit(1)
    ).scalar()
    return str(asked or ticket.state)
