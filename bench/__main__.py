"""`python -m bench`: our application beside the Core floor, in one interleaved run (docs/performance.md)."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import desk, heavy, line, postgresql, public_pages, report, server_time
from bench.contestants import Contestant, Place, at_free_port, our_application, the_floor, the_whole_office
from bench.measure import QUICK, Plan, Used, compare

SERVERS = ("waitress:1", "waitress:4", "gunicorn:8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for and print it; 1 when a call went wrong, 0 otherwise."""
    asked = _asked(arguments)
    if asked.line:
        return _line()
    plan = QUICK if asked.quick else Plan()
    if asked.servers:
        plan = Plan(rounds=plan.rounds, seconds=min(plan.seconds, 2.5), starts=1)
    if asked.seconds:
        plan = Plan(plan.callers, asked.rounds or plan.rounds, asked.seconds, plan.starts)
    contestants = [the_floor(), *_ours(servers=asked.servers)]
    with _places(contestants, on_postgresql=asked.postgresql) as (entries, shared_cpu):
        outcome = compare(entries, plan, shared_cpu)
    for text in report.lines(outcome):
        print(text)
    if not (asked.quick or asked.servers or asked.postgresql):
        with tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder:
            for text in heavy.lines(heavy.measure(Path(folder), plan.rounds, plan.seconds)):
                print(text)
        with tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder:
            for text in public_pages.lines(public_pages.measure(Path(folder), plan.rounds, plan.seconds)):
                print(text)
        with tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder:
            for text in desk.lines(desk.measure(desk.BOOKS, Path(folder)), desk.BOOKS):
                print(text)
        with (
            tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder,
            server_time.opened(Path(folder)) as office,
        ):
            for text in server_time.lines(server_time.measure(office)):
                print(text)
    return 1 if outcome.errors else 0


def _line() -> int:
    with tempfile.TemporaryDirectory(prefix="tongdai-bench-") as folder, line.opened(Path(folder)) as office:
        times = line.measure(office)
    for text in line.lines(times):
        print(text)
    return 1 if times.failed else 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds, at most 20 seconds")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL, its CPU counted in")
    parser.add_argument("--servers", action="store_true", help="our application under each web server")
    parser.add_argument("--line", action="store_true", help="the office's own line alone, with real calls")
    parser.add_argument("--seconds", type=float, help="seconds of calls in each round")
    parser.add_argument("--rounds", type=int, help="how many rounds (with --seconds)")
    return parser.parse_args(arguments)


def _ours(*, servers: bool) -> list[Contestant]:
    if servers:
        return [our_application(server) for server in SERVERS]
    return [our_application(), the_whole_office()]


@contextmanager
def _places(
    contestants: Sequence[Contestant], *, on_postgresql: bool
) -> Iterator[tuple[list[tuple[Contestant, Place]], Used | None]]:
    """A fresh folder, database and port for each application; gone afterwards."""
    with ExitStack() as stack:
        above = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tongdai-bench-")))
        server = stack.enter_context(postgresql.server()) if on_postgresql else None
        entries = []
        for number, contestant in enumerate(contestants):
            folder = above / str(number)
            folder.mkdir()
            url = stack.enter_context(server.database()) if server else f"sqlite:///{folder / 'bench.db'}"
            entries.append((contestant, at_free_port(folder, url)))
        if server and server.process is None:
            print("PostgreSQL runs elsewhere: its CPU is not counted in")
        yield entries, server.cpu_seconds if server else None


if __name__ == "__main__":
    sys.exit(main())
