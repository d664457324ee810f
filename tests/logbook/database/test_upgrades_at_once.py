"""Two books of one process that are upgraded at the same moment: Alembic can only do one at a time."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from logbook.database import schema
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database_address import of_file

NOW = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)


def test_a_book_that_is_upgraded_keeps_its_process_from_upgrading_another_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the migrations of one would write into the book of the other, as its own variable says."""
    run = command.upgrade
    running: list[str] = []
    refused: list[str] = []
    with (
        closing(Database(of_file(tmp_path / "one.db"))) as one,
        closing(Database(of_file(tmp_path / "other.db"))) as other,
    ):

        def upgrade(config: Config, to: str) -> None:
            running.append(to)
            assert running == [to], "two at a time"
            try:
                with monkeypatch.context() as at_once:
                    at_once.setattr(schema, "PATIENCE", 0.01)
                    other.upgrade(NOW)
            except DatabaseBusyError as problem:
                refused.append(str(problem))
            monkeypatch.setattr(command, "upgrade", run)
            run(config, to)

        monkeypatch.setattr(command, "upgrade", upgrade)
        one.upgrade(NOW)
        assert refused == ["another database is being upgraded"]
        assert one.at_head()
        assert other.revision() is None
        other.upgrade(NOW)
        assert other.at_head()
