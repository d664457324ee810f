"""The outbox: what the office sees of it, why something was not sent, and trying again."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from logbook.accounts import audit_log
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations as ladder
from logbook.installation import Installation
from logbook.outbox import deliveries, escalations
from logbook.outbox.deliveries import Delivery
from logbook.outbox.kinds import RETURNED_CALL
from logbook.texts.catalogue import load_texts
from tests.logbook.console.cases import NUMBER, by_phone, change, person_id, token_of
from tests.logbook.console.conftest import SignIn


def put(installation: Installation, key: str, state: str = "due", **given: Any) -> int:
    """A row of the outbox as the sender left it."""
    ended = {name: given.pop(name) for name in ("result", "last_error", "attempts") if name in given}
    values: dict[str, Any] = {"kind": "answered", "recipient": "citizen", "number": NUMBER} | given
    with installation.database.writing() as conn:
        number = deliveries.put(conn, key=key, now=installation.clock.now(), **values)
        assert number is not None
        due = {} if state == "due" else {"due_at": None}
        conn.execute(update(outbox).where(outbox.c.id == number).values(state=state, **ended, **due))
    return number


def shown(browser: FlaskClient, query: str = "") -> str:
    answer = browser.get(f"/console/told{query}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def again(browser: FlaskClient, number: int) -> int:
    form = {"form_token": token_of(browser)}
    return browser.post(f"/console/told/{number}/again", data=form).status_code


def rows(installation: Installation) -> list[Delivery]:
    with installation.database.reading() as conn:
        return [Delivery(*row) for row in conn.execute(select(outbox).order_by(outbox.c.id))]


def test_each_list_shows_its_own_rows_with_masked_numbers_and_reasons_in_words(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    put(installation, "a", "failed", ticket_id=ticket.id, channel="call", result="busy", attempts=4)
    put(installation, "b", "refused", recipient="truc", number=None, channel="mail", result="not_set_up")
    put(installation, "c", "unsure", ticket_id=ticket.id, channel="sms", last_error="21610 <b>")
    failed, refused, waiting = (shown(clerk, f"?which={one}") for one in ("failed", "refused", "waiting"))
    for text in ("máy bận", "0912••••••", "đã thử 4 lần", ticket.code, "Báo có câu trả lời"):
        assert text in failed
    assert NUMBER not in failed
    assert "0912.345.678" not in failed
    assert "chưa cài đặt cách báo này" in refused
    assert "Công chức Văn phòng - Thống kê" in refused
    assert "Thư điện tử" in refused
    assert "chưa rõ đã tới chưa" in waiting
    assert "21610 &lt;b&gt;" in clerk.get("/console/told?which=waiting").text
    assert "máy bận" not in refused + waiting
    token = re.compile(r"[0-9a-f]{64}")  # drawn anew for each page
    unknown, waiting = (token.sub("", shown(clerk, f"?which={which}")) for which in ("<x>", "waiting"))
    assert unknown == waiting


@pytest.mark.row("T-10")
def test_whom_a_ticket_concerns_reads_nothing_of_who_was_told_of_it(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    ticket = by_phone(installation)
    change(installation, ticket, "concern", subject_ids=frozenset([person_id(installation, "clerk")]))
    with installation.database.reading() as conn:
        row = escalations.unsettled(conn, ticket.id)[0]
    number = put(
        installation, "x", "failed", kind="new", recipient="chu-tich", number=None, escalation_id=row.id
    )
    assert ticket.code in shown(head, "?which=failed")
    page = shown(clerk, "?which=failed")
    assert ticket.code not in page
    assert f"delivery-{number}" not in page
    assert again(clerk, number) == 404
    assert len([one for one in rows(installation) if one.instead_of]) == 0


def test_pages_follow_each_other_without_a_gap(signed_in: SignIn, installation: Installation) -> None:
    clerk = signed_in("clerk")
    numbers = [
        put(installation, f"n{n}", "failed", recipient="truc", kind="alarm", number=None) for n in range(53)
    ]
    first = shown(clerk, "?which=failed")
    assert f"which=failed&before={numbers[3]}" in first
    second = shown(clerk, f"?which=failed&before={numbers[3]}")
    seen = [n for page in (first, second) for n in numbers if f'id="delivery-{n}"' in page]
    assert sorted(seen) == numbers
    assert 'rel="next"' not in second


def test_trying_again_puts_one_new_row_and_leaves_the_old_one_as_it_ended(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    number = put(installation, "a", "failed", ticket_id=ticket.id, channel="call", result="busy")
    assert f"/console/told/{number}/again" in shown(clerk, "?which=failed")
    assert [again(clerk, number), again(clerk, number)] == [303, 303]
    (new,) = [one for one in rows(installation) if one.instead_of == number]
    assert (new.state, new.attempts, new.channel, new.number) == ("due", 0, None, NUMBER)
    assert (new.due_at, new.ticket_id) == (new.made_at, ticket.id)
    old = next(one for one in rows(installation) if one.id == number)
    assert (old.state, old.result) == ("failed", "busy")
    assert f"/console/told/{number}/again" not in shown(clerk, "?which=failed")
    with installation.database.reading() as conn:
        line = audit_log.recent(conn, 1)[0]
    assert (line.act, line.subject, line.who) == ("tell_again", f"ticket:{ticket.id}", "clerk")


def test_nothing_is_tried_again_that_waits_or_is_no_longer_needed(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, ticket = signed_in("clerk"), by_phone(installation)
    with installation.database.reading() as conn:
        row = escalations.unsettled(conn, ticket.id)[0]
    official: dict[str, Any] = {"kind": "new", "recipient": "chu-tich", "number": None, "channel": "call"}
    numbers = [
        put(installation, "due", ticket_id=ticket.id),
        put(installation, "sent", "sent", ticket_id=ticket.id),
        put(installation, "settled", "failed", escalation_id=row.id, **official),
    ]
    with installation.database.writing() as conn:
        escalations.acknowledge(
            conn, row.id, how="key", who="chu-tich", now=installation.clock.now(), person_id=None
        )
    for number in numbers:
        assert again(clerk, number) == 303
        assert [one for one in rows(installation) if one.instead_of] == []
    with installation.database.writing() as conn:
        conn.execute(update(ladder).values(settled_at=None, next_at=installation.clock.now()))
    assert again(clerk, numbers[2]) == 303
    (new,) = [one for one in rows(installation) if one.instead_of]
    assert (new.recipient, new.channel, new.number, new.escalation_id) == ("chu-tich", "call", None, row.id)


def test_every_way_a_delivery_can_end_is_said_in_words() -> None:
    for catalogue in load_texts().values():
        for word in (*deliveries.RESULTS, *deliveries.OPEN, "sent", "failed", "refused", "cancelled"):
            assert f"outbox_outcome_{word}" in catalogue.sentences, word


@pytest.mark.row("U6")
def test_what_lately_could_not_be_told_is_named_before_what_merely_waits(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    assert "không gửi được trong bảy ngày" not in shown(clerk)
    put(installation, "a", "failed", ticket_id=ticket.id, channel="call", result="busy", attempts=4)
    put(installation, "b", "failed", kind=RETURNED_CALL, recipient="clerk", channel="call", result="gave_up")
    with installation.database.writing() as conn:
        conn.execute(update(outbox).values(ended_at=installation.clock.now()))
    page = shown(clerk)
    assert page.index("1 tin không gửi được trong bảy ngày qua") < page.index("<table")
    assert 'href="/console/told?which=failed"' in page
