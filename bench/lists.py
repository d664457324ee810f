"""How long the console's lists take at the server, beside the raw SQL behind them, in small and large books.

    python -m bench.lists

Each database is a fresh SQLite file; both are asked in turn, so that a busy machine slows them alike. "page"
is the whole answer of the web application, "SQL" the page's own statements run again by sqlite3 alone; what
lies between is the session, the rights and the writing of fifty rows of HTML. Judged is whether a page takes
longer because the database has grown.
"""

from __future__ import annotations

import dataclasses
import random
import re
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from logbook import database_address
from logbook.accounts import accounts
from logbook.clock import Clock
from logbook.console.registry import console_blueprint
from logbook.database import search_index
from logbook.database.engine import Database
from logbook.database.tables import tickets
from logbook.guards import keep_watch
from logbook.installation import open_installation
from logbook.settings.loading import load_settings
from logbook.tickets import history

NOW = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
BOOKS = (1_000, 100_000)
OPEN = 200
"""Tickets still open in every database; the rest is history."""
PASSWORD = "a password of the bench"
ROUNDS = 15
GROWTH = 1.5
"""The most a page may take in the large database, as a multiple of the small one."""
WORDS = (
    "đường liên thôn ngập nước sau mưa hồ sơ đất trả kết quả trễ hẹn cán bộ tiếp nhận yêu cầu bổ sung "
    "giấy tờ chứng thực khai sinh đèn chiếu sáng rác thải tiếng ồn ban đêm chợ trường học trạm y tế"
)
PAGES = (
    ("open tickets", "/console/tickets"),
    ("overdue", "/console/tickets?which=overdue"),
    ("all tickets", "/console/tickets?which=all"),
    ("all, far back", "/console/tickets?which=all&before=300"),
    ("by code", "/console/tickets?which=all&q=000500"),
    ("by number", "/console/tickets?which=all&q=0912000500"),
    ("common words", "/console/tickets?which=all&q=duong+ngap"),
    ("one letter", "/console/tickets?which=all&q=d"),
    ("rare word", "/console/tickets?which=all&q=canhbuom"),
    ("rare and common", "/console/tickets?which=all&q=duong+canhbuom"),
    ("no such word", "/console/tickets?which=all&q=duong+khongco"),
    ("last digits", "/console/tickets?which=all&q=00500"),
    ("open, words", "/console/tickets?q=duong+ngap"),
    ("one ticket", "/console/tickets/000500"),
)


class Told:
    """The statements an engine was given, with their parameters."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    def __call__(
        self, _conn: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool
    ) -> None:
        if not many and statement.lstrip().upper().startswith("SELECT"):
            self.statements.append((statement, parameters))


def fill(database: Database, amount: int) -> None:
    """A database of `amount` tickets, the last ones still open."""
    chance = random.Random(7)
    with database.writing() as conn:
        accounts.add(
            conn,
            login="bench",
            name="Bench",
            role="clerk",
            password=PASSWORD,
            now=NOW,
            must_change_password=False,
        )
        for start in range(0, amount, 1000):
            conn.execute(
                tickets.insert(), [_ticket(number, amount, chance) for number in range(start, start + 1000)]
            )
        search_index.reindex(conn)


def _ticket(number: int, amount: int, chance: random.Random) -> dict[str, Any]:
    opened = NOW - timedelta(hours=(amount - number) * 2)
    content = " ".join(chance.choices(WORDS.split(), k=60)) + (" cánhbuồm" if number == amount // 2 else "")
    caller = f"+84912{number:06d}"
    closed = number < amount - OPEN
    code = f"{number:06d}"
    return {
        "code": code,
        "kind": "feedback",
        "channel": "hotline",
        "caller_raw": caller,
        "caller_number": caller,
        "state": "closed" if closed else chance.choice(["new", "classified", "assigned"]),
        "opened_at": opened,
        "notice_due_at": opened + timedelta(days=9),
        "answer_due_at": opened + timedelta(days=14),
        "closed_at": opened + timedelta(days=5) if closed else None,
        "content": content,
        "summary": content[:80],
        "version": 1,
        "events": 0,
        "head_hash": history.FIRST,
        "search_text": search_index.of(code, content, content[:80], None, caller),
    }


@contextmanager
def opened(
    folder: Path, amount: int, fill: Callable[[Database, int], None] = fill
) -> Iterator[tuple[FlaskClient, Path]]:
    """A signed-in browser before a database of `amount` tickets or whatever `fill` writes, and its file."""
    file = folder / f"{amount}.db"
    database = Database(database_address.of_file(file))
    database.upgrade(NOW)
    fill(database, amount)
    settings = dataclasses.replace(load_settings({}), data_folder=folder)
    app = Flask("bench", static_folder=None)
    keep_watch(app)
    app.register_blueprint(console_blueprint(open_installation(settings, Clock(NOW), database)))
    browser = app.test_client()
    form = form_token(browser.get("/console/sign-in").text)
    sent = {"login": "bench", "password": PASSWORD, "form_token": form}
    browser.post("/console/sign-in", data=sent)
    yield browser, file
    database.close()


def form_token(page: str) -> str:
    """Return what a form of a page must send back."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    return found[1] if found else ""


class Book:
    """A database in a browser, and its file for sqlite3 alone."""

    def __init__(self, browser: FlaskClient, file: Path) -> None:
        """`browser` is signed in; `file` is read only."""
        self.browser, self.file = browser, file

    def told(self, path: str) -> list[tuple[str, Any]]:
        """The statements behind a page; SystemExit when the page is none."""
        recorded = Told()
        event.listen(Engine, "before_cursor_execute", recorded)
        try:
            answer = self.browser.get(path)
        finally:
            event.remove(Engine, "before_cursor_execute", recorded)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status}")
        return [(re.sub(r"\s+", " ", statement), parameters) for statement, parameters in recorded.statements]


def measure(books: list[Book], path: str) -> list[tuple[float, float]]:
    """Milliseconds of the page and of its statements alone for every database, medians of rounds in turn."""
    work: list[Callable[[], object]] = []
    with ExitStack() as stack:
        for book in books:
            raw = stack.enter_context(closing(sqlite3.connect(book.file)))
            work += [partial(book.browser.get, path), partial(_run, raw, book.told(path))]
        spent = [_spent(work) for _ in range(ROUNDS)]
    page_and_sql = [statistics.median(times) for times in zip(*spent, strict=True)]
    return list(zip(page_and_sql[::2], page_and_sql[1::2], strict=True))


def _run(raw: sqlite3.Connection, statements: list[tuple[str, Any]]) -> None:
    for statement, parameters in statements:
        raw.execute(statement, parameters).fetchall()


def _spent(work: list[Callable[[], object]]) -> list[float]:
    monotonic = Clock().monotonic
    spent = []
    for one in work:
        begun = monotonic()
        one()
        spent.append((monotonic() - begun) * 1000)
    return spent


def main() -> int:
    """Print the table; 1 when a page grows with the database."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        books = [Book(*stack.enter_context(opened(Path(name), amount))) for amount in BOOKS]
        found = {title: measure(books, path) for title, path in PAGES}
    small, large = BOOKS
    print(f"{'':16}{f'{small:,} tickets':>18}{f'{large:,} tickets':>18}")
    print(f"{'ms at the server':16}{'page':>9}{'SQL':>9}{'page':>9}{'SQL':>9}{'page:SQL':>10}{'growth':>8}")
    grown = 0
    for title, ((page, sql), (large_page, large_sql)) in found.items():
        growth = large_page / page
        grown += growth > GROWTH
        print(
            f"{title:16}{page:9.1f}{sql:9.2f}{large_page:9.1f}{large_sql:9.2f}{large_page / large_sql:9.0f}x"
            f"{growth:7.1f}x{'  GROWS' if growth > GROWTH else ''}"
        )
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
