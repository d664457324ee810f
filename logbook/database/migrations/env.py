"""Alembic's entry: runs migrations inside the transaction of the connection it was given."""

from alembic import context
from sqlalchemy import Connection

from logbook.database.tables import metadata
from logbook.database.tables.words import is_compared


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=is_compared,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    context.run_migrations()


run(context.config.attributes["connection"])
