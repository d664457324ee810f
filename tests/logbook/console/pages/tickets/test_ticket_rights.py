"""Who may see and do what to which ticket: own, another's, none; whom it concerns sees nothing (T-10)."""

from __future__ import annotations

import re

import pytest

from logbook.accounts import accounts
from logbook.accounts.rights import ASSIGNED_ONLY, ROLES, Act
from logbook.ids import PersonId
from logbook.installation import Installation
from logbook.tickets import history
from logbook.tickets.verbs.registry import with_form
from tests.logbook.console.cases import by_phone, change, person_id, read, send, token_of
from tests.logbook.console.conftest import SignIn

PAYLOADS = (
    "<script>window.__pwned=1</script>",
    '"><img src=x onerror=window.__pwned=1>',
    "'><svg/onload=window.__pwned=1>",
    "</textarea><script>window.__pwned=1</script>",
    "</title><script>window.__pwned=1</script>",
    "javascript:window.__pwned=1//<a href=x>",
    "{{ 7*7 }}{% raw %}<b>x</b>",
    "<iframe srcdoc='<script>window.__pwned=1</script>'>",
    "<!--<img src=--><img src=x onerror=window.__pwned=1>",
    "<math><mtext></style><img src onerror=window.__pwned=1>",
)
LOGINS = sorted(ROLES)


@pytest.mark.row("T-10")
def test_a_ticket_opens_for_the_roles_that_see_tickets_and_for_nobody_else(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation)
    for role in LOGINS:
        browser = signed_in(role)
        sees = Act.SEE_TICKETS in ROLES[role]
        expected = 403 if not sees else 404 if role in ASSIGNED_ONLY else 200
        assert browser.get(f"/console/tickets/{ticket.code}").status_code == expected, role
        missing = browser.get("/console/tickets/999999").status_code
        assert missing == (404 if sees else 403), role


@pytest.mark.row("T-10")
def test_a_form_is_refused_to_every_role_without_its_right(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    for role in LOGINS:
        browser = signed_in(role)
        token = token_of(browser)
        for verb, step in with_form().items():
            act = step.right
            assert act is not None
            if act in ROLES[role] and role not in ASSIGNED_ONLY:
                continue
            form = {"form_token": token, "version": ticket.version, "reason": "x"}
            sent = browser.post(f"/console/tickets/{ticket.code}/{verb}", data=form)
            assert sent.status_code == (404 if act in ROLES[role] else 403), (role, verb)
    assert read(installation, ticket) == ticket


@pytest.mark.row("T-10")
@pytest.mark.parametrize("concerned", ["clerk", "vice_chairman", "chairman", "desk_officer"])
def test_whom_a_ticket_concerns_finds_no_ticket_and_not_who_complained(
    signed_in: SignIn, installation: Installation, concerned: str
) -> None:
    ticket, other = by_phone(installation), by_phone(installation, "100001")
    browser, head = signed_in(concerned), signed_in("head_of_office")
    whom = person_id(installation, concerned)
    assert send(head, ticket.code, "concern", concerned=whom, reason="theo ghi âm").status_code == 303
    for path in ("", "/receipt"):
        assert browser.get(f"/console/tickets/{ticket.code}{path}").status_code in (403, 404)
    token = token_of(browser)
    for verb in (*with_form(), "caller", "listen"):
        form = {"form_token": token, "version": ticket.version + 1, "reason": "x", "code": other.code}
        sent = browser.post(f"/console/tickets/{ticket.code}/{verb}", data=form)
        assert sent.status_code in (403, 404), verb
    if browser.get(f"/console/tickets/{other.code}").status_code == 200:
        page = browser.get(f"/console/tickets/{other.code}").text
        assert ticket.code not in page, "the card of another ticket of the number gives it away"


@pytest.mark.row("T-10")
def test_a_conflict_hides_the_ticket_from_the_chairman_and_proposes_the_next_in_order(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    chairman, deputy, clerk = signed_in("chairman"), signed_in("vice_chairman"), signed_in("clerk")
    assert chairman.get(f"/console/tickets/{ticket.code}").status_code == 200
    whom = person_id(installation, "chairman")
    assert send(clerk, ticket.code, "assign", to=whom).status_code == 303
    assert send(clerk, ticket.code, "concern", concerned=whom, reason="theo ghi âm").status_code == 303
    moved = read(installation, ticket)
    assert (moved.conflict, moved.subject_ids, moved.assigned_id) == (True, frozenset({whom}), None)
    assert chairman.get(f"/console/tickets/{ticket.code}").status_code == 404
    assert deputy.get(f"/console/tickets/{ticket.code}").status_code == 200
    assert "Giao cho Người vice_chairman" in clerk.get(f"/console/tickets/{ticket.code}").text
    assert send(clerk, ticket.code, "assign", to=whom).status_code == 400


@pytest.mark.row("R14")
def test_a_complaint_about_the_deputy_is_kept_from_the_deputy_alone_and_the_chairman_hears_and_decides(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    chairman, deputy = signed_in("chairman"), signed_in("vice_chairman")
    whom = person_id(installation, "vice_chairman")
    assert send(clerk, ticket.code, "concern", concerned=whom, reason="theo ghi âm").status_code == 303
    assert deputy.get(f"/console/tickets/{ticket.code}").status_code == 404
    page = chairman.get(f"/console/tickets/{ticket.code}")
    assert page.status_code == 200
    assert "/console/matters/" in page.text, "the chairman is told of it and may acknowledge it"
    assert "/console/matters/" not in deputy.get("/console/leader").text
    assert not read(installation, ticket).conflict
    assert "Chủ tịch không được xem" not in clerk.get(f"/console/tickets/{ticket.code}").text
    change(installation, ticket, "classify", kind="feedback", topic="attitude")
    assert send(clerk, ticket.code, "assign", to=whom).status_code == 400
    to = person_id(installation, "chairman")
    assert send(clerk, ticket.code, "assign", to=to).status_code == 303
    both = send(clerk, ticket.code, "concern", concerned=whom, conflict="1", reason="người nhà Chủ tịch")
    assert both.status_code == 303
    assert chairman.get(f"/console/tickets/{ticket.code}").status_code == 404
    assert read(installation, ticket).assigned_id is None


@pytest.mark.row("R14")
@pytest.mark.row("T-10")
def test_a_complaint_about_several_people_is_kept_from_each_of_them_and_from_nobody_else(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    roles = ("clerk", "desk_officer", "vice_chairman", "chairman", "auditor")
    browsers = {role: signed_in(role) for role in roles} | {"head_of_office": signed_in("head_of_office")}
    head, ids = browsers["head_of_office"], {role: person_id(installation, role) for role in roles}
    assert send(head, ticket.code, "assign", to=ids["desk_officer"]).status_code == 303
    about = [ids[role] for role in ("clerk", "desk_officer", "vice_chairman")]
    assert send(head, ticket.code, "concern", concerned=about, reason="nêu ba người").status_code == 303
    moved = read(installation, ticket)
    assert (moved.subject_ids, moved.conflict, moved.assigned_id) == (frozenset(about), False, None)
    address = f"/console/tickets/{ticket.code}"
    seen = {role for role, browser in browsers.items() if browser.get(address).status_code == 200}
    assert seen == {"chairman", "auditor", "head_of_office"}
    page = head.get(address).text
    assert "về Người clerk, Người desk_officer, Người vice_chairman" in page
    checked = re.findall(r'name="concerned" value="(\d+)" checked', page)
    assert sorted(map(int, checked)) == sorted(about)
    assert send(head, ticket.code, "assign", to=ids["desk_officer"]).status_code == 400
    listed = {role for role, one in browsers.items() if ticket.code in one.get("/console/tickets").text}
    assert listed == {"chairman", "auditor", "head_of_office"}
    for role in ("clerk", "vice_chairman"):
        assert ticket.code in head.get(f"/console/tickets?concerned={ids[role]}").text
    assert ticket.code not in head.get(f"/console/tickets?concerned={ids['auditor']}").text
    also = [*about, ids["chairman"]]
    assert send(head, ticket.code, "concern", concerned=also, reason="cả Chủ tịch").status_code == 303
    assert browsers["chairman"].get(address).status_code == 404
    assert read(installation, ticket).conflict
    one = [ids["clerk"]]
    assert send(head, ticket.code, "concern", concerned=one, reason="nghe lại").status_code == 303
    seen = {role for role, browser in browsers.items() if browser.get(address).status_code == 200}
    assert seen == {"chairman", "auditor", "head_of_office", "vice_chairman"}
    assert not read(installation, ticket).conflict
    with installation.database.reading() as conn:
        assert history.verify(conn) is None


@pytest.mark.row("R14")
@pytest.mark.parametrize("wrong", ["99999", "x", "-1", "1.5"])
def test_nobody_is_named_by_a_number_that_is_no_account_and_what_was_chosen_stays_chosen(
    signed_in: SignIn, installation: Installation, wrong: str
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    me = person_id(installation, "clerk")
    refused = send(clerk, ticket.code, "concern", concerned=[me, wrong], reason="nêu tên")
    assert refused.status_code == 400
    assert f'name="concerned" value="{me}" checked' in refused.text
    assert read(installation, ticket).subject_ids == frozenset()


def test_a_khieu_nai_or_to_cao_leaves_for_the_named_viewers_and_its_sound_is_sealed(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    signed_in("head_of_office")
    with installation.database.writing() as conn:
        accounts.change(conn, PersonId(person_id_in(conn, "head_of_office")), sees_restricted=True)
    head = signed_in("head_of_office")
    assert send(clerk, ticket.code, "classify", kind="denunciation").status_code == 400
    gone = send(clerk, ticket.code, "classify", kind="denunciation", reason="người gọi nói rõ")
    assert gone.location == "/console/?said=ticket_left"
    assert read(installation, ticket).state == "guided"
    assert clerk.get(f"/console/tickets/{ticket.code}").status_code == 404
    page = head.get(f"/console/tickets/{ticket.code}").text
    assert "Không tính thời hạn phản ánh, kiến nghị" in page
    assert "Ghi âm không mở cho bạn." in page
    sent = head.post(f"/console/tickets/{ticket.code}/listen", data={"form_token": token_of(head)})
    assert sent.status_code == 404


def person_id_in(conn: object, login: str) -> int:
    return next(one.id for one in accounts.listed(conn) if one.login == login)  # type: ignore[arg-type]


@pytest.mark.row("T-06")
def test_hostile_text_in_every_field_is_shown_and_never_alive(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation)
    clerk = signed_in("clerk")
    for payload in PAYLOADS:
        change(
            installation,
            ticket,
            "write",
            content=payload,
            summary=payload,
            caller_name=payload,
            caller_address=payload,
        )
        for verb, fields in (
            ("note", {"reason": payload}),
            ("answer", {"answer": payload, "preview": "1"}),
            ("classify", {"kind": payload, "topic": payload, "category": payload, "reason": payload}),
            ("join_group", {"code": payload}),
            ("transfer", {"to": payload, "reason": payload}),
            ("close", {"outcome": payload, "cause": payload, "remedy": payload}),
        ):
            page = send(clerk, ticket.code, verb, **fields).text
            assert payload not in page, verb
        shown = clerk.post(f"/console/tickets/{ticket.code}/caller", data={"form_token": token_of(clerk)})
        page = clerk.get(f"/console/tickets/{ticket.code}").text
        for text in (page, shown.text):
            assert payload not in text
            assert "<script>window" not in text
    change(installation, ticket, "classify", kind="feedback")
    for payload in PAYLOADS:
        change(installation, ticket, "transfer", to=payload)
        change(installation, ticket, "answer", answer=payload)
        page = clerk.get(f"/console/tickets/{ticket.code}").text
        assert payload not in page
        assert "&lt;" in page
        change(installation, ticket, "reopen")
