"""Say whom a ticket is about, so that it is kept from them (rules B10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from logbook.accounts.rights import Act, makes_conflict
from logbook.database.person_ids import NOBODY
from logbook.database.tables import people
from logbook.tickets import assignees, named_officials
from logbook.tickets.lifecycle import ALL_STATES, TransitionRefusedError
from logbook.tickets.verbs.form import Filled
from logbook.tickets.verbs.verb import Changes, Leads, Left, MoveContext, Verb


@dataclass(frozen=True, kw_only=True)
class NameSubjects(Verb, name="concern", from_states=ALL_STATES, leads=Leads.NOWHERE, right=Act.CLASSIFY):
    """Accounts (`subject_ids`), people of the register (`official_ids`), and whether it is a conflict."""

    subject_ids: Collection[int] | Left = Left.OUT
    official_ids: Collection[int] | Left = Left.OUT
    conflict: bool | Left = Left.OUT

    @classmethod
    def read(cls, filled: Filled) -> Verb:
        """Whoever is ticked; nobody ticked is nobody."""
        return cls(
            subject_ids=filled.numbers("concerned"),
            official_ids=filled.numbers("official"),
            conflict=filled.ticked("conflict"),
            reason=filled.words("reason"),
        )

    def changes(self, step: MoveContext, /) -> Changes:
        """A ticket about the chairman is a conflict of interest whatever was ticked (rules B10)."""
        conn, ticket = step.conn, step.ticket
        subject_ids = NOBODY if self.subject_ids is Left.OUT else frozenset(self.subject_ids)
        if self.official_ids is not Left.OUT:
            subject_ids |= named_officials.store(conn, ticket.id, self.official_ids)
        query = select(people.c.id, people.c.role).where(people.c.id.in_(subject_ids))
        rows = conn.execute(query).all()
        if unknown := subject_ids - {row.id for row in rows}:
            raise TransitionRefusedError(f"nobody has the ids {sorted(unknown)}", "choice")
        conflict = self.conflict is True or any(makes_conflict(row.role) for row in rows)
        changes: Changes = {"subject_ids": subject_ids, "conflict": conflict}
        working = ticket.assigned_id
        if working is not None and not assignees.may_have(conn, working, subject_ids, conflict=conflict):
            changes["assigned_id"] = None
        return changes
