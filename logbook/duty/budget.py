"""Budget lines: what each model may cost in a year, what was spent, what is left (001-07, 004-17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from logbook.database.tables import budget_lines, budget_spends
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import plain_text, whole_text

LARGEST = 2_000_000_000
"""Đồng of one line or one spending."""


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One model in one year: from which source, at most how much, and how much was spent, in whole đồng."""

    id: int
    year: int
    model: str
    source: str
    ceiling: int
    spent: int

    @property
    def left(self) -> int:
        """What is left; negative above the ceiling."""
        return self.ceiling - self.spent


class BudgetRefusedError(Exception):
    """It cannot be kept; `args[0]` is a text key of the catalogue."""


def of_year(conn: Connection, year: int) -> list[BudgetLine]:
    """Return the lines of a year by model."""
    spent: Mapping[int, int] = {
        row.line_id: int(row.amount)
        for row in conn.execute(
            select(budget_spends.c.line_id, func.sum(budget_spends.c.amount).label("amount")).group_by(
                budget_spends.c.line_id
            )
        )
    }
    query = select(budget_lines).where(budget_lines.c.year == year).order_by(budget_lines.c.model)
    return [
        BudgetLine(row.id, row.year, row.model, row.source, row.ceiling, spent.get(row.id, 0))
        for row in conn.execute(query)
    ]


def _enter(insert_into: InsertInto) -> Any:
    new = insert_into(budget_lines).on_conflict_do_nothing(index_elements=["year", "model"])
    return new.returning(budget_lines.c.id)


_ENTER = PerDatabase(_enter)


def enter(conn: Connection, year: int, model: str, source: str, ceiling: str, who: str, now: datetime) -> int:
    """Enter a line and return its number; BudgetRefusedError for one that is there, or without a name."""
    if not model.strip():
        raise BudgetRefusedError("budget_model_missing")
    values = {
        "year": year,
        "model": whole_text(model.strip(), 200),
        "source": whole_text(source.strip(), 200),
        "ceiling": amount(ceiling),
        "made_by": plain_text(who, 128),
        "made_at": now,
    }
    found: int | None = conn.execute(_ENTER.on(conn), values).scalar()
    if found is None:
        raise BudgetRefusedError("budget_model_there")
    return found


def spend(conn: Connection, line_id: int, day: date, money: str, what: str, who: str, now: datetime) -> int:
    """Note what was spent of a line and return how much is left; BudgetRefusedError."""
    line = conn.execute(select(budget_lines).where(budget_lines.c.id == line_id)).first()
    if line is None or not what.strip():
        raise BudgetRefusedError("budget_what_missing")
    values = {
        "line_id": line_id,
        "date": day,
        "amount": amount(money),
        "what": whole_text(what.strip(), 300),
        "made_by": plain_text(who, 128),
        "made_at": now,
    }
    conn.execute(insert(budget_spends).values(**values))
    return next(one.left for one in of_year(conn, line.year) if one.id == line_id)


def amount(text: str) -> int:
    """Read whole đồng, "1.500.000" or "1500000"; BudgetRefusedError for anything else."""
    bare = text.strip().replace(".", "").replace(" ", "")
    if not (bare.isascii() and bare.isdecimal() and 0 < len(bare) <= 10 and 0 < int(bare) <= LARGEST):
        raise BudgetRefusedError("budget_amount_bad")
    return int(bare)
