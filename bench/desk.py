"""How long the pages of the one-stop desk take at the server in small and large books: they must not grow.

    python -m bench.desk            # 1,000 and 100,000 dossiers, each with a slip
    python -m bench.desk --quick    # 1,000 and 10,000

As `bench.lists`, on which it stands: both books are asked in turn, "page" is the whole answer, "SQL" its
statements alone. What is open, this month and the last year are alike in both; the rest is history of ten
years. Goals: a page of the large book takes at most the growth of an exponent of 0.1, and one of slips 50 ms
of processor time, which does not count what else the machine does.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import lists
from bench.lists import NOW, PASSWORD, Book
from logbook.accounts import accounts
from logbook.calls import rating_counts
from logbook.database.engine import Database
from logbook.database.tables import criteria, dossiers, ratings, responses, slips
from logbook.ratings import instruments
from logbook.settings.loading import load_settings

QUICK, BOOKS = (1_000, 10_000), (1_000, 100_000)
EXPONENT = 0.1
"""The most that a page may grow: its time is as the book's size to this power."""
SLIP_MS = 50.0
THIS_YEAR, THIS_MONTH, OPEN, LATE = 300, 300, 60, 20
"""Dossiers finished in the eleven months before this one and in it, those open, and the late among these."""
SLIP_PAGES = ("type a slip", "one slip")
PAGES = (
    ("first page", "/console/"),
    ("late", "/console/dossiers?view=late"),
    ("due soon", "/console/dossiers?view=soon"),
    ("online", "/console/dossiers?view=online"),
    ("running", "/console/dossiers?view=running"),
    ("supplements", "/console/dossiers?view=supplements"),
    ("mismatches", "/console/dossiers?view=mismatches"),
    ("by reference", "/console/dossiers?reference=H32-0000"),
    ("one dossier", "/console/dossiers/500"),
    ("this month", "/console/dossiers/months/2026-11"),
    ("figures", "/console/dossiers/figures"),
    ("slips", "/console/slips"),
    ("type a slip", "/console/slips/new"),
    ("one slip", "/console/slips/500"),
    ("second entry", "/console/slips/check"),
    ("differences", "/console/slips/differences"),
    ("photographs", "/console/slips/photos"),
    ("index", "/console/index/2026-11"),
    ("ratings", "/console/ratings"),
)


def fill(database: Database, amount: int) -> None:
    """A book of `amount` dossiers; each finished one has a slip, the last ones are open."""
    chance, settings = random.Random(7), load_settings({})
    asked = instruments.for_slips(settings)
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
        (of_set,) = instruments.install(conn, [asked], NOW)
        query = select(criteria.c.id).where(criteria.c.set_id == of_set).order_by(criteria.c.position)
        items = conn.execute(query).scalars().all()
        for start in range(1, amount + 1, 1000):
            numbers = range(start, start + 1000)
            rows = [_dossier(number, amount, chance) for number in numbers]
            conn.execute(dossiers.insert(), rows)
            done = [number for number, row in zip(numbers, rows, strict=True) if row["finished_at"]]
            conn.execute(responses.insert(), [_response(number, amount, of_set) for number in done])
            marks = [_mark(number, amount, item, chance) for number in done for item in items]
            conn.execute(ratings.insert(), marks)
            conn.execute(slips.insert(), [_slip(number, amount) for number in done])
        rating_counts.rebuild(conn)


def _dossier(number: int, amount: int, chance: random.Random) -> dict[str, Any]:
    received, finished = _when(number, amount)
    is_open, behind = finished is None, amount - number
    late = is_open and behind < LATE
    return {
        "id": number,
        "reference": f"H32-{number:06d}",
        "procedure": f"Thủ tục {number % 180}",
        "field": ("Hộ tịch", "Đất đai", "Chứng thực", "Lao động")[number % 4],
        "official": f"Nguyễn Văn {number % 12}",
        "received_at": received,
        "due_at": NOW - timedelta(days=1) if late else received + timedelta(days=9 + chance.random()),
        "finished_at": finished,
        "online": number % 3 == 0,
        "accepted_at": None if is_open else received + timedelta(hours=3),
        "supplements": 2 if is_open and number % 9 == 0 else 0,
        "outcome": "running" if is_open else "done",
        "imported_at": NOW,
        "changed_at": NOW,
    }


def _when(number: int, amount: int) -> tuple[datetime, datetime | None]:
    """When a dossier came and was finished; history lies in the nine years before the last one."""
    behind = amount - number
    if behind < OPEN:
        return NOW - timedelta(days=8, minutes=behind), None
    behind -= OPEN
    if behind < THIS_MONTH:
        days = 1 + 20 * behind / THIS_MONTH
    elif behind < THIS_MONTH + THIS_YEAR:
        days = 30 + 300 * (behind - THIS_MONTH) / THIS_YEAR
    else:
        days = 400 + 3200 * (behind - THIS_MONTH - THIS_YEAR) / amount
    finished = NOW - timedelta(days=days)
    return finished - timedelta(days=3), finished


def _response(number: int, amount: int, of_set: int) -> dict[str, Any]:
    answered = {"set_id": of_set, "channel": rating_counts.PAPER, "state": "complete"}
    return {"id": number, "started_at": _when(number, amount)[1], **answered}


def _mark(number: int, amount: int, item: int, chance: random.Random) -> dict[str, Any]:
    at = _when(number, amount)[1]
    return {"response_id": number, "criterion_id": item, "value": chance.choice((3, 4, 5)), "at": at}


def _slip(number: int, amount: int) -> dict[str, Any]:
    return {
        "id": number,
        "number": f"P26-{number:06d}",
        "dossier_id": number,
        "response_id": number,
        "respondent": "individual",
        "comment": "Cán bộ hướng dẫn tận tình" if number % 5 == 0 else "",
        "source": "keyboard",
        "entered_at": _when(number, amount)[1],
        "valid": True,
        "version": 1,
    }


@dataclass(frozen=True)
class Found:
    """Milliseconds of each page and of its statements alone, by size; `own_ms` of processor time of slips."""

    pages: dict[str, list[tuple[float, float]]]
    own_ms: dict[str, float]


def measure(sizes: Sequence[int], folder: Path) -> Found:
    """Fill a book of each size, ask for every page in turn, and for those of slips in the largest again."""
    with ExitStack() as stack:
        books = [Book(*stack.enter_context(lists.opened(folder, size, fill))) for size in sizes]
        pages = {title: lists.measure(books, path) for title, path in PAGES}
        own = {title: _own_ms(books[-1], path) for title, path in PAGES if title in SLIP_PAGES}
    return Found(pages, own)


def _own_ms(book: Book, path: str) -> float:
    """The median of the processor time of a page."""
    spent = []
    for _ in range(lists.ROUNDS):
        begun = time.process_time()
        book.browser.get(path)
        spent.append((time.process_time() - begun) * 1000)
    return statistics.median(spent)


def exponent(small: float, large: float, sizes: Sequence[int]) -> float:
    """The power of the book's size by which a time grows."""
    return math.log(large / small) / math.log(sizes[1] / sizes[0])


def lines(found: Found, sizes: Sequence[int]) -> Iterator[str]:
    """The table, each page with its goal, and how many are missed."""
    yield ""
    yield f"the desk's pages, {sizes[0]:,} and {sizes[1]:,} dossiers, ms at the server"
    yield f"  {'':14}{'page':>8}{'SQL':>8}{'page':>8}{'SQL':>8}  exponent, at most {EXPONENT}"
    missed = 0
    for title, ((page, sql), (large_page, large_sql)) in found.pages.items():
        grows = exponent(page, large_page, sizes)
        own = found.own_ms.get(title)
        slow = own is not None and own > SLIP_MS
        bad = grows > EXPONENT or slow
        missed += bad
        times = f"{page:8.1f}{sql:8.2f}{large_page:8.1f}{large_sql:8.2f}"
        verdict = "MISSED" if bad else "kept"
        beside = f", {own:.1f} ms of processor time, at most {SLIP_MS:.0f}" if own is not None else ""
        yield f"  {title:14}{times}  {grows:7.3f}  {verdict}{beside}"
    yield f"goals missed at the desk: {missed}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 dossiers")
    sizes = QUICK if parser.parse_args(arguments).quick else BOOKS
    with tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder:
        said = list(lines(measure(sizes, Path(folder)), sizes))
    for line in said:
        print(line)
    return int(not said[-1].endswith(" 0"))


if __name__ == "__main__":
    sys.exit(main())
