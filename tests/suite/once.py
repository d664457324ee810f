"""What thousands of tests would do again, each for itself, is done once a run: hashes, files, templates."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from logbook.accounts import accounts
from logbook.settings import loading
from logbook.settings.config_file import ConfigFile
from logbook.texts import catalogue
from tests.suite.emptied import EMPTIED, KeptConnections


@pytest.fixture(autouse=True, scope="session")
def quick_hashes() -> Iterator[None]:
    """Passwords hashed at the least cost: tests sign in hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        hashed = quick.hash("nobody")
        patch.setattr(accounts, "_HASHER", quick)
        patch.setattr(accounts, "_nobody", lambda: hashed)
        yield


@pytest.fixture(autouse=True, scope="session")
def texts_read_once() -> Iterator[None]:
    """The catalogues read once a run: they are the same for every office, and nobody changes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "_load", functools.cache(catalogue._load))
        yield


@pytest.fixture(autouse=True, scope="session")
def configuration_read_once() -> Iterator[None]:
    """A configuration file read again only when it has changed: thousands of tests begin an office."""
    read = loading.read_config

    @functools.cache
    def unchanged(path: Path, channels: tuple[str, ...], *_what_it_is: int) -> ConfigFile:
        return read(path, channels)

    def once(path: Path, channels: Iterable[str] = ()) -> ConfigFile:
        if not path.is_file():
            return read(path, channels)
        now = path.stat()
        return unchanged(path, tuple(channels), now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "read_config", once)
        yield


@pytest.fixture(autouse=True, scope="session")
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Templates compiled once a run and not once an application: hundreds of tests begin one of their own."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": cache})
        yield


@pytest.fixture(autouse=True, scope="session")
def kept_connections() -> Iterator[KeptConnections]:
    """Connections to the database that is emptied for each test, handed on from test to test."""
    kept, opened = KeptConnections(), WeakKeyDictionary[object, object]()

    def connect(dialect: PGDialect_psycopg, *where: object, **how: object) -> object:
        way = (where, tuple(sorted(how.items())))
        made = kept.take(way) or connected(dialect, *where, **how)
        if str(how.get("dbname", "")).startswith(EMPTIED):
            opened[made] = way
        return made

    def do_close(dialect: PGDialect_psycopg, made: Connection) -> None:
        if made not in opened or not kept.keep(opened[made], made):
            closed(dialect, made)

    connected: Callable[..., object] = PGDialect_psycopg.connect
    closed: Callable[[PGDialect_psycopg, Connection], None] = PGDialect_psycopg.do_close
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PGDialect_psycopg, "connect", connect)
        patch.setattr(PGDialect_psycopg, "do_close", do_close)
        yield kept
    kept.close()
