"""What every test may ask for: a freshly migrated database of either kind, and one agreed moment."""

import contextlib
import gc
import logging
import os
import shutil
import subprocess
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from logbook.database.engine import Database
from logbook.process.logs import _Libraries
from tests import frozen
from tests.daily import EQUIPMENT, watched
from tests.postgresql import cluster, programs
from tests.suite.emptied import EmptiedDatabase, KeptConnections
from tests.unavailable import unavailable

NOW = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
"""A Wednesday morning in Vietnam: 09:10, the line is open."""


pytest_plugins = ["tests.suite.once"]

IN_MEMORY = Path("/dev/shm")
ENOUGH = 2**30


STEADY = hypothesis.settings(
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
"""A busy machine fails no property; where a build is decided everybody meets the same examples."""
hypothesis.settings.register_profile("daily", STEADY, max_examples=60)
hypothesis.settings.register_profile("proof", STEADY, max_examples=1000)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the files of the daily run in memory, where there is room; proofs write to a disk and try more."""
    hypothesis.settings.load_profile("proof" if config.getoption("markexpr") == "proof" else "daily")
    os.environ.update(frozen.OFFICE)
    daily = config.getoption("markexpr") == "not proof"
    if daily and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark as `proof` whatever asks for heavy equipment; properties are tried in both runs."""
    thorough = config.getoption("markexpr") == "proof"
    for item in items:
        is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if EQUIPMENT & set(getattr(item, "fixturenames", ())) or (thorough and is_property):
            item.add_marker("proof")


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of every collection of garbage, or a fifth of all computing is that."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a test that is too much for the daily run and not marked `proof`."""
    with watched() as effort:
        result = yield
    if not pyfuncitem.get_closest_marker("proof"):
        if why := effort.excess():
            pytest.fail(f"{why}: mark it `proof`, or make it quicker", pytrace=False)
        if long := effort.length():
            pyfuncitem.user_properties.append(("long", long))
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that took long for a daily run."""
    for report in terminalreporter.getreports("passed"):
        for name, said in report.user_properties:
            if name == "long" and report.when == "call":
                terminalreporter.line(f"long for a daily test: {report.nodeid} {said}")


def _plain_tracebacks() -> None:
    """Log an error in a few lines: drawn tracebacks take a second each, and a thousand of them hang."""
    *first, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*first, plain])


_plain_tracebacks()


@pytest.fixture(autouse=True)
def logs_stay_as_they_were() -> Iterator[None]:
    """A command that a test runs in this process configures its logs: no test after it is to notice."""
    root = logging.getLogger()
    level, configured, former = root.level, structlog.is_configured(), structlog.get_config()
    yield
    if configured:
        structlog.configure(**former)
    else:
        structlog.reset_defaults()
    for handler in [each for each in root.handlers if isinstance(each, _Libraries)]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One SQLite file with all tables, to be copied."""
    file = tmp_path_factory.mktemp("template") / "logbook.db"
    made = Database(f"sqlite:///{file}")
    made.upgrade(NOW)
    made.close()
    return file


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A PostgreSQL to make databases in: the one given, or a throw-away cluster of this run."""
    if given := os.environ.get("TONGDAI_TEST_POSTGRES_URL"):
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    why = "no PostgreSQL on this machine (initdb not found) and no TONGDAI_TEST_POSTGRES_URL"
    with cluster(programs() or unavailable(why), outlives_crashes=False) as made:
        yield made.url


@pytest.fixture(scope="session")
def migrated_template(postgresql: URL) -> Iterator[str]:
    """The name of one PostgreSQL database with all tables, to be copied."""
    name = f"template_{uuid4().hex}"
    with _database(postgresql, name):
        made = Database(address_of(postgresql.set(database=name)), pool_size=1)
        made.upgrade(NOW)
        made.close()
        yield name


@pytest.fixture(scope="session")
def emptied_database(
    postgresql: URL, migrated_template: str, kept_connections: KeptConnections
) -> Iterator[EmptiedDatabase]:
    """The PostgreSQL database that all tests of this process use, one after the other."""
    emptied = EmptiedDatabase(postgresql, migrated_template, kept_connections)
    yield emptied
    emptied.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a freshly migrated database, once of each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_file")
        shutil.copyfile(template, tmp_path / "logbook.db")
        yield f"sqlite:///{tmp_path / 'logbook.db'}"
        return
    emptied: EmptiedDatabase = request.getfixturevalue("emptied_database")
    yield address_of(emptied.ready(alone=request.node.get_closest_marker("alone") is not None))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with contextlib.closing(Database(database_url)) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables, once of each kind."""
    if request.param == "sqlite":
        with contextlib.closing(Database(f"sqlite:///{tmp_path / 'empty.db'}")) as made:
            yield made
        return
    server: URL = request.getfixturevalue("postgresql")
    name = f"empty_{uuid4().hex}"
    with (
        _database(server, name),
        contextlib.closing(Database(address_of(server.set(database=name)))) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def libreoffice() -> str:
    """The program that opens documents as an office suite does."""
    return shutil.which("soffice") or unavailable("no soffice on this machine")


@pytest.fixture(scope="session")
def strace() -> str:
    """The program that stops a process at any of its system calls, where it may."""
    found = shutil.which("strace") or unavailable("strace is not installed")
    if subprocess.run(
        [found, "-qq", "-e", "trace=none", "true"], capture_output=True, check=False
    ).returncode:
        unavailable("strace may not trace here")
    return found


def address_of(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@contextlib.contextmanager
def new_database(server: URL) -> Iterator[str]:
    """The name of an empty PostgreSQL database, gone afterwards."""
    name = f"empty_{uuid4().hex}"
    with _database(server, name):
        yield name


@contextlib.contextmanager
def _database(server: URL, name: str, template: str = "template1") -> Iterator[None]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        yield
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        engine.dispose()
