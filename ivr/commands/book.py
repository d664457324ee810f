"""Opens the database for a command, at the right revision, and closes it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logbook.database.engine import Database


@contextmanager
def opened() -> Iterator[tuple[Database, datetime]]:
    """The installation's database and the moment by its clock.

    ClickException when there is no database yet, or it cannot be read.
    """
    from sqlalchemy.exc import DBAPIError

    from logbook.clock import Clock
    from logbook.database.engine import Database, DatabaseBusyError, SchemaError
    from logbook.settings.loading import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    try:
        if not database.at_head():
            raise click.ClickException("Sổ chưa có hoặc chưa nâng cấp; hãy chạy: tongdai db upgrade")
        yield database, Clock(settings.starts_at).now()
    except SchemaError as problem:
        raise click.ClickException(str(problem)) from None
    except (DatabaseBusyError, DBAPIError) as problem:
        raise click.ClickException(f"Không đọc được sổ: {str(problem).splitlines()[0]}") from None
    finally:
        database.close()
