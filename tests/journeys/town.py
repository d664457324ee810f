"""A whole town hall for a journey: hotline, telephone and database, at any moment of any day."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from sqlalchemy import Table, func, select

from ivr.app import create_app
from ivr.line.hotline import open_hotline
from ivr.phone.behaviour import Behaviour
from ivr.running.prepare import prepare
from logbook import texts
from logbook.calls import calls, ratings
from logbook.calls.calls import Call, Timeline
from logbook.calls.ratings import Response
from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.ids import CallId
from logbook.recordings import recordings
from logbook.recordings.files import RecordingFolder
from logbook.settings.config_file import DutyPart, RateLimitsPart, Roster
from logbook.settings.loading import Settings
from logbook.texts.catalogue import load_texts
from logbook.tickets import tickets
from logbook.tickets.tickets import Ticket
from tests.caller import Caller
from tests.people import FARMER
from tests.town_hall import move

_WORD = re.compile(r"\{\w+\}")
LANGUAGE = Path(texts.__file__).parent / "vi"
SPOKEN = ("line", "escalations")
"""The files of sentences that are spoken on the line."""


@cache
def _longest_first() -> list[tuple[str, list[str]]]:
    """Every sentence of the line, cut where words are filled in."""
    sentences = load_texts()["vi"].sentences
    files = [LANGUAGE / f"{name}.yaml" for name in SPOKEN]
    spoken = [key for file in files for key in yaml.safe_load(file.read_text("utf-8"))]
    ordered = sorted(((len(sentences[key]), key) for key in spoken), reverse=True)
    return [(key, _WORD.split(sentences[key])) for _length, key in ordered]


class Watch(Clock):
    """A clock that stands still until somebody sets it."""

    def __init__(self, moment: str) -> None:
        super().__init__(datetime.fromisoformat(moment))
        self.moment = datetime.fromisoformat(moment)
        self.seconds = 1000.0

    def set(self, moment: str) -> None:
        """Go to another moment; whatever was remembered for a while is old by then."""
        self.moment = datetime.fromisoformat(moment)
        self.seconds += 3600

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return getattr(self, "seconds", 0.0)


@dataclass
class Town:
    """One office on one database."""

    settings: Settings
    database: Database
    clock: Watch

    def __post_init__(self) -> None:
        self.texts = load_texts()["vi"]
        self.open()

    def open(self) -> None:
        """Start the program with the settings of now."""
        self.hotline = open_hotline(self.settings, self.clock, self.database)
        prepare(self.hotline)
        self.app = create_app(self.hotline)

    def with_duty(self, *on_roster: str, fallback: Iterable[str] = (), operator: str | None = "an") -> None:
        """Start again with another roster."""
        days = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), on_roster) | dict.fromkeys(
            ("sat", "sun"), ()
        )
        duty: DutyPart = self.settings.duty.model_copy(
            update={
                "roster": Roster.model_construct(**days),  # type: ignore[arg-type]
                "fallback": tuple(fallback),
                "emergency_operator": operator,
            }
        )
        self.settings = replace(self.settings, duty=duty)
        self.open()

    def with_rate_limits(self, **limits: int) -> None:
        """Start again with other limits."""
        limited: RateLimitsPart = self.settings.rate_limits.model_copy(update=limits)
        self.settings = replace(self.settings, rate_limits=limited)
        self.open()

    def ring(self, number: str = FARMER, *, behaviour: Behaviour | None = None) -> Caller:
        """Somebody dials the hotline and listens to the greeting."""
        token = self.settings.auth_token.get_secret_value()
        caller = Caller(
            self.app, token, number=number, account_sid=self.settings.account_sid, behaviour=behaviour
        )
        return caller.dial()

    # -- what was heard ------------------------------------------------------------------------

    def keys(self, heard: Iterable[str]) -> list[str]:
        """The catalogue's keys of the sentences heard, in order."""
        return [self._key(sentence) for sentence in heard]

    def _key(self, sentence: str) -> str:
        """The sentence of the catalogue with the most words of its own that fits."""
        for key, parts in _longest_first():
            if key in ("menu", "menu_closed") and self.texts.sentences["menu_rating"] not in sentence:
                continue  # another list of keys that ends like the menu
            begins_and_ends = sentence.startswith(parts[0]) and sentence.endswith(parts[-1])
            if begins_and_ends and re.fullmatch(".+".join(map(re.escape, parts)), sentence, re.DOTALL):
                return key
        raise AssertionError(f"not a sentence of the catalogue: {sentence}")

    def spoken(self, digits: str, group: int = 3) -> str:
        """Digits as the caller hears them."""
        return self.texts.spell.digits(digits, group)

    # -- what is in the book -------------------------------------------------------------------

    def call(self, caller: Caller) -> Call:
        with self.database.writing() as conn:
            found = calls.take(conn, caller.call_sid)
        assert found is not None
        return found

    def timeline(self, caller: Caller) -> Timeline:
        with self.database.reading() as conn:
            found = calls.timeline(conn, self._id(caller))
        assert found is not None
        return found

    def tickets(self, caller: Caller) -> list[Ticket]:
        with self.database.reading() as conn:
            return [tickets.of_id(conn, one.id) for one in tickets.of_call(conn, self._id(caller))]

    def ticket(self, caller: Caller) -> Ticket:
        (only,) = self.tickets(caller)
        return only

    def response(self, caller: Caller) -> Response | None:
        with self.database.reading() as conn:
            return ratings.of_call(conn, self._id(caller))

    def rows(self, table: Table, caller: Caller | None = None) -> list[Any]:
        query = select(table) if caller is None else select(table).where(table.c.call_id == self._id(caller))
        with self.database.reading() as conn:
            return list(conn.execute(query))

    def count(self, table: Table) -> int:
        with self.database.reading() as conn:
            return conn.execute(select(func.count()).select_from(table)).scalar_one()

    def _id(self, caller: Caller) -> CallId:
        return self.call(caller).id

    # -- what happens meanwhile ----------------------------------------------------------------

    def bring_sound_home(self, caller: Caller) -> list[bytes]:
        """The sound of the caller's recordings arrives on our disk, as the scheduler brings it."""
        folder = RecordingFolder(self.settings.data_folder / "recordings")
        for sid, wav in caller.recordings.items():
            file = folder.keep(wav, "audio/wav", self.clock.now())
            with self.database.writing() as conn:
                found = recordings.by_sid(conn, sid)
                assert found is not None
                recordings.stored(
                    conn,
                    found.id,
                    file_name=file.name,
                    sha256=file.sha256,
                    size=file.size,
                    media_type=file.media_type,
                    now=self.clock.now(),
                    delete_at_provider=False,
                )
        return list(caller.recordings.values())

    def settle(self, ticket: Ticket, *steps: tuple[str, dict[str, Any]]) -> Ticket:
        """The clerk moves a ticket."""
        for verb, details in steps:
            more: dict[str, Any] = {"reason": "", **details}
            with self.database.writing() as conn:
                ticket = move(conn, ticket.id, verb, actor="an", now=self.clock.now(), **more)
        return ticket

    @contextmanager
    def failing(self, times: int, error: Exception | None = None) -> Iterator[list[int]]:
        """The next `times` transactions that would write break; the list counts those that did."""
        real, broken = self.database.writing, [0]

        def writing() -> Any:
            if broken[0] < times:
                broken[0] += 1
                raise error or DatabaseBusyError("database is locked")
            return real()

        with patch.object(self.database, "writing", writing):
            yield broken


COMPLAINT = ("2", "1", "1")
"""The keys from the menu to the tone: complaint, individual, consent."""


def complain(caller: Caller, seconds: float = 12) -> Caller:
    """Leave a complaint, send it and hear its code."""
    for key in COMPLAINT:
        caller.press(key)
    return caller.speak(seconds).press("1")
