"""PostgreSQL for a bench: the server that is given, or the throw-away cluster the tests use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from bench import processes

GIVEN = "TONGDAI_TEST_POSTGRES_URL"


@dataclass(frozen=True)
class Server:
    """A server to make databases in, and the process that all its others descend from, when it runs here."""

    url: URL
    process: int | None

    @property
    def cpu_seconds(self) -> Callable[[], float] | None:
        """Tells the processor seconds of the whole server so far; None when it runs elsewhere."""
        process = self.process
        return None if process is None else lambda: processes.cpu_seconds(process)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new database, dropped afterwards."""
        name = f"bench_{uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}"')
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(text(statement))
        engine.dispose()


@contextmanager
def server() -> Iterator[Server]:
    """The server named by the environment, or a cluster of our own; RuntimeError when there is neither."""
    if given := os.environ.get(GIVEN):
        yield _known(make_url(given).set(drivername="postgresql+psycopg"))
        return
    from tests.postgresql import cluster, programs

    found = programs()
    if found is None:
        raise RuntimeError(f"no PostgreSQL: initdb not found, and {GIVEN} is not set")
    with cluster(found) as made:
        yield _known(made.url)


def _known(url: URL) -> Server:
    engine = create_engine(url)
    with engine.connect() as conn:
        backend = int(conn.execute(text("SELECT pg_backend_pid()")).scalar_one())
        own = processes.parent_of(backend, "postgres") if processes.countable() else None
    engine.dispose()
    return Server(url, own)
