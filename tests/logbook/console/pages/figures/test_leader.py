"""The leader's page: what waits for whom, what a click does, and what nobody finds who is concerned."""

from __future__ import annotations

import html
import json
import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, select, update

from logbook.accounts import audit_log
from logbook.calendar.of_settings import working_times
from logbook.console.views import inbox
from logbook.database.tables import deliveries as outbox
from logbook.database.tables import escalations as rows
from logbook.database.tables import reports
from logbook.database.tables import tickets as table
from logbook.ids import EscalationId, PersonId, TicketId
from logbook.installation import Installation
from logbook.outbox import deliveries, escalations
from logbook.outbox.escalations import Escalation
from logbook.reports import made
from logbook.reports.counting import counted
from logbook.reports.periods import week_of
from logbook.sending.alarms import alarms
from logbook.tickets import history, tickets
from logbook.tickets.tickets import Ticket
from tests.logbook.console.cases import by_phone, change, person_id, read, send, token_of
from tests.logbook.console.conftest import SignIn
from tests.town_hall import move

SEAL = re.compile(r'"[0-9a-f]{64}"')
PAGE = "/console/leader"


def matter(installation: Installation, ticket: Ticket, kind: str = "new") -> Escalation:
    """The newest escalation of that kind."""
    with installation.database.reading() as conn:
        query = select(rows).where(rows.c.ticket_id == ticket.id, rows.c.kind == kind)
        return Escalation(*conn.execute(query.order_by(rows.c.id.desc())).first() or ())


def step(installation: Installation, ticket: Ticket, called: int) -> Escalation:
    """The ladder has come to that step."""
    row = matter(installation, ticket)
    with installation.database.writing() as conn:
        assert escalations.move(conn, row, now=installation.clock.now(), step=called)
    return matter(installation, ticket)


def click(browser: FlaskClient, escalation_id: EscalationId, what: str = "acknowledge", **fields: str) -> str:
    """Press a button of an escalation; the page that says what came of it."""
    form = {"form_token": token_of(browser), **fields}
    sent = browser.post(f"/console/matters/{escalation_id}/{what}", data=form)
    assert sent.status_code == 303
    return html.unescape(browser.get(sent.location).text)


def shown(browser: FlaskClient, path: str = PAGE) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def acts(installation: Installation) -> list[tuple[str, str, str]]:
    with installation.database.reading() as conn:
        assert audit_log.verify(conn) is None
        return [(line.act, line.who, line.subject) for line in audit_log.recent(conn, 50)]


@pytest.mark.row("000-13")
def test_a_new_ticket_waits_for_the_chairman_until_the_click_and_who_was_told_stands_beside_it(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman = by_phone(installation), signed_in("chairman")
    row = matter(installation, ticket)
    with installation.database.writing() as conn:
        for key, state, result in (("1", "sent", "no_answer"), ("2", "due", None)):
            number = deliveries.put(
                conn,
                key=key,
                kind="new",
                recipient="chu-tich",
                now=installation.clock.now(),
                channel="call",
                escalation_id=row.id,
                ticket_id=ticket.id,
            )
            conn.execute(update(outbox).where(outbox.c.id == number).values(state=state, result=result))
    page = shown(chairman)
    for text in (ticket.code, "Phản ánh, kiến nghị mới", "Chủ tịch UBND xã", "gọi điện", "không nhấc máy"):
        assert text in page
    assert "09:10" in page
    assert "0912•" not in page
    assert chairman.get(f"/console/matters/{row.id}/acknowledge").status_code == 405
    assert matter(installation, ticket).settled_at is None

    assert "bạn đã nhận thông tin" in click(chairman, row.id)
    settled = matter(installation, ticket)
    assert (settled.settled_how, settled.settled_who, settled.next_at) == ("click", "chairman", None)
    assert settled.settled_by == person_id(installation, "chairman")
    assert acts(installation)[0] == ("acknowledge", "chairman", f"ticket:{ticket.id}")
    with installation.database.reading() as conn:
        assert [one.state for one in deliveries.of_ticket(conn, ticket.id)] == ["sent", "cancelled"]
    assert "Không có việc nào chờ bạn xác nhận." in shown(chairman)

    assert "bạn đã nhận thông tin" in click(chairman, row.id), "a double click is told what the first did"
    assert [act for act, _, _ in acts(installation)].count("acknowledge") == 1


@pytest.mark.row("000-13")
def test_a_matter_is_acknowledged_by_nobody_to_whom_the_ladder_has_not_come(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation)
    row = matter(installation, ticket)
    for role in ("vice_chairman", "head_of_office", "clerk", "team_leader", "administrator"):
        click(signed_in(role), row.id)
        assert matter(installation, ticket).settled_at is None, role
    vice = signed_in("vice_chairman")
    assert ticket.code not in shown(vice)[: shown(vice).index('id="soon"')]
    step(installation, ticket, 3)
    assert "bạn đã nhận thông tin" in click(vice, row.id)


@pytest.mark.row("T-10")
def test_what_concerns_a_leader_is_on_no_list_and_in_no_number_of_theirs(
    signed_in: SignIn, installation: Installation
) -> None:
    head, chairman, vice = (signed_in(role) for role in ("head_of_office", "chairman", "vice_chairman"))
    about = by_phone(installation, "100001")
    whom = person_id(installation, "chairman")
    assert send(head, about.code, "concern", concerned=whom, reason="nghe ghi âm").status_code == 303
    own = by_phone(installation, "100002")
    change(installation, own, "concern", subject_ids=frozenset([person_id(installation, "head_of_office")]))
    plain = by_phone(installation, "100003")
    with installation.database.writing() as conn:
        late = installation.clock.now() - timedelta(days=3)
        conn.execute(update(table).values(answer_due_at=late))
    for browser, hidden, seen in ((chairman, [about], [own, plain]), (head, [own], [about, plain])):
        pages = [shown(browser), *(shown(browser, f"{PAGE}/tickets?figure={name}") for name in FIGURES)]
        for page in pages:
            assert not [one for one in hidden if one.code in page]
        for one in seen:
            assert one.code in pages[0]
        assert figures(pages[0]) == {"tiếp nhận": 2, "đã trả lời": 0, "quá hạn trả lời": 2, "đang chờ": 2}
    assert figures(shown(vice))["tiếp nhận"] == 3

    row = matter(installation, about)
    assert row.ladder == "conflict"
    for what in ("acknowledge", "hand-on"):
        click(chairman, row.id, what)
        assert matter(installation, about).settled_at is None, what
    form = {"form_token": token_of(chairman), "instruction": "x"}
    for number in (row.id, 10_000):
        assert chairman.post(f"/console/matters/{number}/instruct", data=form).status_code == 404
    assert matter(installation, about).settled_at is None
    assert read(installation, about).events == 2
    assert "bạn đã nhận thông tin" in click(vice, row.id)


FIGURES = ("received", "answered", "late", "waiting")


def figures(page: str) -> dict[str, int]:
    """The numbers of the week, by the first words behind each."""
    found = re.findall(r'figure=\w+"><b>(\d+)</b>([^<]+)<', page)
    return {name.removesuffix(" trả lời") if name.startswith("đang") else name: int(n) for n, name in found}


@pytest.mark.row("002-36")
def test_every_number_of_the_week_opens_the_list_of_exactly_its_tickets(
    signed_in: SignIn, installation: Installation
) -> None:
    chairman = signed_in("chairman")
    codes = {
        "new": by_phone(installation, "200001").code,
        "answered": by_phone(installation, "200002", state="answered").code,
        "closed": by_phone(installation, "200003", state="closed").code,
        "last_week": by_phone(installation, "200004").code,
    }
    with installation.database.writing() as conn:
        monday = installation.clock.now() - timedelta(days=2, hours=9, minutes=11)
        old = table.c.code == codes["last_week"]
        conn.execute(update(table).where(old).values(opened_at=monday, answer_due_at=monday))
    expected = {
        "received": {"new", "answered", "closed"},
        "answered": {"answered"},
        "late": {"last_week"},
        "waiting": {"new", "last_week"},
    }
    page = shown(chairman)
    counted = dict(zip(FIGURES, figures(page).values(), strict=True))
    for name, which in expected.items():
        listed = shown(chairman, f"{PAGE}/tickets?figure={name}")
        assert {key for key, code in codes.items() if code in listed} == which, name
        assert counted[name] == len(which), name


@pytest.mark.row("002-36")
def test_what_is_late_says_which_term_and_by_how_many_days_and_what_is_due_next_stands_below(
    signed_in: SignIn, installation: Installation
) -> None:
    chairman = signed_in("chairman")
    late, soon, far = (
        by_phone(installation, code, state="assigned") for code in ("300001", "300002", "300003")
    )
    now = installation.clock.now()
    with installation.database.writing() as conn:
        for ticket, days in ((late, -5), (soon, 1), (far, 9)):
            due = {"answer_due_at": now + timedelta(days=days), "noticed_at": now}
            conn.execute(update(table).where(table.c.id == ticket.id).values(**due))
    page = shown(chairman)
    before, _, after = page.partition('id="soon"')
    seen = before.partition('id="late"')[2]
    assert late.code in seen
    assert "trễ 5 ngày" in seen
    assert "Trả lời: 20/11/2026 09:10" in seen
    after = after.partition('id="week"')[0]
    assert soon.code in after
    assert "ngày làm việc tới" in after
    assert far.code not in seen + after


def test_an_instruction_goes_into_the_history_and_acknowledges(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman = by_phone(installation), signed_in("chairman")
    row = matter(installation, ticket)
    assert "xin viết nội dung chỉ đạo" in click(chairman, row.id, "instruct", instruction="  ")
    assert matter(installation, ticket).settled_at is None
    click(chairman, row.id, "instruct", instruction="Kiểm tra ngay trong sáng nay.")
    assert matter(installation, ticket).settled_how == "click"
    with installation.database.reading() as conn:
        event = history.of(conn, ticket.id)[-1]
        assert history.verify(conn) is None
    assert (event.verb, event.actor) == ("instruct", "chairman")
    assert [act for act, _, _ in acts(installation)][:2] == ["acknowledge", "instruct"]
    page = shown(chairman, f"/console/tickets/{ticket.code}")
    assert "Chỉ đạo của lãnh đạo" in page
    assert "Kiểm tra ngay trong sáng nay." in page


@pytest.mark.row("000-13")
def test_what_was_acknowledged_by_telephone_meanwhile_takes_an_instruction_still_and_takes_it_once(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman = by_phone(installation), signed_in("chairman")
    row = matter(installation, ticket)
    with installation.database.writing() as conn:
        now, own = installation.clock.now(), person_id(installation, "chairman")
        assert escalations.acknowledge(
            conn, row.id, how="key", who="chu-tich", now=now, person_id=PersonId(own)
        )
    for words in ("Kiểm tra ngay.", "Kiểm tra ngay.", "Báo lại trước thứ sáu."):
        assert "Đã ghi chỉ đạo vào phiếu" in click(chairman, row.id, "instruct", instruction=words)
    with installation.database.reading() as conn:
        written = [json.loads(event.details) for event in history.of(conn, ticket.id)[1:]]
    assert written == [{"instruction": "Kiểm tra ngay."}, {"instruction": "Báo lại trước thứ sáu."}]
    assert [act for act, _, _ in acts(installation)].count("instruct") == 2


@pytest.mark.row("000-13")
def test_an_instruction_settles_everything_of_its_ticket_that_waits_for_whoever_gave_it(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman = by_phone(installation), signed_in("chairman")
    other = by_phone(installation, "555555")
    with installation.database.writing() as conn:
        now = installation.clock.now()
        escalations.open_once(
            conn, key="e", kind="extended", ladder="complaint", ticket_id=ticket.id, now=now
        )
    click(chairman, matter(installation, ticket).id, "instruct", instruction="Kiểm tra ngay.")
    assert matter(installation, ticket, "extended").settled_how == "click"
    assert matter(installation, other).settled_at is None


def test_who_comes_too_late_is_told_so_where_the_button_was_and_not_as_a_success(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman = by_phone(installation), signed_in("chairman")
    row = matter(installation, ticket)
    with installation.database.writing() as conn:
        escalations.acknowledge(conn, row.id, how="key", who="pho-chu-tich", now=installation.clock.now())
    page = click(chairman, row.id, **{"from": "ticket"})
    assert f"<h1>Phiếu {ticket.code}" in page
    assert 'role="alert">Việc này đã có người xác nhận' in page
    assert "alert-success" not in page
    assert "alert-success" not in click(chairman, row.id, "hand-on")


@pytest.mark.row("T-10")
@pytest.mark.parametrize("what", ["acknowledge", "hand-on", "instruct"])
def test_what_turns_out_to_concern_the_chairman_while_the_click_waits_is_not_answered_by_it(
    signed_in: SignIn, installation: Installation, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    ticket, chairman = by_phone(installation), signed_in("chairman")
    row = matter(installation, ticket)
    module, name = (tickets, "locked") if what == "instruct" else (escalations, "lock_ticket")
    wait = getattr(module, name)

    def waited(conn: Connection, ticket_id: TicketId) -> Ticket | None:
        monkeypatch.setattr(module, name, wait)
        now = installation.clock.now()
        move(conn, ticket.id, "concern", actor="x", now=now, reason="nêu tên", conflict=True)
        return wait(conn, ticket_id)  # type: ignore[no-any-return]

    monkeypatch.setattr(module, name, waited)
    form = {"form_token": token_of(chairman), "instruction": "Cho qua."}
    sent = chairman.post(f"/console/matters/{row.id}/{what}", data=form)
    assert getattr(module, name) is wait
    after = matter(installation, ticket)
    assert (after.settled_at, after.passed) == (None, ())
    with installation.database.reading() as conn:
        assert "instruct" not in [event.verb for event in history.of(conn, ticket.id)]
    assert (sent.status_code == 404) is (what == "instruct")


def test_of_many_matters_a_page_shows_some_leads_to_the_rest_and_each_can_be_acknowledged(
    signed_in: SignIn, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "SHOWN", 2)
    monkeypatch.setattr("logbook.sending.inbox.LISTED", 5)
    chairman = signed_in("chairman")
    filed = [by_phone(installation, f"40000{number}") for number in range(6)]
    assert "Việc chờ bạn xác nhận: 5+" in shown(chairman, "/console/")
    pages = [shown(chairman, f"{PAGE}?first={first}").partition('id="soon"')[0] for first in (0, 2, 4)]
    assert [[one.code in page for one in filed].count(True) for page in pages] == [2, 2, 1]
    assert [f"first={following}" in page for page, following in zip(pages, (2, 4, 6), strict=True)] == [
        True,
        True,
        False,
    ]
    again = shown(chairman, f"{PAGE}?first=900").partition('id="soon"')[0]
    assert [SEAL.sub("", page) for page in (again, pages[0])] == [SEAL.sub("", pages[0])] * 2
    last = matter(installation, filed[5])
    assert f"/console/matters/{last.id}/acknowledge" in shown(chairman, f"/console/tickets/{filed[5].code}")
    assert "bạn đã nhận thông tin" in click(chairman, last.id)


@pytest.mark.row("000-13")
def test_a_matter_handed_on_waits_for_the_vice_chairman_and_no_more_for_the_chairman(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman, vice = by_phone(installation), signed_in("chairman"), signed_in("vice_chairman")
    row = matter(installation, ticket)
    assert "Người kế tiếp sẽ được báo" in click(chairman, row.id, "hand-on")
    assert "không còn ai khác" in click(chairman, row.id, "hand-on")
    assert acts(installation)[0] == ("hand_on", "chairman", f"ticket:{ticket.id}")
    assert "Không có việc nào chờ bạn xác nhận." in shown(chairman)
    assert ticket.code in shown(vice)
    assert "bạn đã nhận thông tin" in click(vice, matter(installation, ticket).id)


def test_a_khieu_nai_is_no_matter_of_this_page(signed_in: SignIn, installation: Installation) -> None:
    ticket = by_phone(installation, state="guided")
    assert ticket.code not in shown(signed_in("chairman"))


@pytest.mark.row("004-18")
def test_a_report_waits_on_the_page_until_it_has_its_conclusion(
    signed_in: SignIn, installation: Installation
) -> None:
    chairman = signed_in("chairman")
    settings, made_at = installation.settings, installation.clock.now() - timedelta(hours=5)
    times = working_times(settings)
    week = week_of(date(2026, 11, 18), settings, times)
    with installation.database.writing() as conn:
        made.made(conn, counted(conn, week, settings, times, made_at), made_at)
    page = shown(chairman)
    assert "Báo cáo tuần, 13/11/2026 đến 20/11/2026" in page
    assert "chờ 5 giờ" in page
    assert "matters/" not in page, "a report is settled by its conclusion, not by a click"
    with installation.database.writing() as conn:
        conn.execute(update(reports).values(confirmed_at=installation.clock.now()))
    assert "Báo cáo tuần, 13/11" not in shown(chairman)


def test_the_first_page_leads_a_leader_here_and_shows_others_what_waits_for_them(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation)
    assert "Việc chờ bạn xác nhận: 1" in shown(signed_in("chairman"), "/console/")
    clerk = signed_in("clerk")
    assert "matters/" not in shown(clerk, "/console/")
    with installation.database.writing() as conn:
        escalations.open_once(
            conn,
            key="soon",
            kind="soon",
            ladder="reminder",
            ticket_id=ticket.id,
            params={"term": "answer"},
            now=installation.clock.now(),
        )
    page = shown(clerk, "/console/")
    assert "Sắp đến hạn: trả lời" in page
    row = matter(installation, ticket, "soon")
    assert f"/console/matters/{row.id}/acknowledge" in page
    assert "bạn đã nhận thông tin" in click(clerk, row.id)
    assert matter(installation, ticket, "soon").settled_who == "clerk"


def test_the_ticket_tells_who_was_told_and_lets_acknowledge_there(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman, clerk = by_phone(installation), signed_in("chairman"), signed_in("clerk")
    path = f"/console/tickets/{ticket.code}"
    row = matter(installation, ticket)
    button = f"/console/matters/{row.id}/acknowledge"
    assert button in shown(chairman, path)
    assert button not in shown(clerk, path)
    assert f"Phiếu {ticket.code}" in click(chairman, row.id, **{"from": "ticket"})
    page = shown(clerk, path)
    assert "đã xác nhận trên trang" in page
    assert "Người chairman, 25/11/2026" in page


def test_a_matter_of_the_office_says_what_is_wrong(signed_in: SignIn, installation: Installation) -> None:
    with installation.database.writing() as conn:
        escalations.open_once(
            conn,
            key="disk",
            kind="alarm",
            ladder="office",
            now=installation.clock.now(),
            params={"alarm": "disk", "mb": "37", "least": "500"},
        )
    head = signed_in("head_of_office")
    with installation.database.reading() as conn:
        (row,) = escalations.unsettled(conn)
        seen = alarms.sentence(installation.texts["vi"], row)
    assert "37" in seen
    assert seen in shown(head)
    assert "bạn đã nhận thông tin" in click(head, row.id)


@pytest.mark.row("R9")
def test_todays_results_stand_on_the_leaders_page_and_not_those_kept_from_the_reader(
    signed_in: SignIn, installation: Installation
) -> None:
    chairman = signed_in("chairman")
    ours, about_chairman = by_phone(installation), by_phone(installation, "482914")
    assert "Hôm nay chưa có kết quả mới." in shown(chairman)
    for ticket in (ours, about_chairman):
        change(installation, ticket, "classify", kind="feedback")
        change(installation, ticket, "write", content="Mương thối")
        change(installation, ticket, "answer", answer="Đã nạo vét.")
    me = person_id(installation, "chairman")
    change(installation, about_chairman, "concern", subject_ids=frozenset([me]), conflict=True)
    page = shown(chairman)
    results = page[page.index('id="results"') : page.index('id="week"')]
    assert f"/console/tickets/{ours.code}" in results
    assert "Đã trả lời 25/11/2026 09:10" in results
    assert about_chairman.code not in page
