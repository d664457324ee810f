"""However a call's closing events arrive, late, doubled, in any order, the database ends the same (F-04)."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection

from logbook.calls import calls
from logbook.database.engine import Database
from logbook.tickets import history
from tests.journeys.faults.storm import (
    Line,
    OneTransaction,
    gist_of,
    open_line,
    second_line,
    shuffled_with_copies,
    words_of,
)

SID = "CA" + "5" * 32
FIRST_TRY, SPOKEN = "RE" + "1" * 32, "RE" + "2" * 32
COMPARED = ("calls", "turns", "legs", "recordings", "responses", "ratings")
EVERYTHING = (*COMPARED, "tickets", "ticket_events", "callbacks", "consents")
STAGES = ("initiated", "ringing", "in-progress", "completed")


@dataclass(frozen=True)
class Event:
    """One request of the provider."""

    path: str
    fields: dict[str, str] = field(hash=False)


def status(word: str, sequence: int) -> Event:
    more = {"CallDuration": "40"} if word == "completed" else {}
    return Event("/ivr/status", words_of(SID, word, SequenceNumber=str(sequence), **more))


def turn(number: int, status: str = "in-progress", **more: str) -> Event:
    return Event(f"/ivr/turn/{number}" if number else "/ivr/voice", words_of(SID, status, **more))


def recording(number: int, sid: str, **more: str) -> Event:
    fields = {"CallSid": SID, "RecordingSid": sid, "RecordingStatus": "completed", **more}
    return Event(f"/ivr/recording/{number}", fields)


UP_TO_SPEECH = [turn(0), turn(1, Digits="2"), turn(2, Digits="1"), turn(3, Digits="1")]
CUT_OFF = [
    turn(4, "completed", RecordingSid=SPOKEN, RecordingDuration="12", Digits="hangup"),
    recording(4, SPOKEN, RecordingDuration="12"),
    *(status(word, number) for number, word in enumerate(STAGES)),
    UP_TO_SPEECH[3],
]
SILENT_CUT_OFF = [
    recording(4, SPOKEN, RecordingStatus="absent", ErrorCode="16102"),
    *(status(word, number) for number, word in enumerate(STAGES)),
]


@contextmanager
def rehearsal(database: Database, folder: Path, begun: Sequence[Event]) -> Iterator[tuple[Line, Connection]]:
    """A line inside one transaction, after the requests of `begun`."""
    open_line(database, folder)
    with database.writing() as conn, closing(OneTransaction(str(database.url), conn)) as one:
        line = second_line(one, folder)
        for event in begun:
            tell(line, event)
        yield line, conn


def tell(line: Line, event: Event) -> None:
    reply = line.post(event.path, event.fields)
    assert reply.status_code in (200, 204), (event, reply.status_code)


@dataclass
class Orders:
    """Tells the same events in every order, and keeps every ending it sees.

    Orders are walked as a tree. Where the same events have led to the same rows on another branch, what
    follows is the same too, since a webhook knows nothing but the rows: that branch is not walked twice.
    """

    line: Line
    conn: Connection
    events: Sequence[Event]
    endings: dict[str, list[int]] = field(default_factory=dict)
    walked: set[tuple[frozenset[int], str]] = field(default_factory=set)

    def all(self, seen: list[int]) -> None:
        """Walk every order that begins with `seen`, which has been delivered."""
        here = (frozenset(seen), repr(gist_of(self.conn, EVERYTHING)))
        if here in self.walked:
            return
        self.walked.add(here)
        left = [number for number in range(len(self.events)) if number not in seen]
        if not left:
            self.note(seen)
        for number in left:
            with self.undone():
                self.tell(number)
                self.all([*seen, number])

    def some(self, order: list[int]) -> None:
        """Walk one order, which may name an event several times."""
        with self.undone():
            for number in order:
                self.tell(number)
            self.note(order)

    def tell(self, number: int) -> None:
        before = self.standing()
        tell(self.line, self.events[number])
        after = self.standing()
        assert all(now >= then for now, then in zip(after, before, strict=True)), (number, before, after)

    def standing(self) -> tuple[int, int, int, int]:
        """What may never go back: stage of the call, its turn, whether an outcome is known, tickets."""
        call = calls.take(self.conn, SID)
        assert call is not None
        tickets = self.conn.exec_driver_sql("SELECT count(*) FROM tickets").scalar_one()
        return STAGES.index(call.status), call.turn, int(call.outcome is not None), tickets

    def note(self, seen: list[int]) -> None:
        assert history.verify(self.conn) is None
        self.endings.setdefault(repr(gist_of(self.conn, COMPARED)), seen)

    @contextmanager
    def undone(self) -> Iterator[None]:
        point = self.conn.begin_nested()
        try:
            yield
        finally:
            point.rollback()


def in_every_order(
    database: Database, folder: Path, begun: Sequence[Event], events: Sequence[Event], *, tickets: int
) -> None:
    """Tell `events` in every order, in some with up to three copies: one ending, so many tickets."""
    with rehearsal(database, folder, begun) as (line, conn):
        orders = Orders(line, conn, events)
        orders.all([])
        for seed in range(25):
            orders.some(shuffled_with_copies(len(events), 3, seed))
        assert len(orders.endings) == 1, {str(order): ending for ending, order in orders.endings.items()}
        with orders.undone():
            for number in range(len(events)):
                orders.tell(number)
            assert orders.standing()[2:] == (1, tickets)
            assert (
                conn.exec_driver_sql("SELECT count(*) FROM callbacks WHERE state = 'owed'").scalar_one() <= 1
            )


@pytest.mark.row("F-04")
def test_a_caller_cut_off_while_speaking_leaves_one_ticket_in_every_order(
    database: Database, tmp_path: Path
) -> None:
    in_every_order(database, tmp_path, UP_TO_SPEECH, CUT_OFF, tickets=1)


@pytest.mark.row("F-04")
def test_a_caller_cut_off_in_silence_leaves_no_ticket_in_any_order(
    database: Database, tmp_path: Path
) -> None:
    in_every_order(database, tmp_path, UP_TO_SPEECH, SILENT_CUT_OFF, tickets=0)


@pytest.mark.row("F-04")
@pytest.mark.parametrize("again", ["voice", "silence"])
def test_a_caller_cut_off_while_speaking_again_leaves_the_last_words_in_every_order(
    database: Database, tmp_path: Path, again: str
) -> None:
    first = turn(4, RecordingSid=FIRST_TRY, RecordingDuration="9", Digits="#")
    begun = [*UP_TO_SPEECH, first, recording(4, FIRST_TRY, RecordingDuration="9"), turn(5, Digits="3")]
    spoken = [
        turn(6, "completed", RecordingSid=SPOKEN, RecordingDuration="12", Digits="hangup"),
        recording(6, SPOKEN, RecordingDuration="12"),
    ]
    silent = [recording(6, SPOKEN, RecordingStatus="absent", ErrorCode="16102")]
    events = [*(spoken if again == "voice" else silent), status("in-progress", 2), status("completed", 3)]
    in_every_order(database, tmp_path, begun, events, tickets=1)


@pytest.mark.row("F-04")
@pytest.mark.parametrize("outcome", ["completed", "no-answer", "canceled"])
def test_a_caller_who_hangs_up_on_the_clerk_leaves_the_same_in_every_order(
    database: Database, tmp_path: Path, outcome: str
) -> None:
    leg = {"DialCallStatus": outcome, "DialCallSid": "CA" + "7" * 32, "DialCallDuration": "30"}
    events = [turn(2, "completed", **leg), status("in-progress", 2), status("completed", 3)]
    in_every_order(database, tmp_path, [turn(0), turn(1, Digits="0")], events, tickets=0)
