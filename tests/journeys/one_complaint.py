"""One complaint call, placed by a process that is to be killed while it writes (F-02).

Run as `python -m tests.journeys.one_complaint BOOK`: the call is placed on BOOK for practice. Then each line
of standard input names a database, a system call and at which of these calls a child shall die; the child,
which has learnt and loaded everything by then, places the whole call on that database. A tracer kills every
process at its `LAST`-th call of a kind, so the child first makes the calls that are too many, in vain.
Between two requests it asks for its parent, which changes nothing and shows in the trace.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from ivr.app import create_app
from ivr.line.hotline import open_hotline
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.texts.catalogue import load_texts
from tests.journeys.faults.storm import OPEN_HOUR, Line, shipped, words_of

LAST = 200
"""No run of the call makes as many system calls of one kind."""
NEVER = "never"
SID = "CA" + "7" * 32
SPOKEN = "RE" + "7" * 32
_WORDS = {"RecordingSid": SPOKEN, "RecordingDuration": "9"}
_OVER = words_of(SID, "completed", SequenceNumber="0", CallDuration="30")


@dataclass(frozen=True)
class Told:
    """One request of the call and what came back: nothing but a digest of it."""

    path: str
    status: int
    digest: str


REQUESTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/ivr/voice", words_of(SID)),
    ("/ivr/turn/1", words_of(SID, Digits="2")),
    ("/ivr/turn/2", words_of(SID, Digits="1")),
    ("/ivr/turn/3", words_of(SID, Digits="1")),
    ("/ivr/turn/4", words_of(SID, **_WORDS, Digits="#")),
    ("/ivr/turn/5", words_of(SID, Digits="1")),
    ("/ivr/recording/4", {"CallSid": SID, **_WORDS, "RecordingStatus": "completed"}),
    ("/ivr/status", _OVER),
)


def lines(folder: Path) -> Callable[[Database], Line]:
    """What makes a new line on a database, with settings and texts read once."""
    settings, texts = shipped(folder), load_texts()

    def on(database: Database) -> Line:
        clock = Clock(datetime.fromisoformat(OPEN_HOUR))
        hotline = open_hotline(settings, clock, database, texts)
        return Line(hotline, create_app(hotline))

    return on


def tell(line: Line) -> Iterator[Told]:
    """Send every request of the call, one after the other."""
    for path, fields in REQUESTS:
        reply = line.post(path, fields)
        yield Told(path, reply.status_code, sha256(reply.get_data()).hexdigest())


def main() -> None:
    """Serve standard input: a child for each line, and one line when the child is gone."""
    practice = Path(sys.argv[1])
    line_on = lines(practice.parent)
    with closing(Database(f"sqlite:///{practice}")) as database:
        assert {seen.status for seen in tell(line_on(database))} == {200, 204}
    for order in sys.stdin:
        book, call, dies_at = order.split()
        child = os.fork()
        if child == 0:
            _tell_until_killed(line_on, Path(book), call, int(dies_at))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"gone {child} {os.waitstatus_to_exitcode(status)}", flush=True)


def _tell_until_killed(line_on: Callable[[Database], Line], book: Path, call: str, dies_at: int) -> None:
    if call != NEVER:
        _in_vain(call, LAST - dies_at)
    with closing(Database(f"sqlite:///{book}")) as database:
        for seen in tell(line_on(database)):
            print(f"told {seen.path} {seen.status} {seen.digest}", flush=True)
            os.getppid()


def _in_vain(call: str, times: int) -> None:
    """Make a system call `times` times on a pipe, which refuses them, or for a file that is not there."""
    reading, writing = os.pipe()
    calls: Mapping[str, Callable[[], object]] = {
        "pwrite64": lambda: os.pwrite(writing, b"", 0),
        "fdatasync": lambda: os.fdatasync(writing),
        "fsync": lambda: os.fsync(writing),
        "ftruncate": lambda: os.ftruncate(writing, 0),
        "unlink": lambda: os.unlink("/nowhere/at/all"),  # noqa: PTH108 - this very system call
    }
    for _ in range(times):
        with suppress(OSError):
            calls[call]()
    os.close(reading)
    os.close(writing)


if __name__ == "__main__":
    main()
