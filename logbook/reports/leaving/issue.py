"""Gives the figures of a confirmed month out: signed, kept in the database, written as a file.

The database is the truth; the file is written again where it is missing, so that a kill in between loses
nothing. A month goes out once, and anew only when another report of it was confirmed (a restored database).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from logbook.accounts import audit_log, keys
from logbook.database.engine import Database
from logbook.database.tables import monthly_figures, reports
from logbook.province import register, signed
from logbook.province.collecting import FIGURES
from logbook.province.signed import SignedFigures
from logbook.reports.leaving.from_report import figures_of, hash_of
from logbook.reports.made import MADE_BY, Report
from logbook.reports.periods import MONTHLY
from logbook.settings import communes
from logbook.settings.loading import Settings

MONTHS_BACK = 24
_USE = "figures"


def private_key(settings: Settings) -> bytes:
    """Return the key the office signs its figures with, made from its SECRET_KEY, 32 bytes."""
    return keys.derived(settings.secret_key.get_secret_value(), _USE)


def public_key(settings: Settings) -> str:
    """Return the key the province knows the office by, 64 hex digits."""
    return signed.public_key(private_key(settings))


def issue_due(database: Database, settings: Settings, now: datetime) -> list[SignedFigures]:
    """Give out every confirmed month that was not, and write the files; return what was given out now.

    An office that is no commune of the list has nobody to give figures to. Raises DatabaseBusyError, OSError.
    """
    if communes.of_agency(settings.office.agency, settings.office.province) is None:
        return []
    with database.reading() as conn:
        missing = [report.id for report in _confirmed(conn) if not _is_out(conn, report)]
    new = []
    for number in missing:
        with database.writing() as conn:
            made = issue(conn, settings, number, now)
        new += [] if made is None else [made]
    with database.reading() as conn:
        documents = given_out(conn)
    for document in documents:
        write(document, settings.data_folder / FIGURES)
    return new


def issue(conn: Connection, settings: Settings, report_id: int, now: datetime) -> SignedFigures | None:
    """Give the figures of one confirmed monthly report out; None where they are out already."""
    report = next((one for one in _confirmed(conn) if one.id == report_id), None)
    commune = communes.of_agency(settings.office.agency, settings.office.province)
    if report is None or commune is None or _is_out(conn, report):
        return None
    version = 1 + sum(one.figures.month == report.period for one in given_out(conn))
    document = signed.signed(figures_of(report, commune, settings, version, now), private_key(settings))
    register.keep(conn, document, now)
    audit_log.write(conn, MADE_BY, "give_figures", f"report:{report.id}", now, period=report.period)
    return document


def given_out(conn: Connection, month: str = "") -> list[SignedFigures]:
    """Return every document that was given out, or those of one month, the earliest first."""
    query = select(monthly_figures.c.document).order_by(monthly_figures.c.id)
    found = [signed.parsed(text.encode()) for text in conn.execute(query).scalars()]
    return [one for one in found if month in ("", one.figures.month)]


def write(document: SignedFigures, folder: Path) -> Path:
    """Write a document into a folder, whole or not at all, unless it stands there; return where."""
    file = folder / document.file_name
    text = document.as_text()
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}.new")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    return file


def _confirmed(conn: Connection) -> list[Report]:
    query = (
        select(reports)
        .where(reports.c.kind == MONTHLY, reports.c.confirmed_at.is_not(None))
        .order_by(reports.c.period.desc())
        .limit(MONTHS_BACK)
    )
    return [Report(*row) for row in reversed(conn.execute(query).all())]


def _is_out(conn: Connection, report: Report) -> bool:
    return any(one.figures.report_hash == hash_of(report) for one in given_out(conn, report.period))
