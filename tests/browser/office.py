"""One office behind a real address: its pages served to a browser, its telephone rung by a caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from ivr.app import create_app
from ivr.line.hotline import Hotline, open_hotline
from ivr.running.prepare import prepare
from ivr.wsgi import stand_in
from logbook.accounts import accounts
from logbook.accounts.rights import ROLES
from logbook.calls import calls
from logbook.clock import Clock, parse_moment
from logbook.database.engine import Database
from logbook.recordings import recordings
from logbook.recordings.files import RecordingFolder
from logbook.settings.loading import load_settings
from logbook.tickets import tickets
from logbook.tickets.tickets import Ticket
from tests import frozen
from tests.caller import Caller
from tests.people import FARMER, WEDNESDAY
from tests.suite.waiting import PATIENCE
from tests.town_hall import move

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PASSWORD = "lua chin ngoai dong"
NAMED_VIEWERS = frozenset({"head_of_office", "chairman"})
Step = tuple[str, Mapping[str, Any]]
"""A verb and its details."""
COMPLAINT = ("2", "1", "1")


@dataclass
class Office:
    """The program of the shipped configuration on an empty database, on a Wednesday at ten past nine."""

    hotline: Hotline
    app: Flask
    address: str
    ids: dict[str, int] = field(default_factory=dict)

    def staff(self) -> None:
        """One person of each role, whose login is the role's name; a second clerk is clerk2."""
        with self.hotline.database.writing() as conn:
            for login in (*ROLES, "clerk2"):
                role = login.removesuffix("2")
                self.ids[login] = accounts.add(
                    conn,
                    login=login,
                    name=f"{self.hotline.texts['vi'].sentence(f'role_{role}')} {login[-1]}",
                    role=role,
                    password=PASSWORD,
                    now=self.hotline.clock.now(),
                    sees_restricted=role in NAMED_VIEWERS,
                    must_change_password=False,
                )

    def ring(self, number: str = FARMER) -> Caller:
        """Somebody dials the hotline and listens to the greeting."""
        settings = self.hotline.settings
        token = settings.auth_token.get_secret_value()
        sid = settings.account_sid
        caller = Caller(self.app, token, number=number, account_sid=sid, public_url=self.address)
        return caller.dial()

    def complain(self, number: str = FARMER, seconds: float = 6) -> Ticket:
        """Somebody leaves a complaint; its sound is fetched as the scheduler would."""
        caller = self.ring(number)
        for key in COMPLAINT:
            caller.press(key)
        caller.speak(seconds).press("1").hang_up()
        self._bring_sound_home(caller)
        with self.hotline.database.writing() as conn:
            call = calls.take(conn, caller.call_sid)
            assert call is not None
            (ticket,) = tickets.of_call(conn, call.id)
            return tickets.of_id(conn, ticket.id)

    def ticket(self, code: str) -> Ticket:
        """The ticket as it stands in the database now."""
        with self.hotline.database.reading() as conn:
            found = tickets.find(conn, code)
        assert found is not None
        return found

    def settle(self, ticket: Ticket, *steps: Step) -> Ticket:
        """Somebody in the office moves a ticket, without the console."""
        for verb, details in steps:
            given: dict[str, Any] = {"reason": "", **details}
            with self.hotline.database.writing() as conn:
                now = self.hotline.clock.now()
                ticket = move(conn, ticket.id, verb, actor="clerk", now=now, **given)
        return ticket

    def _bring_sound_home(self, caller: Caller) -> None:
        now = self.hotline.clock.now()
        folder = RecordingFolder(self.hotline.settings.data_folder / "recordings")
        for sid, wav in caller.recordings.items():
            file = folder.keep(wav, "audio/wav", now)
            with self.hotline.database.writing() as conn:
                found = recordings.by_sid(conn, sid)
                assert found is not None
                recordings.stored(
                    conn,
                    found.id,
                    file_name=file.name,
                    sha256=file.sha256,
                    size=file.size,
                    media_type=file.media_type,
                    now=now,
                    delete_at_provider=False,
                )


def _closed_at_its_end(answer: Iterable[bytes]) -> Iterator[bytes]:
    """An answer that closes its file also where the server forgets to, after a browser broke off."""
    try:
        yield from answer
    finally:
        if close := getattr(answer, "close", None):
            close()


@contextmanager
def serving(book: Path) -> Iterator[Office]:
    """An office on the migrated SQLite file `book`, answering on a free port of this machine."""
    later: list[WSGIApplication] = []

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return _closed_at_its_end(later[0](environ, start))

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    settings = replace(
        load_settings(frozen.OFFICE),
        public_url=address,
        port=server.server_port,
        data_folder=book.parent,
        database_url=f"sqlite:///{book}",
    )
    database = Database(settings.database_url)
    hotline = open_hotline(settings, Clock(parse_moment(WEDNESDAY)), database)
    prepare(hotline)
    app = create_app(hotline)
    later.append(DispatcherMiddleware(app, {"/provider": stand_in(settings, hotline.clock)}))
    listening = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    listening.start()
    try:
        yield Office(hotline, app, address)
    finally:
        server.shutdown()
        listening.join(PATIENCE)
        server.server_close()
        hotline.voice.close()
        database.close()
