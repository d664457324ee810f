"""The log of forms written for citizens: asked for, free of charge, nothing the law excludes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select

from logbook.database.tables import written_forms as table
from logbook.duty.money import names_money
from logbook.plain_text import folded, plain_text, whole_text
from logbook.settings.team import Excluded

OFFERED, LOOKED_AT = 5, 60
"""Procedures offered to be repeated, and among how many cases they are looked for."""


class Manner(StrEnum):
    """How a form is filled in for somebody (001-08)."""

    BY_HAND = "by_hand"
    TYPED = "typed"


class CheckResult(StrEnum):
    """What the helper found when the papers were checked (001-21)."""

    COMPLETE = "complete"
    LACKING = "lacking"
    ADVISED = "advised"


class Confirmed(StrEnum):
    """How the citizen confirmed what was written, after it was read to them (001-13)."""

    SIGNATURE = "signature"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """One case; nothing in it says whom it was written for, and there is no amount (001-10)."""

    written_on: date
    procedure: str
    field: str
    helper: str
    manner: Manner
    asked_for: bool
    check_result: CheckResult
    receipt: str
    appointment: date | None
    same_day: bool
    confirmed_by: Confirmed


@dataclass(frozen=True, slots=True)
class WrittenFormRow:
    """A case with its row's number, and who entered it."""

    id: int
    form: WrittenForm
    entered_by: str


@dataclass(frozen=True, slots=True)
class Counts:
    """A period in figures: cases, and how many were settled the same day (001-12)."""

    cases: int
    same_day: int

    @property
    def same_day_percent(self) -> int | None:
        """The share of those settled the same day, whole percent; None without a case."""
        return round(100 * self.same_day / self.cases) if self.cases else None


class FormRefusedError(Exception):
    """It cannot be kept; `args[0]` is a text key, `basis` the law that excludes the procedure, or ""."""

    def __init__(self, key: str, basis: str = "") -> None:
        """Say why."""
        super().__init__(key)
        self.basis = basis


def enter(conn: Connection, form: WrittenForm, excluded: Iterable[Excluded], who: str, now: datetime) -> int:
    """Keep one case and return its number; FormRefusedError unless asked for, or where excluded by law."""
    if not form.asked_for:
        raise FormRefusedError("forms_not_asked")
    if not form.procedure.strip():
        raise FormRefusedError("forms_procedure_missing")
    if not form.field.strip():
        raise FormRefusedError("forms_field_missing")
    by_law = excluded_by(f"{form.procedure} / {form.field}", excluded)
    if by_law is not None:
        raise FormRefusedError("forms_excluded", by_law.basis)
    if any(names_money(one) for one in (form.procedure, form.field, form.receipt)):
        raise FormRefusedError("forms_money")
    if form.appointment is not None and form.appointment < form.written_on:
        raise FormRefusedError("forms_appointment_bad")
    values = {
        "written_on": form.written_on,
        "procedure": whole_text(form.procedure.strip(), 300),
        "field": whole_text(form.field.strip(), 100),
        "helper": form.helper,
        "manner": form.manner.value,
        "asked_for": True,
        "check_result": form.check_result.value,
        "receipt": whole_text(form.receipt.strip(), 64),
        "appointment": form.appointment,
        "same_day": form.same_day,
        "confirmed_by": form.confirmed_by.value,
        "entered_by": plain_text(who, 128),
        "entered_at": now,
    }
    return int(conn.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def excluded_by(procedure: str, excluded: Iterable[Excluded]) -> Excluded | None:
    """Return the entry of the list that a procedure falls under, however it is written."""
    asked = _plain(procedure)
    return next((one for one in excluded if _plain(one.name) in asked), None)


def _plain(text: str) -> str:
    """Words alone: without marks, signs between words, and letters that cannot be seen."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(re.sub(r"[\W_]+", " ", folded(seen)).split())


def between(conn: Connection, first: date, last: date, limit: int = 500) -> list[WrittenFormRow]:
    """Return the cases of some days, the newest first."""
    query = select(table).where(table.c.written_on >= first, table.c.written_on <= last)
    rows = conn.execute(query.order_by(table.c.written_on.desc(), table.c.id.desc()).limit(limit))
    return [_kept(row) for row in rows]


def newest_by(conn: Connection, login: str) -> WrittenFormRow | None:
    """Return the case that somebody entered last: the next one is often of the same field."""
    query = select(table).where(table.c.entered_by == login).order_by(table.c.id.desc()).limit(1)
    row = conn.execute(query).first()
    return None if row is None else _kept(row)


def to_repeat(conn: Connection) -> list[WrittenFormRow]:
    """Return the newest case of each procedure written lately, the newest first: one tap repeats it."""
    query = select(table).order_by(table.c.id.desc()).limit(LOOKED_AT)
    newest: dict[str, WrittenFormRow] = {}
    for row in map(_kept, conn.execute(query)):
        newest.setdefault(row.form.procedure, row)
    return list(newest.values())[:OFFERED]


def find(conn: Connection, form_id: int) -> WrittenFormRow | None:
    """Return one case."""
    row = conn.execute(select(table).where(table.c.id == form_id)).first()
    return None if row is None else _kept(row)


def overdue(conn: Connection, today: date, limit: int = 100) -> list[WrittenFormRow]:
    """Return cases not settled the same day whose appointment has passed, the oldest first (001-11)."""
    late = (table.c.appointment < today, table.c.same_day.is_(False))
    rows = conn.execute(select(table).where(*late).order_by(table.c.appointment, table.c.id).limit(limit))
    return [_kept(row) for row in rows]


def counted(conn: Connection, first: date, last: date) -> Counts:
    """Return the figures of some days."""
    days = (table.c.written_on >= first, table.c.written_on <= last)
    cases = conn.execute(select(func.count()).select_from(table).where(*days)).scalar_one()
    same = conn.execute(select(func.count()).select_from(table).where(*days, table.c.same_day)).scalar_one()
    return Counts(cases, same)


def _kept(row: object) -> WrittenFormRow:
    values = {name: getattr(row, name) for name in WrittenForm.__slots__}
    values["manner"] = Manner(values["manner"])
    values["check_result"] = CheckResult(values["check_result"])
    values["confirmed_by"] = Confirmed(values["confirmed_by"])
    return WrittenFormRow(int(getattr(row, "id")), WrittenForm(**values), str(getattr(row, "entered_by")))  # noqa: B009
