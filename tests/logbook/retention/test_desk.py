"""Words of the one-stop desk go when their time is over; no figure of a past year changes by it (B4)."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, insert, select, update

from logbook.calls import rating_counts
from logbook.clock import Clock
from logbook.database import personal_names
from logbook.database.engine import Database
from logbook.database.personal_names import NameKeys, NameKind
from logbook.database.tables import (
    dossier_explanations,
    dossier_mismatches,
    dossier_supplements,
    dossiers,
    metadata,
    printed_slips,
    replaced_ratings,
    responses,
    slip_checks,
    slips,
    token_ratings,
    tombstones,
)
from logbook.dossiers import quota
from logbook.dossiers.months import Month
from logbook.recordings.fetch import RecordingFetcher
from logbook.recordings.files import RecordingFolder
from logbook.retention import desk, rules
from logbook.settings.loading import load_settings
from scheduler.delete_expired import RetentionDue
from tests import frozen
from tests.logbook import worded_case
from tests.logbook.dossiers.shelf import Shelf, local_time

PART = load_settings(frozen.OFFICE).retention
WORDS = {
    "comment": "CANARY-slip-comment",
    "rated": "CANARY-rating-comment",
    "replaced": "CANARY-replaced",
    "void": "CANARY-void-reason",
    "check": "CANARY-second-entry",
    "printed": "CANARY-printed",
    "owner": "CANARY-owner",
    "cause": "CANARY-cause",
    "remedy": "CANARY-remedy",
    "note": "CANARY-mismatch",
    "settled": "CANARY-settled",
    "paper": "CANARY-paper",
    "official": "CANARY-official",
    "reference": "CANARY-REFERENCE",
}
OF_COMMENTS = {"comment", "rated", "replaced"}
OF_SLIPS = {"void", "check", "printed"}
DONE = "2026-11-10 10:00"


@pytest.fixture
def month_of_words(database: Database, now: datetime) -> Database:
    """A finished dossier and a slip with every word they may have, and a rating by code."""
    shelf = Shelf(database)
    (one,) = shelf.put(finished=DONE, slips=1, due="2026-11-05 17:00", official=WORDS["official"])
    shelf.put(3, finished=DONE)
    by = {"written_at": now}
    with database.writing() as conn:
        person = worded_case.person(conn, "head_of_desk", now).id
        conn.execute(update(dossiers).where(dossiers.c.id == one).values(reference=WORDS["reference"]))
        slip = conn.execute(select(slips)).one()
        conn.execute(
            update(slips).values(
                comment=WORDS["comment"], entered_at=local_time(DONE), void_reason=WORDS["void"]
            )
        )
        conn.execute(
            insert(slip_checks).values(
                slip_id=slip.id, reference=WORDS["check"], respondent="individual", answers="{}",
                entered_by=person, entered_at=now,
            )
        )  # fmt: skip
        conn.execute(
            insert(printed_slips).values(
                number=WORDS["printed"], dossier_id=one, form_key="k", form_version=1, printed_at=now
            )
        )
        conn.execute(
            insert(dossier_explanations).values(
                dossier_id=one, owner=WORDS["owner"], cause=WORDS["cause"], remedy=WORDS["remedy"],
                written_by=person, version=1, **by,
            )
        )  # fmt: skip
        conn.execute(
            insert(dossier_mismatches).values(
                dossier_id=one, on_paper="done", note=WORDS["note"], marked_by=person, marked_at=now,
                settled_by=person, settled_at=now, settlement=WORDS["settled"],
            )
        )  # fmt: skip
        conn.execute(
            insert(dossier_supplements).values(
                dossier_id=one, document=WORDS["paper"], asked_on=now.date(), written_by=person, **by
            )
        )
        answered = {"set_id": slip_set(slip.response_id, conn), "channel": "qr", "state": "complete"}
        rated = conn.execute(
            insert(responses).values(started_at=local_time(DONE), **answered).returning(responses.c.id)
        ).scalar_one()
        conn.execute(
            insert(token_ratings).values(
                response_id=rated, procedure="", comment=WORDS["rated"], replaced=1, sent_at=local_time(DONE)
            )
        )
        conn.execute(insert(replaced_ratings).values(response_id=rated, at=now, content=WORDS["replaced"]))
        personal_names.keep(
            conn, NameKeys([Fernet.generate_key().decode()]), NameKind.RATER, rated, "Trần Văn Tên"
        )
        rating_counts.rebuild(conn)
    return database


def slip_set(response_id: int, conn: Connection) -> int:
    query = select(responses.c.set_id).where(responses.c.id == response_id)
    found: int = conn.execute(query).scalar_one()
    return found


def left(database: Database) -> set[str]:
    """The words that stand anywhere in the database, and "name" for an encrypted one."""
    with database.reading() as conn:
        seen = repr([conn.execute(select(table)).all() for table in metadata.sorted_tables])
        named = conn.execute(select(metadata.tables["personal_names"])).all()
    return {name for name, word in WORDS.items() if word in seen} | ({"name"} if named else set())


def after(years: int, days: int = 1) -> datetime:
    day = local_time(DONE)
    return day.replace(year=day.year + years) + timedelta(days=days)


@pytest.fixture
def sweep(month_of_words: Database, tmp_path: Path) -> Callable[[datetime], int]:
    def run(moment: datetime) -> int:
        fetcher = RecordingFetcher("http://127.0.0.1:9", "AC1", "token", 1000, 1)
        folder = RecordingFolder(tmp_path / "recordings")
        due = RetentionDue(month_of_words, fetcher, folder, Clock(moment), PART, tmp_path)
        return due.sweep(lambda: True)

    return run


@pytest.mark.row("T-22")
def test_comments_slips_and_dossiers_go_each_in_its_year_and_figures_stay(
    month_of_words: Database, sweep: Callable[[datetime], int]
) -> None:
    run = sweep
    everything = set(WORDS) | {"name"}
    assert left(month_of_words) == everything
    before = figures(month_of_words)
    assert (run(after(PART.comment_years, -2)), left(month_of_words)) == (0, everything)
    assert run(after(PART.comment_years)) == 2
    assert left(month_of_words) == everything - OF_COMMENTS - {"name"}
    assert run(after(PART.slip_years)) == 1
    assert left(month_of_words) == everything - OF_COMMENTS - {"name"} - OF_SLIPS | {"printed"}
    assert run(after(PART.dossier_years)) == 4
    assert left(month_of_words) == set()
    assert run(after(PART.dossier_years, 2)) == 0
    assert figures(month_of_words) == before
    with month_of_words.reading() as conn:
        stones = conn.execute(select(tombstones.c.kind, tombstones.c.rule)).all()
        assert rating_counts.wrong(conn) == []
    assert {tuple(row) for row in stones} == {
        ("comment", "retention.comment_years = 2"),
        ("slip", "retention.slip_years = 5"),
        ("dossier", "retention.dossier_years = 10"),
    }
    if month_of_words.is_sqlite:
        with contextlib.closing(sqlite3.connect(month_of_words.file)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"CANARY" not in Path(month_of_words.file).read_bytes()


def figures(database: Database) -> object:
    with database.reading() as conn:
        return quota.of_month(conn, Month(2026, 11), 50), rating_counts.wrong(conn)


@pytest.mark.row("T-22")
def test_a_dossier_that_is_still_open_is_at_work_however_old_it_is(database: Database, now: datetime) -> None:
    Shelf(database).put(due="2026-01-10 17:00")
    over = rules.terms(PART, now.replace(year=now.year + 30))
    with database.writing() as conn:
        assert [desk.sweep(conn, kind, over, now) for kind in desk.KINDS] == [0, 0, 0]


@pytest.mark.row("T-22")
def test_thousands_of_old_dossiers_go_in_one_night_many_a_transaction(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 7)
    Shelf(database).put(20, finished="2010-01-10 17:00", received="2010-01-02 08:00")
    over, done = rules.terms(PART, now), []
    with database.writing() as conn:
        kind = desk.KINDS[-1]
        while many := desk.sweep(conn, kind, over, now):
            done.append(many)
        references = conn.execute(select(dossiers.c.reference)).scalars().all()
    assert done == [7, 7, 6]
    assert all(one.startswith("erased-") for one in references)
