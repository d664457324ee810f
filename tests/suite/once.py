"""What thousands of tests would do again, each for itself, is done once a run: hashes, files, templates."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import Connection
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

from logbook.accounts import accounts
from logbook.database import engine
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
def routes_compiled_once() -> Iterator[None]:
    """The routes of an application compiled once a run, when they are first needed, and not once a test."""
    compiled: dict[object, tuple[StateMachineMatcher, dict[Any, list[Rule]]]] = {}
    waiting: WeakKeyDictionary[Map, list[Rule]] = WeakKeyDictionary()
    update = Map.update

    def wait(self: Map, factory: RuleFactory) -> None:
        waiting.setdefault(self, []).extend(factory.get_rules(self))
        self._remap = True

    def once(self: Map) -> None:
        if not self._remap:
            return
        rules = waiting.get(self, [])
        key = (self.host_matching, *map(_words, rules))
        if key not in compiled:
            self._matcher, self._rules_by_endpoint = StateMachineMatcher(self.merge_slashes), {}
            for rule in rules:
                rule.bind(self, rebind=True)
                if not rule.build_only:
                    self._matcher.add(rule)
                self._rules_by_endpoint.setdefault(rule.endpoint, []).append(rule)
            update(self)
            compiled[key] = (self._matcher, self._rules_by_endpoint)
        self._matcher, self._rules_by_endpoint = compiled[key]
        self._remap = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Map, "add", wait)
        patch.setattr(Map, "update", once)
        yield


def _words(rule: Rule) -> tuple[object, ...]:
    """Everything in which two routes may differ."""
    automatic = getattr(rule, "provide_automatic_options", None)
    given = tuple(sorted((rule.defaults or {}).items()))
    kind = (rule.build_only, rule.strict_slashes, rule.websocket, rule.alias, rule.subdomain, rule.host)
    return rule.rule, rule.endpoint, frozenset(rule.methods or ()), automatic, given, rule.redirect_to, *kind


class _Compiled(LRUCache[Any, Any]):
    """Statements by the name of their dialect: every engine has a dialect of its own, and they are alike."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


@pytest.fixture(autouse=True, scope="session")
def statements_compiled_once() -> Iterator[None]:
    """A statement compiled once a run and not once a database: each test has a database of its own."""
    compiled = _Compiled(10_000)

    def create_engine(*where: Any, **how: Any) -> Engine:
        made = sqlalchemy.create_engine(*where, **how)
        made._compiled_cache = compiled
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_engine", create_engine)
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
