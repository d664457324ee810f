"""A database that many tests use one after the other is each time as the migrations left it."""

from __future__ import annotations

from sqlalchemy import text

from logbook.database.engine import Database
from logbook.database.tables import metadata
from tests.conftest import NOW, address_of
from tests.suite.emptied import EmptiedDatabase
from tests.town_hall import file_ticket


def test_rows_numbers_revision_and_tables_are_put_back(emptied_database: EmptiedDatabase) -> None:
    left_open: list[Database] = []

    def used(*statements: str) -> tuple[object, ...]:
        database = Database(address_of(emptied_database.ready()))
        left_open.append(database)
        with database.writing() as conn:
            found = {
                table.name: conn.execute(table.select()).all()
                for table in metadata.sorted_tables
                if conn.execute(table.select()).first()
            }
            revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            ticket = file_ticket(conn, "004217", NOW)
            for statement in statements:
                conn.execute(text(statement))
        return found, revision, ticket.id

    new = used()
    assert used("UPDATE alembic_version SET version_num = '9999'") == new
    assert used("DROP TRIGGER ticket_events_append_only ON ticket_events") == new
    assert used("CREATE SCHEMA before_restore") == new
    assert used("DELETE FROM journal_head") == new
    assert used() == new
    for database in left_open:
        database.close()
