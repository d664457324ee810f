"""Samples of telephone calls, placed by our own telephone: ratings, guidance, complaints, callbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from ivr.app import Role, create_app
from ivr.phone.carrier import Carrier
from ivr.phone.executor import Executor
from ivr.phone.line import drive
from ivr.phone.parameters import CallSetup
from ivr.phone.scripted import (
    Action,
    ClerkAnswers,
    GoAway,
    PressAt,
    ScriptedLine,
    StaySilent,
    Talk,
)
from ivr.phone.transport import WsgiTransport
from ivr.samples import tickets
from ivr.samples.month import SampleMonth
from logbook.calls import callbacks
from logbook.clock import local
from logbook.database.tables import calls, recordings
from logbook.ids import CallId
from logbook.recordings import recordings as sounds
from logbook.recordings.files import RecordingFolder
from logbook.tickets import tickets as book

RATED, GUIDED, TALKS, UNANSWERED, AT_NIGHT, GIVEN_UP = 22, 9, 6, 4, 3, 3
TELEPHONE: tuple[Role, ...] = ("voice",)
FIRST_NUMBER = 84_900_000_100
"""Callers of the month: numbers of a prefix that nobody in Vietnam was given."""


@dataclass(frozen=True, slots=True)
class SampleTelephone:
    """The telephone the citizens of the month call with, and where its recordings are kept."""

    month: SampleMonth
    app: Any
    folder: RecordingFolder

    def call(self, number: int, *actions: Action, then: Callable[[int], None] | None = None) -> None:
        """Place one call at the moment of the clock; `then` gets the number of its row."""
        settings = self.month.hotline.settings
        setup = CallSetup(
            account_sid=settings.account_sid,
            caller=f"+{FIRST_NUMBER + number}",
            called=settings.line.number,
            voice_url=f"{settings.public_url}/ivr/voice",
            fallback_url=f"{settings.public_url}/ivr/fallback",
            status_url=f"{settings.public_url}/ivr/status",
            started=local(self.month.clock.now()),
        )
        kept: dict[str, bytes] = {}
        carrier = Carrier(
            WsgiTransport(self.app, settings.public_url), settings.auth_token.get_secret_value()
        )
        executor = Executor(setup, carrier, lambda _call, sid, wav: kept.update({sid: wav}))
        drive(executor.run(), ScriptedLine(*actions, patience=20))
        with self.month.hotline.database.writing() as conn:
            call_id = conn.execute(select(calls.c.id).where(calls.c.sid == setup.call_sid)).scalar_one()
            for sid, wav in kept.items():
                self._keep(conn, sid, wav)
        if then is not None:
            then(call_id)

    def _keep(self, conn: Connection, sid: str, wav: bytes) -> None:
        """Store a recording as the scheduler would have fetched it; nothing is left to ask for."""
        row = conn.execute(select(recordings.c.id).where(recordings.c.sid == sid)).scalar()
        if row is None:
            return
        now = self.month.clock.now() + timedelta(minutes=2)
        file = self.folder.keep(wav, "audio/wav", now)
        sounds.stored(
            conn,
            row,
            file_name=file.name,
            sha256=file.sha256,
            size=file.size,
            media_type=file.media_type,
            now=now,
            delete_at_provider=True,
        )
        sounds.deleted_at_provider(conn, row, now)


def add(month: SampleMonth) -> None:
    """Put the calls on the agenda; the stories of the tickets carry complaints on."""
    settings = month.hotline.settings
    folder = RecordingFolder(settings.data_folder / "recordings")
    telephone = SampleTelephone(month, create_app(month.hotline, TELEPHONE), folder)
    numbers = iter(range(1, 1000))

    def put(*actions: Action, late: bool = False, then: Callable[[int], None] | None = None) -> None:
        moment = _at_night(month) if late else _in_hours(month)
        month.call_at(moment, partial(telephone.call, next(numbers), *actions, then=then))

    for _ in range(RATED):
        put(PressAt("4"), *_marks(month), GoAway())
    for place in range(GUIDED):
        put(PressAt("1"), PressAt(str(place % 6 + 1)), StaySilent(), GoAway())
    for _ in range(TALKS):
        put(PressAt("0"), ClerkAnswers(month.dice.randrange(60, 400)))
    for place in range(UNANSWERED):
        put(PressAt("0"), PressAt("1"), GoAway(), then=partial(_call_back, month, place))
    for _ in range(AT_NIGHT):
        put(PressAt("0"), PressAt("1"), GoAway(), late=True)
    for _ in range(GIVEN_UP):
        put(GoAway())
    voice = Talk(_voice())
    for story in month.words["stories"]:
        if story["channel"] == "hotline":
            moment = tickets.moment_of(month, story)
            then = partial(_goes_on, month, story)
            spoken = (PressAt("2"), PressAt("1"), PressAt("1"), voice, PressAt("1"), GoAway())
            month.call_at(moment, partial(telephone.call, next(numbers), *spoken, then=then))


def _marks(month: SampleMonth) -> list[Action]:
    mood = month.dice.choices((1, 2, 3, 4, 5), (2, 4, 8, 42, 44))[0]
    marks = [min(5, max(1, mood + month.dice.choice((0, 0, 0, -1, 1)))) for _ in range(5)]
    return [PressAt(str(mark)) for mark in marks]


def _in_hours(month: SampleMonth) -> Any:
    """Some moment at which the line is open."""
    day = month.dice.choice(month.days)
    windows = month.times.hotline.windows_on(day)
    start, end = month.dice.choice(windows) if windows else month.times.office.windows_on(day)[0]
    return start + (end - start) * month.dice.random() * 0.9


def _at_night(month: SampleMonth) -> Any:
    return month.on(month.dice.choice(month.days[:-1]), 1.0) + timedelta(hours=month.dice.randrange(1, 4))


def _voice() -> bytes:
    from importlib import resources

    return resources.files("ivr.phone").joinpath("sounds", "complaint.wav").read_bytes()


def _call_back(month: SampleMonth, place: int, call_id: CallId) -> None:
    """Whoever was not put through is called back by the clerk, but for the last ones."""
    if place > UNANSWERED - 3:
        return
    moment = month.hours_later(month.clock.now(), 1.5)
    month.at(moment, partial(_called_back, month, call_id))


def _called_back(month: SampleMonth, call_id: CallId, conn: Connection) -> None:
    row = callbacks.of_call(conn, call_id)
    if row is not None and row.settled_at is None:
        callbacks.tried_by_hand(
            conn,
            row.id,
            row.version,
            talked=True,
            note=month.words["called_back"],
            person_id=month.people["clerk"].id,
            now=month.clock.now(),
        )


def _goes_on(month: SampleMonth, story: Any, call_id: CallId) -> None:
    with month.hotline.database.reading() as conn:
        found = book.of_call(conn, call_id)
    if found:
        tickets.go_on(month, story, found[0].id, 0)
