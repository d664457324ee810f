"""An import that is killed with kill -9 begins again and doubles nothing (002-32)."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from logbook.accounts import accounts
from logbook.database.engine import Database
from logbook.database.tables import dossier_imports, dossier_upload_parts, dossiers
from logbook.dossiers import headings, importing, source, uploads
from logbook.settings.loading import load_settings
from tests import frozen
from tests.logbook.dossiers.files import as_csv, row

ROWS, KILLS = 6000, 8


@pytest.mark.proof
@pytest.mark.row("002-32")
def test_an_import_killed_again_and_again_counts_every_row_once(
    database: Database, database_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 250)
    part = load_settings(frozen.OFFICE).dossiers.headings
    known = headings.find(source.tables(as_csv([row(f"K-{one:05d}") for one in range(ROWS)])), part)
    with database.writing() as conn:
        accounts.add(
            conn, login="head", name="Head", role="head_of_desk", password="a password of it", now=now
        )
        who = accounts.listed(conn)[0]
    key = uploads.keep(database, known.head.places, importing.drafts(known, part), who, now)
    with database.writing() as conn:
        assert uploads.order(conn, key, who, now)
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.scheduler.killed_imports",
            database_url, now.isoformat(), str(KILLS), "a seed",
        ],
        capture_output=True, text=True, timeout=300, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    kills, code = map(int, done.stdout.split())
    assert (kills >= KILLS // 2, code) == (True, 0), "it was killed before it was over"
    with database.reading() as conn:
        upload = uploads.find(conn, key, who, now)
        stored = conn.execute(select(func.count()).select_from(dossiers)).scalar_one()
        waiting = conn.execute(select(func.count()).select_from(dossier_upload_parts)).scalar_one()
        written_down = conn.execute(select(dossier_imports.c.new)).scalars().all()
    assert upload is not None
    assert (upload.state, upload.done, upload.counts["new"]) == ("done", ROWS, ROWS)
    assert (stored, waiting, written_down) == (ROWS, 0, [ROWS])
