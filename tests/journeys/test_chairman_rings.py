"""A complaint by our telephone makes the chairman's telephone ring; unanswered, the next person is called.

Hotline and stand-in provider stand behind one real address; ladder and outbox are swept as the scheduler
does, at the moments of a clock that is moved by hand.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from ivr.commands import call as calling
from ivr.commands.phone import AtTheTelephone, TerminalTelephone
from ivr.phone import sound
from ivr.phone.scripted import PressAt, Talk
from ivr.phone.terminal import TerminalLine
from ivr.phone.transport import HttpTransport
from ivr.provider import inbound
from ivr.provider.app import create_provider, desk_of
from ivr.provider.handset import Handset
from ivr.provider.outbound import places_calls
from logbook.calendar.current import Calendars
from logbook.clock import local
from logbook.database.engine import Database
from logbook.database.tables import deliveries
from logbook.ids import EscalationId
from logbook.outbox import escalations
from logbook.outbox.deliveries import Delivery
from logbook.outbox.escalations import Escalation
from logbook.settings.loading import load_settings
from scheduler.advance_escalations import EscalationsDue
from scheduler.send_deliveries import deliveries_due
from tests import frozen
from tests.journeys.town import Town, Watch
from tests.people import WEDNESDAY
from tests.suite.waiting import PATIENCE, until

CHAIRMAN, DEPUTY = "+842583842100", "+842583842101"
RINGS_FOR = 0.3


@dataclass
class Commune:
    """A town whose telephones ring."""

    town: Town
    provider: Any
    shown: list[str] = field(default_factory=list)

    def complain(self) -> None:
        """A citizen calls and leaves a complaint."""
        settings = self.town.settings
        keys = calling.keys_of("2,1,1,1")
        line = TerminalLine(self.shown.append, calling.TEXTS, keys=keys, voice=Talk(sound.tone(7)))
        setup = inbound.setup_call(
            settings, settings.public_url, "+84912345678", local(self.town.clock.now())
        )
        end = calling.place(setup, line, settings, HttpTransport(), self.shown.append)
        assert end.failure is None, self.shown

    def tick(self, minutes: int = 0) -> None:
        """Time passes, then the scheduler looks at ladders and outbox once."""
        town = self.town
        town.clock.set((town.clock.now() + timedelta(minutes=minutes)).isoformat())
        calendars = Calendars(town.settings, town.clock)
        EscalationsDue(town.database, town.clock, town.settings, calendars).advance(lambda: True)
        sender = deliveries_due(town.settings, town.database, town.clock)
        sender = replace(sender, calls=replace(sender.calls, seconds=self.rings_for))
        sender.send(lambda: True, 1)

    rings_for: Any = RINGS_FOR

    def pick_up(self, number: str, key: str = "1") -> list[str]:
        """Our own telephone of that number rings, is picked up and this key is pressed; what it showed."""
        settings, shown = self.town.settings, list[str]()
        token = settings.auth_token.get_secret_value()
        handset = Handset(settings.provider_url, settings.account_sid, token, number)
        person = AtTheTelephone("at once", [PressAt(key)], None, lambda: None)
        telephone = TerminalTelephone(settings, handset, person, shown.append)
        waiting = threading.Event()

        def wait() -> None:
            telephone.attend(once=True, seconds=None)
            waiting.set()

        attending = threading.Thread(target=wait, daemon=True)
        attending.start()
        assert waiting.wait(PATIENCE), "it does not ring"
        return shown

    def told(self) -> list[Delivery]:
        """Every notification of officials, in order."""
        query = select(deliveries).where(deliveries.c.escalation_id.is_not(None)).order_by(deliveries.c.id)
        with self.town.database.reading() as conn:
            return [Delivery(*row) for row in conn.execute(query)]

    def matter(self) -> Escalation:
        """The one escalation of the journey."""
        with self.town.database.reading() as conn:
            found = escalations.of_id(conn, EscalationId(1))
        assert found is not None
        return found

    def until_over(self, count: int) -> list[Delivery]:
        """Wait until the last of `count` calls has ended: the stand-in reports to the hotline."""
        assert until(lambda: len([row for row in self.told() if row.ended_at]) == count), self.told()
        return self.told()


@pytest.fixture
def commune(database: Database, tmp_path: Path) -> Iterator[Commune]:
    made: list[Commune] = []

    def asked(environ: Any, start_response: Any) -> Any:
        commune = made[0]
        whole = DispatcherMiddleware(commune.town.app, {"/provider": commune.provider})
        return whole(environ, start_response)

    server = make_server("127.0.0.1", 0, asked, threaded=True)
    home = f"http://127.0.0.1:{server.server_port}"
    shipped = load_settings(frozen.OFFICE)
    settings = replace(shipped, public_url=home, data_folder=tmp_path)
    token = settings.auth_token.get_secret_value()
    watch = Watch(WEDNESDAY)
    provider = create_provider(tmp_path / "provider", settings.account_sid, token, clock=watch)
    desk = desk_of(provider)
    desk.place_call = places_calls(desk.drawer, token, switchboard=desk.switchboard, clock=watch)
    made.append(Commune(Town(settings, database, watch), provider))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made[0]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.row("000-13")
def test_the_chairmans_telephone_rings_within_a_minute_and_one_acknowledges(commune: Commune) -> None:
    commune.rings_for = PATIENCE
    commune.complain()
    commune.tick(minutes=1)
    shown = commune.pick_up(CHAIRMAN)
    assert shown[0].startswith("☎ Chuông reo")
    assert shown[0].endswith("cuộc gọi từ 0258.3842.102 đến 0258.3842.100")
    heard = "\n".join(shown)
    assert "▶ bấm 1" in heard
    assert "912345678" not in heard
    escalation = commune.matter()
    assert (escalation.kind, escalation.settled_how, escalation.next_at) == ("new", "key", None)
    (row,) = commune.until_over(1)
    assert (row.recipient, row.channel, row.result) == ("chu-tich", "call", "acknowledged")
    for _ in range(5):
        commune.tick(minutes=15)
    assert len(commune.told()) == 1, "whoever has acknowledged is left in peace"


@pytest.mark.row("000-13")
@pytest.mark.row("F-25")
def test_nobody_answers_so_the_deputys_telephone_rings_after_the_minutes_of_the_ladder(
    commune: Commune,
) -> None:
    commune.complain()
    for tried in range(1, 4):
        commune.tick(minutes=0 if tried == 1 else 15)
        seen = commune.until_over(tried)
        assert [(row.recipient, row.result) for row in seen] == [("chu-tich", "no_answer")] * tried
    commune.tick(minutes=14)
    assert len(commune.told()) == 3, "the deputy's turn has not come"
    assert commune.matter().settled_at is None
    commune.rings_for = PATIENCE
    commune.tick(minutes=1)
    shown = commune.pick_up(DEPUTY)
    assert shown[0].endswith("cuộc gọi từ 0258.3842.102 đến 0258.3842.101")
    seen = commune.until_over(4)
    assert (seen[-1].recipient, seen[-1].result) == ("pho-chu-tich", "acknowledged")
    escalation = commune.matter()
    assert (escalation.settled_how, escalation.step) == ("key", 3)


@pytest.mark.row("F-25")
def test_picked_up_without_the_one_is_not_acknowledged_and_it_rings_again(commune: Commune) -> None:
    commune.complain()
    commune.rings_for = PATIENCE
    commune.tick()
    shown = commune.pick_up(CHAIRMAN, key="7")
    assert "☎ Nhấc máy" in shown
    assert commune.until_over(1)[0].result == "answered"
    assert commune.matter().settled_at is None
    commune.tick(minutes=15)
    commune.pick_up(CHAIRMAN)
    assert commune.until_over(2)[1].result == "acknowledged"
    assert commune.matter().settled_how == "key"
