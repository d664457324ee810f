"""Does one step to many tickets, each in its own transaction, so that a refused one stops none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from logbook.accounts.rights import Person, may
from logbook.database.errors import StaleVersionError
from logbook.tickets import moves, tickets
from logbook.tickets.lifecycle import TransitionRefusedError
from logbook.tickets.verbs.verb import Verb

REASONS = ("missing", "outdated", "state", "assignee")
"""Why one was refused: not there or not theirs, changed meanwhile, not possible now, not for that person."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A ticket as the clerk saw it when ticking its row."""

    code: str
    version: int


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """The codes of the tickets it was done to, and code and reason of those it was refused for."""

    done: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def picked(values: Iterable[str]) -> list[Pick]:
    """Read ticked rows, "004217:3" each; whatever is not one is left out, and no ticket counts twice."""
    picks: dict[str, Pick] = {}
    for value in values:
        code, _, version = value.partition(":")
        if value.isascii() and code.isdecimal() and version.isdecimal() and len(value) <= 16:
            picks.setdefault(code, Pick(code, int(version)))
    return list(picks.values())


def on_each(
    conn: Connection,
    picks: Iterable[Pick],
    verb: Verb,
    person: Person,
    now: datetime,
) -> BulkOutcome:
    """Apply `verb` to every pick, one event in the history of each.

    The right is asked for every ticket anew (T-10), and the version that was seen travels along.
    """
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for pick in picks:
        why = _one(conn, pick, verb, person, now)
        if why is None:
            done.append(pick.code)
        else:
            refused.append((pick.code, why))
    return BulkOutcome(tuple(done), tuple(refused))


def _one(conn: Connection, pick: Pick, verb: Verb, person: Person, now: datetime) -> str | None:
    ticket = tickets.find(conn, pick.code)
    if ticket is None or verb.right is None or not may(person, verb.right, tickets.case_of(ticket)):
        return "missing"
    try:
        with conn.begin_nested():
            moves.apply(
                conn,
                ticket.id,
                verb,
                actor=person.login,
                now=now,
                expected_version=pick.version,
            )
    except StaleVersionError:
        return "outdated"
    except TransitionRefusedError as refused:
        return refused.why if refused.why in REASONS else "state"
    return None
