"""Retention of the one-stop desk's words: comments beside ratings, slips as they were typed, dossiers (B4).

Marks and days stay, so that no figure of a past year changes; what people wrote, and what leads from a row to
a person, goes. Each row leaves an erasure record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, delete, exists, or_, select, union, update

from logbook.database import personal_names
from logbook.database.personal_names import NameKind
from logbook.database.tables import (
    dossier_explanations,
    dossier_mismatches,
    dossier_supplements,
    dossiers,
    printed_slips,
    replaced_ratings,
    slip_checks,
    slips,
    token_ratings,
    tombstones,
)
from logbook.retention import erasure
from logbook.retention.rules import Terms, mark_unclean

AT_ONCE = 500
"""Rows of a kind that are erased in one transaction."""
COMMENT, SLIP, DOSSIER = "comment", "slip", "dossier"


@dataclass(frozen=True, slots=True)
class DeskKind:
    """One kind: its name in erasure records, its setting, which rows are over, and how they are erased."""

    name: str
    setting: str
    over: Callable[[Connection, Terms], list[int]]
    erase: Callable[[Connection, Sequence[int]], None]


def sweep(conn: Connection, kind: DeskKind, over: Terms, now: datetime) -> int:
    """Erase rows of a kind whose time is over, AT_ONCE at most, in this transaction; return how many."""
    found = kind.over(conn, over)
    if found:
        mark_unclean(conn)
        kind.erase(conn, found)
        for subject in found:
            erasure.bury(conn, kind.name, subject, over.rule(kind.setting), now, {})
    return len(found)


def _not_buried(kind: str, key: ColumnElement[Any]) -> ColumnElement[bool]:
    return ~exists().where(tombstones.c.kind == kind, tombstones.c.subject == cast(key, String))


# --- comments ---------------------------------------------------------------------------------------------


def _comments_over(conn: Connection, over: Terms) -> list[int]:
    """Ratings with words, or with a name beside them, by their response; also of ratings replaced since."""
    by_code = select(token_ratings.c.response_id).where(
        token_ratings.c.sent_at <= over.comment,
        or_(
            token_ratings.c.comment != "",
            exists().where(replaced_ratings.c.response_id == token_ratings.c.response_id),
            personal_names.kept(NameKind.RATER, token_ratings.c.response_id),
        ),
    )
    on_paper = select(slips.c.response_id).where(slips.c.entered_at <= over.comment, slips.c.comment != "")
    found = union(by_code, on_paper).subquery()
    query = select(found.c.response_id).order_by(found.c.response_id)
    return list(conn.execute(query.limit(AT_ONCE)).scalars())


def _erase_comments(conn: Connection, response_ids: Sequence[int]) -> None:
    for table in (token_ratings, slips):
        conn.execute(update(table).where(table.c.response_id.in_(response_ids)).values(comment=""))
    conn.execute(delete(replaced_ratings).where(replaced_ratings.c.response_id.in_(response_ids)))
    for one in response_ids:
        personal_names.forget(conn, NameKind.RATER, one)


# --- slips ------------------------------------------------------------------------------------------------


def _slips_over(conn: Connection, over: Terms) -> list[int]:
    query = select(slips.c.id).where(slips.c.entered_at <= over.slip, _not_buried(SLIP, slips.c.id))
    return list(conn.execute(query.order_by(slips.c.id).limit(AT_ONCE)).scalars())


def _erase_slips(conn: Connection, ids: Sequence[int]) -> None:
    """What was typed beside the marks, its second entry, and which printed form it was."""
    conn.execute(delete(slip_checks).where(slip_checks.c.slip_id.in_(ids)))
    numbers = select(slips.c.number).where(slips.c.id.in_(ids))
    conn.execute(delete(printed_slips).where(printed_slips.c.number.in_(numbers)))
    erased = {"comment": "", "void_reason": None, "number": "erased-" + cast(slips.c.id, String)}
    conn.execute(update(slips).where(slips.c.id.in_(ids)).values(**erased))


# --- dossiers ---------------------------------------------------------------------------------------------


def _dossiers_over(conn: Connection, over: Terms) -> list[int]:
    """Finished dossiers; one that is still open is at work however old it is."""
    past = (dossiers.c.finished_at <= over.dossier, _not_buried(DOSSIER, dossiers.c.id))
    query = select(dossiers.c.id).where(*past).order_by(dossiers.c.finished_at, dossiers.c.id)
    return list(conn.execute(query.limit(AT_ONCE)).scalars())


def _erase_dossiers(conn: Connection, ids: Sequence[int]) -> None:
    """The reference, which leads to a person in the desk's software, who handled it, and every remark."""
    own = dossiers.c.id.in_(ids)
    erased = {"reference": "erased-" + cast(dossiers.c.id, String), "official": ""}
    conn.execute(update(dossiers).where(own).values(**erased))
    why = dossier_explanations
    nothing = {"owner": "", "cause": "", "remedy": ""}
    conn.execute(update(why).where(why.c.dossier_id.in_(ids)).values(**nothing))
    marks = dossier_mismatches
    conn.execute(update(marks).where(marks.c.dossier_id.in_(ids)).values(note="", settlement=None))
    papers = dossier_supplements
    number = "erased-" + cast(papers.c.id, String)
    conn.execute(update(papers).where(papers.c.dossier_id.in_(ids)).values(document=number))
    conn.execute(delete(printed_slips).where(printed_slips.c.dossier_id.in_(ids)))


KINDS = (
    DeskKind(COMMENT, "comment_years", _comments_over, _erase_comments),
    DeskKind(SLIP, "slip_years", _slips_over, _erase_slips),
    DeskKind(DOSSIER, "dossier_years", _dossiers_over, _erase_dossiers),
)
"""In this order: a slip's words go before the dossier it is of."""
