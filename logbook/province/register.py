"""The province's own database: whose figures are awaited, and the documents that came.

A document is taken in once, whatever way it comes and however often. What an office signed later takes the
place of what it signed before; the earlier document stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from logbook.clock import local
from logbook.database.tables import monthly_figures, province_offices
from logbook.province import signed
from logbook.province.figures import OfficeFigures
from logbook.province.signed import FiguresRefusedError, Refusal, SignedFigures

CLOCKS_DIFFER = timedelta(hours=1)


class Taken(StrEnum):
    """What became of a document: the first of its month, a correction, or one that was here before."""

    NEW = "new"
    CORRECTION = "correction"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class KnownOffice:
    """An office whose figures are awaited from the month `since` to `until`, None while it belongs here."""

    code: str
    public_key: str
    since: str
    until: str | None

    def awaited_in(self, month: str) -> bool:
        """Whether its figures of that month are awaited."""
        return self.since <= month and (self.until is None or month <= self.until)


@dataclass(frozen=True, slots=True)
class Received:
    """The figures that count for a month; `documents` is how many were taken in for it."""

    signed: SignedFigures
    kept_at: datetime
    documents: int

    @property
    def figures(self) -> OfficeFigures:
        """The figures alone."""
        return self.signed.figures


def enrol(conn: Connection, code: str, public_key: str, since: str) -> None:
    """Await the figures of an office from the month `since` on, signed with that key.

    An office that is known keeps its first month; its key is the new one, and it belongs here again.
    """
    known = update(province_offices).where(province_offices.c.code == code)
    if conn.execute(known.values(public_key=public_key, until=None)).rowcount == 0:
        conn.execute(insert(province_offices).values(code=code, public_key=public_key, since=since))


def dismiss(conn: Connection, code: str, until: str) -> bool:
    """Await nothing of an office after the month `until`; what came stays. False for one nobody knows."""
    known = update(province_offices).where(province_offices.c.code == code)
    return conn.execute(known.values(until=until)).rowcount == 1


def offices(conn: Connection) -> list[KnownOffice]:
    """Return every office that was ever enrolled, by code."""
    columns = (province_offices.c[name] for name in KnownOffice.__slots__)
    rows = conn.execute(select(*columns).order_by(province_offices.c.code))
    return [KnownOffice(*row) for row in rows]


def take(conn: Connection, content: bytes, now: datetime) -> tuple[SignedFigures, Taken]:
    """Take one document in (FiguresRefusedError); a second time it changes nothing."""
    document = signed.read(content)
    figures = document.figures
    office = next((one for one in offices(conn) if one.code == figures.office), None)
    if office is None:
        raise FiguresRefusedError(Refusal.UNKNOWN_OFFICE)
    if office.public_key != document.key:
        raise FiguresRefusedError(Refusal.FOREIGN_KEY)
    if not office.awaited_in(figures.month):
        raise FiguresRefusedError(Refusal.NOT_AWAITED)
    if figures.issued_at > now + CLOCKS_DIFFER or figures.month >= f"{local(figures.confirmed_at):%Y-%m}":
        raise FiguresRefusedError(Refusal.FROM_THE_FUTURE)
    of_month = (monthly_figures.c.office == figures.office, monthly_figures.c.month == figures.month)
    known = conn.execute(select(monthly_figures.c.digest, monthly_figures.c.issued_at).where(*of_month)).all()
    if any(row.digest == document.digest for row in known):
        return document, Taken.KNOWN
    if any(row.issued_at >= figures.issued_at for row in known):
        raise FiguresRefusedError(Refusal.OLDER)
    keep(conn, document, now)
    return document, Taken.CORRECTION if known else Taken.NEW


def keep(conn: Connection, document: SignedFigures, now: datetime) -> None:
    """Keep a signed document: the province what it took in, an office what it gave out."""
    values = {
        "office": document.figures.office,
        "month": document.figures.month,
        "document": document.as_text(),
        "digest": document.digest,
        "issued_at": document.figures.issued_at,
        "kept_at": now,
    }
    conn.execute(insert(monthly_figures).values(**values))


def of_month(conn: Connection, month: str) -> dict[str, Received]:
    """Return the figures that count for a month, by the office's code."""
    query = select(monthly_figures).where(monthly_figures.c.month == month)
    found: dict[str, Received] = {}
    for row in conn.execute(query.order_by(monthly_figures.c.issued_at, monthly_figures.c.id)):
        before = found.get(row.office)
        document = signed.parsed(row.document.encode())
        found[row.office] = Received(document, row.kept_at, 1 + (before.documents if before else 0))
    return found


def months(conn: Connection) -> list[str]:
    """Return the months of which figures came, the newest first."""
    query = select(monthly_figures.c.month).distinct().order_by(monthly_figures.c.month.desc())
    return list(conn.execute(query).scalars())
