"""The queue of callers to be called back: one press, by hand, and never over somebody else's change."""

import html
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.accounts import audit_log
from logbook.calls import callbacks, calls
from logbook.calls.callbacks import Callback
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.database.tables import calls as calls_table
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import people as people_table
from logbook.database.tables import tickets as tickets_table
from logbook.ids import DeliveryId, PersonId
from logbook.installation import Installation
from logbook.outbox import deliveries, returned_calls
from logbook.sending import claims
from logbook.tickets import open_by_phone
from tests.logbook.console.cases import by_phone, change, person_id
from tests.logbook.console.conftest import SignIn, form_token

CITIZEN, CLERK = "+84912345678", "+84905111111"
Phone = Callable[..., Call]


@pytest.fixture
def owed(database: Database, phone: Phone, now: datetime) -> Callback:
    """A missed call from two and a half hours ago."""
    with database.writing() as conn:
        return callbacks.owe(conn, phone(conn), "missed", CITIZEN, now - timedelta(hours=2, minutes=30))


@pytest.fixture
def clerk(signed_in: SignIn, database: Database) -> FlaskClient:
    """A clerk who has entered a telephone."""
    browser = signed_in("clerk")
    telephone(database, CLERK)
    return browser


def telephone(database: Database, number: str | None) -> None:
    with database.writing() as conn:
        conn.execute(people_table.update().where(people_table.c.login == "clerk").values(telephone=number))


def rung_first(database: Database, row: Callback) -> str | None:
    """The telephone that the line rings for a callback."""
    with database.reading() as conn:
        delivery = deliveries.of_id(conn, DeliveryId(kept(database, row).delivery_id or 0))
    return None if delivery is None else delivery.number


def kept(database: Database, row: Callback) -> Callback:
    with database.reading() as conn:
        found = callbacks.find(conn, row.id)
    assert found is not None
    return found


def post(browser: FlaskClient, row: Callback, verb: str, **fields: object) -> TestResponse:
    token = form_token(browser.get("/console/callbacks").text)
    data = {"form_token": token, "version": row.version, **fields}
    return browser.post(f"/console/callbacks/{row.id}/{verb}", data=data)


def acts(installation: Installation) -> list[tuple[str, str]]:
    with installation.database.reading() as conn:
        return [
            (one.act, one.subject) for one in audit_log.recent(conn, 9) if one.subject.startswith("callback")
        ]


def test_whoever_asked_for_a_call_in_one_of_ours_is_listed_with_the_ticket_it_was_about(
    clerk: FlaskClient,
    installation: Installation,
    phone: Phone,
    now: datetime,
) -> None:
    ticket = by_phone(installation, state="classified")
    with installation.database.writing() as conn:
        call = phone(conn, "CA9")
        conn.execute(calls_table.update().where(calls_table.c.id == call.id).values(direction="outbound-api"))
        news = deliveries.put(
            conn, key="n", kind="answered", recipient="citizen", channel="call", ticket_id=ticket.id, now=now
        )
        seen = outbox.update().where(outbox.c.id == news)
        conn.execute(seen.values(state="sent", due_at=None, sent_at=now, provider_sid=call.sid))
        callbacks.owe(conn, call, "asked", CITIZEN, now)
    page = clerk.get("/console/callbacks").text
    assert f'href="/console/tickets/{ticket.code}"' in page
    assert f"về phiếu {ticket.code}" in html.unescape(page)
    assert f"/console/calls/{call.id}" not in page
    change(installation, ticket, "concern", subject_ids=frozenset([person_id(installation, "clerk")]))
    page = clerk.get("/console/callbacks").text
    assert ticket.code not in page
    assert "0912•" not in page


def test_who_waits_longest_stands_first_with_how_long_and_why(
    clerk: FlaskClient, owed: Callback, database: Database, phone: Phone, now: datetime
) -> None:
    with database.writing() as conn:
        callbacks.owe(conn, phone(conn, "CA2", None), "asked", None, now - timedelta(minutes=7))
    page = clerk.get("/console/callbacks").text
    assert page.index("0912••••••") < page.index("số ẩn")
    for shown in ("2 giờ", "7 phút", "cuộc gọi nhỡ", "yêu cầu gọi lại", "Số máy bị ẩn, không gọi lại được"):
        assert shown in page
    assert "0912.345.678" not in page
    assert page.count("/return") == 1


def test_one_press_asks_the_line_to_ring_the_clerks_own_telephone(
    clerk: FlaskClient, owed: Callback, database: Database, installation: Installation
) -> None:
    answer = post(clerk, owed, "return")
    assert answer.status_code == 303
    row = kept(database, owed)
    assert (row.state, rung_first(database, row)) == ("wanted", CLERK)
    assert acts(installation) == [("return_call", f"callback:{owed.id}")]
    page = clerk.get(answer.headers["Location"]).text
    assert "Máy của bạn sẽ đổ chuông" in page
    assert "sắp đổ chuông" in page


def test_a_returned_call_stands_in_the_outbox_with_whom_it_rings_and_is_never_sent_again(
    clerk: FlaskClient, owed: Callback, database: Database, now: datetime
) -> None:
    post(clerk, owed, "return")
    listed = html.unescape(clerk.get("/console/told").text)
    for shown in ("Gọi lại cho người dân", "Cán bộ đã bấm gọi lại", "0905•", "chờ gửi"):
        assert shown in listed
    assert "0912" not in listed, "whom it is for stands with the callback alone"
    with database.writing() as conn:
        row = deliveries.Delivery(*conn.execute(outbox.select()).one())
        claimed = claims.claim(conn, row, 1, now)
        assert claimed is not None
    assert "đang gọi" in clerk.get("/console/callbacks").text
    with database.writing() as conn:
        assert claims.gave_up(conn, claimed, "gave_up", now, "HTTP 503")
    failed = html.unescape(clerk.get("/console/told?which=failed").text)
    assert "thử nhiều lần không được" in failed
    assert f"/console/told/{row.id}/again" not in failed
    answer = clerk.post(f"/console/told/{row.id}/again", data={"form_token": form_token(failed)})
    assert answer.status_code == 303
    with database.reading() as conn:
        assert len(conn.execute(outbox.select()).all()) == 1


@pytest.mark.row("T-13")
def test_a_second_press_on_an_old_page_rings_nobody_twice(
    clerk: FlaskClient, owed: Callback, database: Database
) -> None:
    first = post(clerk, owed, "return")
    assert post(clerk, owed, "return").location == first.location
    assert post(clerk, kept(database, owed), "return").status_code == 409
    assert kept(database, owed).version == owed.version + 1


def test_without_a_telephone_of_ones_own_the_one_on_duty_rings(
    clerk: FlaskClient, owed: Callback, database: Database, installation: Installation
) -> None:
    telephone(database, None)
    duty = installation.settings.duty
    first = duty.person(duty.roster.on(2)[0])
    assert first.name in clerk.get("/console/callbacks").text
    post(clerk, owed, "return")
    assert rung_first(database, owed) == first.number


@pytest.mark.row("B-16")
def test_a_clerk_whose_telephone_became_the_lines_own_is_rung_at_the_one_on_duty(
    clerk: FlaskClient, owed: Callback, database: Database, installation: Installation
) -> None:
    telephone(database, installation.settings.line.number)
    duty = installation.settings.duty
    post(clerk, owed, "return")
    assert rung_first(database, owed) == duty.person(duty.roster.on(2)[0]).number


@pytest.mark.row("T-13")
def test_a_number_the_line_may_not_ring_is_refused_with_what_to_do(
    clerk: FlaskClient, database: Database, phone: Phone, now: datetime
) -> None:
    with database.writing() as conn:
        row = callbacks.owe(conn, phone(conn), "asked", "+12025550123", now)
    assert "/return" not in clerk.get("/console/callbacks").text
    answer = post(clerk, row, "return")
    assert answer.status_code == 400
    assert "Hãy gọi tay rồi ghi kết quả" in answer.text
    assert kept(database, row).state == "owed"


def test_taking_it_makes_the_clerk_its_owner(
    clerk: FlaskClient, owed: Callback, database: Database, installation: Installation
) -> None:
    assert "chưa ai nhận" in clerk.get("/console/callbacks").text
    assert post(clerk, owed, "take").status_code == 303
    page = clerk.get("/console/callbacks").text
    assert "chưa ai nhận" not in page
    assert "Nhận" not in page
    assert acts(installation) == [("take_callback", f"callback:{owed.id}")]


def test_by_hand_not_reached_stays_with_its_note_and_reached_is_done(
    clerk: FlaskClient, owed: Callback, database: Database
) -> None:
    assert post(clerk, owed, "tried", result="absent", note="<b>chiều gọi lại</b>").status_code == 303
    page = clerk.get("/console/callbacks").text
    assert "&lt;b&gt;chiều gọi lại&lt;/b&gt;" in page
    assert "đã gọi 1 lần" in page
    assert post(clerk, kept(database, owed), "tried", result="talked", note="").status_code == 303
    assert "Không còn ai chờ gọi lại" in clerk.get("/console/callbacks").text
    assert "0912••••••" in clerk.get("/console/callbacks?which=settled").text


def test_somebody_elses_change_is_shown_and_the_note_is_not_lost(
    clerk: FlaskClient, signed_in: SignIn, owed: Callback, database: Database
) -> None:
    head = signed_in("head_of_office")
    post(head, owed, "tried", result="absent", note="đã thử một lần")
    answer = post(clerk, owed, "tried", result="talked", note="ghi chú đang gõ")
    assert answer.status_code == 409
    for shown in ("Có người vừa thay đổi dòng này", "ghi chú đang gõ", "đã thử một lần"):
        assert shown in answer.text
    assert kept(database, owed).state == "owed"


def test_what_was_settled_meanwhile_is_still_shown_to_whoever_typed(
    clerk: FlaskClient, owed: Callback, database: Database, now: datetime
) -> None:
    token = form_token(clerk.get("/console/callbacks").text)
    with database.writing() as conn:
        callbacks.settle(conn, owed.call_id, now)
    data = {"form_token": token, "version": owed.version, "result": "absent", "note": "bận máy"}
    answer = clerk.post(f"/console/callbacks/{owed.id}/tried", data=data)
    assert answer.status_code == 409
    assert "đã xong" in answer.text
    assert "bận máy" in answer.text


def test_the_whole_number_is_shown_on_request_and_the_request_is_kept(
    clerk: FlaskClient, owed: Callback, installation: Installation
) -> None:
    answer = post(clerk, owed, "number")
    assert "0912.345.678" in answer.text
    assert acts(installation) == [("show_caller", f"callback:{owed.id}")]


@pytest.mark.row("T-10")
def test_whoever_is_complained_about_does_nothing_to_the_caller(
    clerk: FlaskClient,
    owed: Callback,
    database: Database,
    complain: Callable[..., open_by_phone.OpenedTicket],
    phone: Phone,
) -> None:
    token = form_token(clerk.get("/console/callbacks").text)
    with database.writing() as conn:
        ticket = complain(conn, phone(conn)).ticket
        person = conn.execute(people_table.select().where(people_table.c.login == "clerk")).one()
        conn.execute(
            tickets_table.update()
            .where(tickets_table.c.id == ticket.id)
            .values(subject_ids=frozenset([person.id]))
        )
    page = clerk.get("/console/callbacks").text
    assert "0912••••••" not in page
    assert "Bạn không được xử lý người gọi này" in page
    for verb in ("take", "return", "tried", "number"):
        data = {"form_token": token, "version": owed.version, "result": "talked"}
        assert clerk.post(f"/console/callbacks/{owed.id}/{verb}", data=data).status_code == 404, verb
    assert kept(database, owed) == owed


def test_a_caller_who_was_only_guided_is_called_back_all_the_same(
    clerk: FlaskClient,
    owed: Callback,
    database: Database,
    complain: Callable[..., open_by_phone.OpenedTicket],
    phone: Phone,
) -> None:
    with database.writing() as conn:
        ticket = complain(conn, phone(conn)).ticket
        conn.execute(tickets_table.update().where(tickets_table.c.id == ticket.id).values(state="guided"))
    page = clerk.get("/console/callbacks").text
    assert "0912••••••" in page
    assert f"/console/calls/{owed.call_id}" not in page


def test_the_queue_goes_on_a_page_further(
    clerk: FlaskClient, database: Database, phone: Phone, now: datetime
) -> None:
    with database.writing() as conn:
        rows = [
            callbacks.owe(conn, phone(conn, f"CA{n}"), "asked", f"+849123456{n:02}", now) for n in range(32)
        ]
    page = clerk.get("/console/callbacks").text
    assert page.count("data-row") == 30
    assert f"after={rows[29].id}" in page
    assert clerk.get(f"/console/callbacks?after={rows[29].id}").text.count("data-row") == 2
    assert clerk.get("/console/callbacks?after=99999999999999999999").status_code == 200


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("answered", "không nhấc hoặc không bấm phím một"),
        ("citizen_absent", "người dân không nghe máy"),
        ("refused", "nhà cung cấp từ chối cuộc gọi"),
        ("lost", "không rõ kết quả"),
    ],
)
def test_what_the_line_found_out_is_told(
    clerk: FlaskClient, owed: Callback, database: Database, now: datetime, result: str, told: str
) -> None:
    with database.writing() as conn:
        returned_calls.press(conn, owed.id, owed.version, telephone=CLERK, person_id=PersonId(1), now=now)
        pressed = conn.execute(outbox.select()).one()
        returned_calls.ended(conn, deliveries.Delivery(*pressed), result, now)
    assert told in clerk.get("/console/callbacks").text


@pytest.mark.row("B-05")
def test_whoever_called_three_times_is_one_line_that_says_so(
    clerk: FlaskClient, database: Database, phone: Phone, owed: Callback, now: datetime
) -> None:
    with database.writing() as conn:
        for each in (2, 3):
            again = phone(conn, f"CA{each}")
            callbacks.owe(conn, again, "missed", CITIZEN, now - timedelta(minutes=10 * each))
    page = html.unescape(clerk.get("/console/callbacks").text)
    assert page.count("data-row") == 1
    assert "đã gọi đến 3 lần, gần nhất" in page
    assert post(clerk, owed, "tried", result="talked").status_code == 409  # they have called since
    post(clerk, kept(database, owed), "tried", result="talked")
    assert "data-row" not in clerk.get("/console/callbacks").text


@pytest.mark.row("B-05")
def test_one_of_their_calls_about_me_seals_the_whole_line(
    clerk: FlaskClient, installation: Installation, database: Database, phone: Phone, now: datetime
) -> None:
    """A clerk may not deal with somebody who complained about them, whichever call that was."""
    with database.writing() as conn:
        row = callbacks.owe(conn, phone(conn, "CA1"), "missed", CITIZEN, now)
    ticket = by_phone(installation, state="classified")
    with database.writing() as conn:
        second = calls.take(conn, f"CA{ticket.code}")
        assert second is not None
        callbacks.owe(conn, second, "missed", CITIZEN, now)
    change(installation, ticket, "concern", subject_ids=frozenset([person_id(installation, "clerk")]))
    assert post(clerk, row, "take").status_code == 404
