"""Webhooks out: signed, in order, again until they arrive, and nothing of what stays in the house."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from logbook.database.engine import Database
from logbook.database.tables import ticket_events
from logbook.database.tables import tickets as ticket_rows
from logbook.database.tables import webhook_deliveries as table
from logbook.ids import TicketId
from logbook.outbox import webhooks
from logbook.outbox.webhooks import Webhook
from logbook.sending import webhook_events
from scheduler.channels.webhook import WebhookPost
from scheduler.send_webhooks import WebhooksDue
from tests.logbook import book_of_cases
from tests.one_kind import on_sqlite
from tests.scheduler.outbox import StandingClock, settings_with
from tests.scheduler.stand_ins.webhook_receiver import Receiver, half_the_time, receiver
from tests.town_hall import move


@dataclass
class Hooks:
    """An office with one webhook to a receiver of this machine."""

    database: Database
    clock: StandingClock
    receiver: Receiver
    webhook: Webhook

    def due(self, inner: tuple[str, ...] | None = None) -> WebhooksDue:
        allowed = (self.receiver.host,) if inner is None else inner
        return WebhooksDue(self.database, self.clock, settings_with(), WebhookPost(allowed))

    def run(self, inner: tuple[str, ...] | None = None) -> int:
        return self.due(inner).run_once(lambda: True)

    def ticket(self, code: str, **columns: Any) -> int:
        with self.database.writing() as conn:
            ticket_id = book_of_cases.write(conn, code, self.clock.now(), state="new", **columns)
            event(conn, TicketId(ticket_id), 1, self.clock.now(), None, "new")
            conn.execute(ticket_rows.update().where(ticket_rows.c.id == ticket_id).values(events=1))
        return ticket_id

    def move(self, ticket_id: TicketId, verb: str, **details: Any) -> None:
        with self.database.writing() as conn:
            move(conn, ticket_id, verb, actor="canbotruc", now=self.clock.now(), **details)

    def rows(self) -> list[Any]:
        with self.database.reading() as conn:
            return list(conn.execute(table.select().order_by(table.c.id)))


def event(conn: Any, ticket_id: TicketId, number: int, at: datetime, before: str | None, after: str) -> None:
    who = {"verb": "open", "actor": "", "reason": "", "details": "{}", "previous_hash": "", "hash": ""}
    states = {"from_state": before, "to_state": after}
    conn.execute(ticket_events.insert().values(ticket_id=ticket_id, number=number, at=at, **who, **states))


@pytest.fixture
def hooks(database: Database, now: datetime) -> Iterator[Hooks]:
    clock = StandingClock(now)
    with receiver() as heard:
        with database.writing() as conn:
            made = webhooks.make(conn, "Tỉnh", heard.url, "test", now, (heard.host,))
        heard.key = webhooks.signing_key(settings_with().secret_key.get_secret_value(), made)
        yield Hooks(database, clock, heard, made)


def test_a_receiver_hears_each_state_once_signed_with_no_words_and_nobodys_name(hooks: Hooks) -> None:
    ticket_id = hooks.ticket("004217", content="Đường lầy lội.", caller_name="Nguyễn Thị Mười")
    hooks.move(TicketId(ticket_id), "classify", kind="feedback")
    hooks.move(TicketId(ticket_id), "note", reason="gọi lại sau")
    hooks.move(TicketId(ticket_id), "answer", answer="Đã san gạt.")
    assert [hooks.run() for _ in range(2)] == [3, 0]
    heard = hooks.receiver.taken
    assert [one["data"]["status_notes"] for one in heard] == ["new", "classified", "answered"]
    assert [one["type"] for one in heard] == ["ticket.opened", "ticket.moved", "ticket.moved"]
    assert heard[2]["data"] == {
        "service_request_id": "004217",
        "status": "open",
        "status_notes": "answered",
        "previous": "classified",
        "service_code": "feedback",
        "url": "https://tongdai.example/api/v1/tickets/004217",
    }
    assert heard[2]["timestamp"] == "2026-11-25T09:10:00+07:00"
    assert hooks.receiver.wrong == []
    told = json.dumps(heard, ensure_ascii=False)
    assert not any(word in told for word in ("lầy", "Mười", "san gạt", "gọi lại", "canbotruc", "84912"))


def test_what_did_not_arrive_is_sent_again_later_and_what_follows_it_waits(hooks: Hooks) -> None:
    hooks.receiver.fails = lambda tries: 500 if tries <= 2 else None
    first, other = hooks.ticket("000001"), hooks.ticket("000002")
    hooks.move(TicketId(first), "classify", kind="feedback")
    assert hooks.run() == 0
    seen = list(hooks.receiver.all_seen)
    assert seen == [f"msg_1_{first}_1", f"msg_1_{other}_1"]
    assert hooks.run() == 0
    assert hooks.receiver.all_seen == seen
    hooks.clock.move(timedelta(minutes=1))
    assert hooks.run() == 3
    assert [one["id"] for one in hooks.receiver.taken] == [
        f"msg_1_{first}_1", f"msg_1_{other}_1", f"msg_1_{first}_2"
    ]  # fmt: skip
    assert [row.attempts for row in hooks.rows()] == [2, 1, 2]


def test_a_receiver_that_never_takes_anything_is_given_up_in_the_end_and_the_next_event_goes_out(
    hooks: Hooks,
) -> None:
    hooks.receiver.fails = lambda _: 500
    ticket_id = hooks.ticket("000001")
    for _ in range(100):
        hooks.run()
        if hooks.rows()[0].state == "failed":
            break
        hooks.clock.move(timedelta(minutes=76))
    assert hooks.rows()[0].last_error == "HTTP 500"
    assert 70 < hooks.rows()[0].attempts < 90
    hooks.receiver.fails = lambda _: None
    hooks.move(TicketId(ticket_id), "classify", kind="feedback")
    assert hooks.run() == 1


@pytest.mark.row("F-13")
def test_events_of_a_clock_that_was_set_back_are_sent_too(hooks: Hooks) -> None:
    ticket_id = hooks.ticket("000001")
    hooks.clock.move(timedelta(hours=5))
    hooks.move(TicketId(ticket_id), "classify", kind="feedback")
    assert hooks.run() == 2
    hooks.clock.move(timedelta(hours=-4))
    hooks.move(TicketId(ticket_id), "answer", answer="Đã xong.")
    assert hooks.run() == 1


@pytest.mark.row("T-10")
def test_what_stays_in_the_house_is_never_told_and_what_becomes_so_is_withdrawn_once(hooks: Hooks) -> None:
    hooks.ticket("000001", conflict=True)
    hooks.ticket("000002", kind="denunciation")
    seen = hooks.ticket("000003")
    assert hooks.run() == 1
    hooks.move(TicketId(seen), "classify", kind="feedback")
    hooks.move(TicketId(seen), "guide", kind="formal_complaint", reason="có đơn")
    assert hooks.run() == 1
    hooks.move(TicketId(seen), "note", reason="đã hẹn")
    assert hooks.run() == 0
    assert [one["type"] for one in hooks.receiver.taken] == ["ticket.opened", "ticket.withdrawn"]
    assert hooks.receiver.taken[1]["data"] == {"service_request_id": "000003"}


@pytest.mark.row("F-06")
def test_a_killed_sender_sends_again_and_the_receiver_knows_it_by_its_id(hooks: Hooks) -> None:
    hooks.ticket("000001")
    due = hooks.due()

    class KilledError(Exception):
        pass

    class Dying(WebhookPost):
        def post(self, url: str, body: str, headers: Any) -> int:
            super().post(url, body, headers)
            raise KilledError

    with pytest.raises(KilledError):
        replace(due, posting=Dying((hooks.receiver.host,))).run_once(lambda: True)
    assert hooks.run() == 1
    assert [one["id"] for one in hooks.receiver.taken] == ["msg_1_1_1"] * 2


def test_nothing_is_sent_after_a_webhook_was_stopped(hooks: Hooks) -> None:
    ticket_id = hooks.ticket("000001")
    hooks.receiver.fails = lambda _: 500
    hooks.run()
    with hooks.database.writing() as conn:
        assert webhooks.stop(conn, hooks.webhook.id, hooks.clock.now())
    hooks.move(TicketId(ticket_id), "classify", kind="feedback")
    hooks.clock.move(timedelta(hours=1))
    assert hooks.run() == 0
    assert len(hooks.receiver.all_seen) == 1
    assert [row.state for row in hooks.rows()] == ["cancelled"]


@pytest.mark.row("T-09")
def test_an_inner_address_is_not_even_connected_to_unless_the_settings_name_it(hooks: Hooks) -> None:
    hooks.ticket("000001")
    assert hooks.run(inner=()) == 0
    assert hooks.receiver.all_seen == []
    assert hooks.rows()[0].last_error == "the address is not allowed"
    hooks.clock.move(timedelta(minutes=1))
    assert hooks.run() == 1


@pytest.mark.row("T-09")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(hooks: Hooks, status: int) -> None:
    hooks.ticket("000001")
    hooks.receiver.fails = lambda _: status
    assert hooks.run() == 0
    assert len(hooks.receiver.all_seen) == 1


@pytest.mark.row("F-27")
def test_a_receiver_that_says_nothing_is_left_within_seconds_and_another_is_served(hooks: Hooks) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        with hooks.database.writing() as conn:
            webhooks.make(conn, "Im", f"http://{host}/", "test", hooks.clock.now(), (host,))
        for code in ("000001", "000002", "000003"):
            hooks.ticket(code)
        allowed = WebhookPost((hooks.receiver.host, host), step=0.3, total=0.5)
        assert replace(hooks.due(), posting=allowed).run_once(lambda: True) == 3
    tried = [row.attempts for row in hooks.rows() if row.webhook_id == 2]
    assert sorted(tried) == [0, 0, 1]


def test_of_a_thousand_new_events_none_is_overlooked(hooks: Hooks) -> None:
    begin = hooks.clock.now()
    with hooks.database.writing() as conn:
        ids = [book_of_cases.write(conn, f"{number:06d}", begin) for number in range(400)]
        for ticket_id in ids:
            event(conn, TicketId(ticket_id), 1, begin, None, "new")
            event(conn, TicketId(ticket_id), 2, begin, "new", "classified")
            event(conn, TicketId(ticket_id), 3, begin, "classified", "classified")
        while webhook_events.any_untold(conn, hooks.webhook):
            webhook_events.spread(conn, hooks.webhook, settings_with())
    assert sorted((row.ticket_id, row.number) for row in hooks.rows()) == [
        (ticket_id, number) for ticket_id in ids for number in (1, 2)
    ]


STATES = ("new", "classified", "assigned", "answered", "closed")


@pytest.mark.proof
@on_sqlite
@pytest.mark.row("F-07")
def test_of_ten_thousand_events_every_one_arrives_and_no_ticket_changes_its_order(hooks: Hooks) -> None:
    hooks.receiver.fails = half_the_time(17)
    begin = hooks.clock.now()
    with hooks.database.writing() as conn:
        ids = [book_of_cases.write(conn, f"{number:06d}", begin) for number in range(2000)]
        for step, state in enumerate(STATES):
            before = STATES[step - 1] if step else None
            for place, ticket_id in enumerate(ids):
                event(
                    conn,
                    TicketId(ticket_id),
                    step + 1,
                    begin + timedelta(seconds=step * 600 + place % 600),
                    before,
                    state,
                )
    for _ in range(400):
        hooks.run()
        with hooks.database.reading() as conn:
            if not webhooks.due(conn, 1, begin + timedelta(days=400), 1):
                break
        hooks.clock.move(timedelta(hours=1))
    order: dict[str, list[int]] = defaultdict(list)
    for one in hooks.receiver.taken:
        order[one["data"]["service_request_id"]].append(one["sequence"])
    assert len(order) == 2000
    assert {tuple(seen) for seen in order.values()} == {(1, 2, 3, 4, 5)}
    assert len({one["id"] for one in hooks.receiver.taken}) == 10_000
    assert len(hooks.receiver.all_seen) > 19_000
    assert hooks.receiver.wrong == []
