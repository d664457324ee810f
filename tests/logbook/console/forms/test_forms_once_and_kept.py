"""A clerk's words survive every refusal, come back to nobody else, and are stored once."""

from __future__ import annotations

import html
import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from logbook.accounts import accounts
from logbook.accounts import kept_forms as forms
from logbook.accounts import sessions as sign_in
from logbook.calls import callbacks, calls
from logbook.clock import Clock
from logbook.console.forms import filling
from logbook.console.forms import seal as form_seal
from logbook.console.frame import LARGEST_FORM
from logbook.database.engine import DatabaseBusyError
from logbook.database.tables import kept_forms, obstacles, openings, ticket_events
from logbook.database.tables import people as people_table
from logbook.database.tables import tickets as table
from logbook.ids import PersonId
from logbook.installation import Installation
from logbook.tickets import history, tickets
from tests.logbook.console.cases import by_phone, change, person_id, read, token_of
from tests.logbook.console.conftest import PASSWORD, SignIn, form_token

HOSTILE = 'Dòng một\n</textarea><script>alert("x")</script>\n' + "Nước ngập từ đêm qua, xin xã xem lại. " * 60

PLACE = f'<span id="{filling.PLACE}"></span>'


def typed(browser: FlaskClient, code: str, **fields: str) -> dict[str, str]:
    """The form of a ticket's page as it stands, with words in it."""
    page = browser.get(f"/console/tickets/{code}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    return {"form_token": form_token(page), "version": version.group(1), **fields}


def area(page: str, name: str) -> str:
    """What stands in a text field of a page."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    return html.unescape(found.group(1)) if found else ""


def later(installation: Installation, by: timedelta) -> None:
    """Move the office's clock on."""
    object.__setattr__(installation, "clock", Clock(installation.clock.now() + by))


def sign_in_again(browser: FlaskClient, sent: Any, login: str) -> str:
    """Follow a refusal to the sign-in page, sign in, and return the page one is led to."""
    assert sent.status_code == 303
    page = browser.get(sent.location)
    next_page = html.unescape(re.search(r'name="next" value="([^"]*)"', page.text).group(1))  # type: ignore[union-attr]
    answer = browser.post("/console/sign-in", data={"login": login, "password": PASSWORD, "next": next_page})
    assert answer.status_code == 303
    return browser.get(answer.location).text


@pytest.mark.row("B-12")
def test_words_sent_after_lunch_stand_in_the_same_form_once_one_has_signed_in(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="classified"), signed_in("clerk")
    form = typed(clerk, ticket.code, answer=HOSTILE)
    later(installation, timedelta(hours=3))
    sent = clerk.post(f"/console/tickets/{ticket.code}/answer", data=form)
    assert "được giữ lại cho người đã viết" in html.unescape(clerk.get(sent.location).text)
    page = sign_in_again(clerk, sent, "clerk")
    assert read(installation, ticket).answer is None, "nothing is sent by itself"
    assert area(page, "answer") == HOSTILE
    assert "<script>alert" not in page
    assert "chưa được ghi nhận vì phiên làm việc đã hết" in html.unescape(page)
    assert page.index('href="#kept-form"') < page.index(PLACE), "one press leads down to it on a telephone"
    opened = re.search(r'<details class="act" id="act-answer"[^>]*>', page)
    assert opened is not None
    assert " open" in opened.group()
    again = {"form_token": form_token(page), "version": form["version"], "answer": area(page, "answer")}
    again["kept"] = re.search(r'name="kept" value="(\w+)"', page).group(1)  # type: ignore[union-attr]
    done = clerk.post(f"/console/tickets/{ticket.code}/answer", data=again)
    assert done.status_code == 303
    assert (read(installation, ticket).answer or "").startswith("Dòng một")
    with installation.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(kept_forms)).scalar() == 0


def end_session(installation: Installation, _: FlaskClient) -> None:
    later(installation, timedelta(minutes=31))


def sign_out_elsewhere(installation: Installation, _: FlaskClient) -> None:
    with installation.database.writing() as conn:
        accounts.end_sessions(conn, PersonId(person_id(installation, "clerk")))


def close_the_browser(_: Installation, browser: FlaskClient) -> None:
    browser.delete_cookie("tongdai", path="/")


@pytest.mark.row("B-12")
@pytest.mark.parametrize("how", [end_session, sign_out_elsewhere, close_the_browser])
def test_every_form_comes_back_with_its_words_however_the_session_ended(
    signed_in: SignIn, installation: Installation, how: Any
) -> None:
    by_phone(installation)
    head = signed_in("head_of_office")
    signed_in("clerk")
    places = [
        (
            "/console/reports/obstacles",
            "/console/reports/obstacles",
            {"text": "Mạng chậm cả tuần", "owner": "VNPT"},
        ),
        (
            "/console/calendar",
            "/console/calendar/days",
            {"day": "2026-12-07", "worked": "no", "reason": "nghỉ bão lớn"},
        ),
        ("/console/keeping", "/console/keeping/hold", {"code": "482913", "reason": "đang thanh tra vụ này"}),
        (
            "/console/tickets/new",
            "/console/tickets/new",
            {"channel": "walk_in", "content": "Chị Bảy nói ở quầy"},
        ),
        (
            "/console/tickets/482913",
            "/console/tickets/482913/note",
            {"version": "1", "reason": "Bác Tư gọi lại"},
        ),
    ]
    lost = []
    for at, path, fields in places:
        form = {"form_token": form_token(head.get(at).text), **fields}
        how(installation, head)
        if how is sign_out_elsewhere:
            with installation.database.writing() as conn:
                accounts.end_sessions(conn, PersonId(person_id(installation, "head_of_office")))
        page = html.unescape(sign_in_again(head, head.post(path, data=form), "head_of_office"))
        lost += [(path, value) for name, value in fields.items() if name != "version" and value not in page]
    assert lost == []


@pytest.mark.row("B-12")
def test_a_colleague_who_signs_in_first_sees_nothing_and_the_writer_finds_the_words_on_the_first_page(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="classified"), signed_in("clerk")
    signed_in("head_of_office")
    form = typed(clerk, ticket.code, answer="Chuyện riêng của bác Sáu.")
    end_session(installation, clerk)
    sent = clerk.post(f"/console/tickets/{ticket.code}/answer", data=form)
    page = sign_in_again(clerk, sent, "head_of_office")
    assert "bác Sáu" not in html.unescape(page)
    assert "bác Sáu" not in html.unescape(clerk.get("/console/").text)
    # The colleague presses on in the tab that was left open: it is not their form either.
    stale = clerk.post(f"/console/tickets/{ticket.code}/answer", data=form)
    assert stale.status_code == 400
    assert "bác Sáu" not in html.unescape(stale.text)
    mine = signed_in("clerk")
    first = html.unescape(mine.get("/console/").text)
    link = re.search(r'href="(/console/tickets/482913[^"]*kept=\w+)"', first)
    assert link is not None
    assert "bác Sáu" in area(mine.get(link.group(1)).text, "answer")
    later(installation, forms.KEPT)
    assert "kept=" not in signed_in("clerk").get("/console/").text
    with installation.database.writing() as conn:
        assert forms.forget_old(conn, installation.clock.now()) == 1


@pytest.mark.row("B-12")
def test_a_stale_or_foreign_token_gives_the_words_back_at_once_but_not_what_another_site_sent(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="classified"), signed_in("clerk")
    old = typed(clerk, ticket.code, answer=HOSTILE)
    clerk.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    path = f"/console/tickets/{ticket.code}/answer"
    for token in (old["form_token"], "", "0" * 64, "\ud7ff\x00"):
        refused = clerk.post(path, data=old | {"form_token": token})
        assert (refused.status_code, area(refused.text, "answer")) == (400, HOSTILE)
    foreign = clerk.post(path, data=old | {"form_token": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (foreign.status_code, "Nước ngập" in html.unescape(foreign.text)) == (400, False)
    again = clerk.post(path, data=old | {"form_token": form_token(refused.text)})
    assert again.status_code == 303


@pytest.mark.row("B-12")
def test_a_busy_book_a_lost_right_and_a_fault_give_the_words_back(
    signed_in: SignIn, installation: Installation, desk_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, clerk = by_phone(installation, state="classified"), signed_in("clerk")
    path = f"/console/tickets/{ticket.code}/answer"
    form = typed(clerk, ticket.code, answer=HOSTILE)

    def fails(error: Exception) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise error

        return fail

    desk_app.config["PROPAGATE_EXCEPTIONS"] = False
    for name, error, status in [
        ("logbook.tickets.moves.apply", DatabaseBusyError("locked"), 503),
        ("logbook.tickets.moves.apply", RuntimeError("a fault"), 500),
        ("logbook.accounts.sessions.of_token", DatabaseBusyError("gone"), 503),
    ]:
        with monkeypatch.context() as patched:
            patched.setattr(name, fails(error))
            answer = clerk.post(path, data=form)
        assert (answer.status_code, area(answer.text, "answer")) == (status, HOSTILE), name
    with installation.database.writing() as conn:
        conn.execute(people_table.update().where(people_table.c.login == "clerk").values(role="auditor"))
    lost = clerk.post(path, data=form)
    assert (lost.status_code, area(lost.text, "answer")) == (403, HOSTILE)


@pytest.mark.row("B-12")
def test_words_wait_until_the_password_is_changed_and_while_the_second_factor_is_asked(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="classified"), signed_in("clerk")
    form = typed(clerk, ticket.code, answer="Đã cho xe hút bùn.")
    mine = people_table.update().where(people_table.c.login == "clerk")
    with installation.database.writing() as conn:
        conn.execute(mine.values(must_change_password=True))
    sent = clerk.post(f"/console/tickets/{ticket.code}/answer", data=form)
    page = clerk.get(sent.location).text
    assert "kept=" in page
    with installation.database.writing() as conn:
        conn.execute(mine.values(must_change_password=False))
        sign_in_token = clerk.get_cookie("tongdai", path="/")
        assert sign_in_token is not None
        person = person_id_of(conn, "clerk")
        token = sign_in.begin(
            conn, PersonId(person), complete=False, address="", agent="", now=installation.clock.now()
        )
    clerk.set_cookie("tongdai", token)
    sent = clerk.post(f"/console/tickets/{ticket.code}/answer", data=form | {"answer": "Lần hai còn nguyên."})
    page = sign_in_again(clerk, sent, "clerk")
    assert area(page, "answer") == "Lần hai còn nguyên."


def person_id_of(conn: Any, login: str) -> int:
    return next(person.id for person in accounts.listed(conn) if person.login == login)


@pytest.mark.row("B-12")
def test_passwords_are_never_kept_nor_shown_and_nothing_leads_away(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    form = {"form_token": token_of(clerk), "old": PASSWORD, "new": "một mật khẩu mới", "again": "x"}
    stale = clerk.post("/console/account/password", data=form | {"form_token": "x"})
    assert "mật khẩu mới" not in html.unescape(stale.text)
    end_session(installation, clerk)
    evil = {"Referer": "https://evil.example/console/calendar"}
    sent = clerk.post("/console/account/password", data=form, headers=evil)
    assert "kept" not in sent.location
    assert "evil" not in sent.location
    with installation.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(kept_forms)).scalar() == 0


@pytest.mark.row("B-12")
def test_what_is_too_long_to_be_read_is_refused_with_the_limit_in_letters(signed_in: SignIn) -> None:
    clerk = signed_in("clerk")
    sent = clerk.post("/console/tickets/new", data={"content": "x" * LARGEST_FORM})
    assert sent.status_code == 413
    assert f"khoảng {LARGEST_FORM // 9} chữ" in html.unescape(sent.text)


def test_filling_changes_nothing_but_the_form_it_is_about() -> None:
    page = (
        '<!doctype html><p>&lt;b&gt; &#39;</p><details class="a"><summary>s</summary>'
        '<form method="post" action="/console/a#x"><input type="hidden" name="form_token" value="t">'
        '<input type="checkbox" name="c" value="1" checked><input name="n" value="old">'
        '<select name="s"><option value="">-</option><option value="b">B</option></select>'
        '<textarea name="t">\nold &amp; gone</textarea></form></details>'
        '<form method="post" action="/console/b"><textarea name="t">stays</textarea></form>'
    )
    filled = filling.fill(
        page, "/console/a", [("n", '"x"'), ("s", "b"), ("t", "<b>&"), ("form_token", "no")], "k"
    )
    assert filled == (
        page.replace('<details class="a">', '<details class="a" open>')
        .replace(
            'action="/console/a#x">',
            'action="/console/a#x"><input type="hidden" name="kept" value="k">' + PLACE,
        )
        .replace('value="1" checked>', 'value="1">')
        .replace('name="n" value="old"', 'name="n" value="&quot;x&quot;"')
        .replace('<option value="b">', '<option value="b" selected>')
        .replace("\nold &amp; gone", "\n\n&lt;b&gt;&amp;".replace("\n\n", "\n"))
    )
    assert filling.fill(page, "/console/c", [("t", "x")], "k") is None


# --- two clicks


def events_of(installation: Installation, ticket: tickets.Ticket) -> int:
    with installation.database.reading() as conn:
        return len(history.of(conn, ticket.id))


VERSIONED: list[tuple[str, str, dict[str, str]]] = [
    ("write", "new", {"content": "Đường thôn Đông bị sụt."}),
    ("classify", "new", {"kind": "feedback", "topic": "process"}),
    ("concern", "new", {"reason": "nghe ghi âm", "conflict": "1"}),
    ("mark_urgent", "new", {"urgent": "1"}),
    ("assign", "classified", {"to": "PERSON"}),
    ("transfer", "classified", {"to": "Sở Xây dựng", "reason": "không thuộc xã"}),
    ("ask_more", "classified", {"question": "Đoạn đường nào?"}),
    ("supply", "waiting_for_caller", {"content": "Trước nhà văn hóa."}),
    ("extend", "classified", {"days": "2", "reason": "phức tạp"}),
    ("answer", "classified", {"answer": "Xã đã cho sửa."}),
    ("reopen", "answered", {"reason": "chưa sửa xong"}),
    ("tell", "classified", {"reason": "Báo tại phòng tiếp dân."}),
    ("instruct", "classified", {"instruction": "Làm ngay trong tuần."}),
    ("leave_group", "classified", {}),
    ("note", "closed", {"reason": "Người dân cảm ơn."}),
]


@pytest.mark.row("B-13")
def test_two_clicks_on_any_form_with_a_version_store_once_and_the_second_says_so(
    signed_in: SignIn, installation: Installation
) -> None:
    head = signed_in("head_of_office")
    found = {}
    for number, (verb, state, fields) in enumerate(VERSIONED):
        ticket = by_phone(installation, code=f"{700000 + number}", state=state)
        words = {
            name: value.replace("PERSON", str(person_id(installation, "head_of_office")))
            for name, value in fields.items()
        }
        form = typed(head, ticket.code, **words)
        path = f"/console/tickets/{ticket.code}/{verb}"
        first = head.post(path, data=form)
        stored = events_of(installation, ticket)
        # The same words at the same version from another tab are the same form as well.
        elsewhere = form | {"form_token": form_token(head.get("/console/calendar").text)}
        answers = [head.post(path, data=again) for again in (form, elsewhere)]
        found[verb] = (
            first.status_code,
            "said=ticket_saved" in (first.location or ""),
            [answer.location == first.location for answer in answers],
            events_of(installation, ticket) - stored,
        )
    assert found == {verb: (303, True, [True, True], 0) for verb, _, _ in VERSIONED}


@pytest.mark.row("B-13")
def test_no_verb_is_done_at_a_version_somebody_else_has_passed(
    signed_in: SignIn, installation: Installation
) -> None:
    head = signed_in("head_of_office")
    found = {}
    for number, (verb, state, fields) in enumerate(VERSIONED):
        ticket = by_phone(installation, code=f"{710000 + number}", state=state)
        words = {
            name: value.replace("PERSON", str(person_id(installation, "head_of_office")))
            for name, value in fields.items()
        }
        form = typed(head, ticket.code, **words)
        change(installation, ticket, "note")
        stored = events_of(installation, ticket)
        answer = head.post(f"/console/tickets/{ticket.code}/{verb}", data=form)
        found[verb] = (answer.status_code, events_of(installation, ticket) - stored)
    for verb in ("take", "return", "tried"):
        with installation.database.writing() as conn:
            call = calls.begin(
                conn,
                sid=f"CA{verb}",
                direction="inbound",
                caller_raw="+84912345678",
                caller_number="+84912345678",
                called="+842583842102",
                language="vi",
                place="{}",
                time_shift=0,
                now=installation.clock.now(),
            )
            owed = callbacks.owe(conn, call, "missed", call.caller_number, installation.clock.now())
            callbacks.take(conn, owed.id, PersonId(person_id_of(conn, "head_of_office")), owed.version)
        form = {
            "form_token": token_of(head),
            "version": str(owed.version),
            "result": "absent",
            "note": "bận máy",
        }
        answer = head.post(f"/console/callbacks/{owed.id}/{verb}", data=form)
        with installation.database.reading() as conn:
            now_there = callbacks.find(conn, owed.id)
        assert now_there is not None
        found[f"callback {verb}"] = (answer.status_code, now_there.version - owed.version - 1)
    assert found == {
        **{verb: (409, 0) for verb, _, _ in VERSIONED},
        **{f"callback {verb}": (409, 0) for verb in ("take", "return", "tried")},
    }


@pytest.mark.row("B-13")
def test_two_clicks_on_forms_without_a_version_store_once_and_a_second_wish_is_stored(
    signed_in: SignIn, installation: Installation
) -> None:
    head = signed_in("head_of_office")
    entered = {
        "channel": "walk_in",
        "caller_type": "individual",
        "content": "Đèn đường hỏng.",
        "name": "Chị Bảy",
        "address": "thôn Đông",
    }
    form = {"form_token": form_token(head.get("/console/tickets/new").text), **entered}
    first = head.post("/console/tickets/new", data=form)
    later(installation, timedelta(minutes=10))
    assert head.post("/console/tickets/new", data=form).location == first.location
    new = {"form_token": form_token(head.get("/console/tickets/new").text), **entered}
    assert head.post("/console/tickets/new", data=new).location != first.location
    stone = {"form_token": token_of(head), "text": "Máy in hỏng đã lâu", "owner": "Văn phòng"}
    said = [head.post("/console/reports/obstacles", data=stone).location for _ in range(2)]
    assert "obstacle_said_entered" in said[0]
    assert said[0] == said[1]
    with installation.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(table)).scalar() == 2
        assert conn.execute(select(func.count()).select_from(obstacles)).scalar() == 1


@pytest.mark.row("B-13")
def test_two_clicks_at_the_same_moment_store_once_and_the_second_is_led_where_the_first_was(
    signed_in: SignIn, installation: Installation, desk_app: Flask
) -> None:
    """With and without a version; two threads that begin together, several times."""
    head = signed_in("head_of_office")
    opening = {"channel": "letter_box", "opened_on": "2026-11-24", "opened_by": "Lê Thị Hoa", "found": "0"}
    walk_in = {"channel": "walk_in", "caller_type": "individual", "content": "Đèn hỏng.", "anonymous": "1"}
    for turn in range(3):
        ticket = by_phone(installation, code=f"{730000 + turn}")
        forms_at_once = {
            f"/console/tickets/{ticket.code}/write": typed(head, ticket.code, content="Đường sụt."),
            "/console/openings/new": {"form_token": token_of(head), **opening},
            "/console/tickets/new": {"form_token": token_of(head), **walk_in},
        }
        for address, form in forms_at_once.items():
            answers = at_once(desk_app, head, address, form)
            assert {status for status, _ in answers} == {303}, (address, answers)
            assert len({location for _, location in answers}) == 1, (address, answers)
        assert events_of(installation, ticket) == 2
    with installation.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(openings)).scalar() == 3
        anonymous = select(func.count()).select_from(table).where(table.c.anonymous.is_(True))
        assert conn.execute(anonymous).scalar() in (1, 3), "the same words within a minute are one ticket"


def at_once(app: Flask, browser: FlaskClient, address: str, form: dict[str, str]) -> list[tuple[int, str]]:
    """Send one form from two windows of the same browser at the same moment."""
    cookies = list(browser._cookies.values())  # type: ignore[union-attr]
    together, answers = threading.Barrier(2), []

    def send() -> None:
        window = app.test_client()
        for cookie in cookies:
            window.set_cookie(cookie.key, cookie.value, domain=cookie.domain, path=cookie.path)
        together.wait()
        answer = window.post(address, data=form)
        answers.append((answer.status_code, answer.headers.get("Location", "")))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.row("B-12")
def test_words_of_an_account_that_was_disabled_are_shown_to_nobody_and_go_by_the_rule(
    signed_in: SignIn, installation: Installation
) -> None:
    clerk, other = signed_in("clerk"), signed_in("head_of_office")
    ticket, whom = by_phone(installation), person_id(installation, "clerk")
    now = installation.clock.now()
    with installation.database.writing() as conn:
        page = f"/console/tickets/{ticket.code}"
        words = [("content", "Lời của người đã nghỉ.")]
        key = forms.keep(conn, PersonId(whom), f"{page}/write", page, words, now)
        accounts.disable(conn, PersonId(whom), now)
    assert key is not None
    assert clerk.get("/console/").status_code == 303, "the session has ended"
    for address in ("/console/", page, f"{page}?kept={key}", "/console/journal"):
        assert "Lời của người đã nghỉ" not in html.unescape(other.get(address).text), address
    dropped = other.post(f"/console/kept/{key}/drop", data={"form_token": token_of(other)})
    assert dropped.status_code in (303, 404)
    with installation.database.writing() as conn:
        assert [kept.key for kept in forms.waiting(conn, PersonId(whom), now)] == [key]
        assert forms.forget_old(conn, now + forms.KEPT) == 1
        assert conn.execute(select(kept_forms)).first() is None


@pytest.mark.row("B-13")
def test_a_refused_form_may_be_sent_again_as_it_was(signed_in: SignIn, installation: Installation) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    form = typed(clerk, ticket.code, answer="Xã đã cho sửa.")
    path = f"/console/tickets/{ticket.code}/answer"
    assert [clerk.post(path, data=form).status_code for _ in range(2)] == [409, 409]
    with installation.database.reading() as conn:
        events = conn.execute(select(func.count()).select_from(ticket_events)).scalar()
    assert events == 1


def test_a_seal_is_of_one_person_and_one_session_and_cannot_be_made_up(installation: Installation) -> None:
    with installation.database.writing() as conn:
        now = installation.clock.now()
        ids = [
            accounts.add(conn, login=login, name=login, role="clerk", password=PASSWORD, now=now)
            for login in ("an", "binh")
        ]
        sessions = [
            sign_in.of_token(
                conn, sign_in.begin(conn, one, complete=True, address="", agent="", now=now), now
            )
            for one in ids
        ]
    an, binh = sessions
    assert an is not None
    assert binh is not None
    seal = form_seal.issue(an, "s")
    assert (form_seal.owner(seal, "s"), form_seal.fits(seal, an, "s")) == (ids[0], True)
    assert not form_seal.fits(seal, binh, "s")
    assert form_seal.issue(an, "s") != seal
    forged = f"{ids[1]:08x}{seal[8:]}"
    assert [form_seal.owner(one, "s") for one in (forged, "", "é" * 64, seal[:-1] + "g")] == [None] * 4
    assert form_seal.owner(seal, "t") is None
