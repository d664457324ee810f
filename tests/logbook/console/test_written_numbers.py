"""Codes and telephone numbers are found however people say and write them (B-10)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import select, update

from logbook.database import search_index
from logbook.database.tables import tickets as table
from logbook.installation import Installation
from tests.logbook.console.cases import by_phone, send, token_of
from tests.logbook.console.conftest import SignIn, form_token

CODE, OTHER = "836368", "482913"
CODES = (
    "836368",
    "836 368",
    "836.368",
    "836-368",
    "836 36 8",
    "8 3 6 3 6 8",
    "８３６３６８",
    "836\u00a0368",
    " 836368# ",
    "(836)368",
    "836\u2013368",
    "mã 836 368",
    "Phiếu số: 836.368",
    "#836368",
)
NUMBERS = (
    "0912345678",
    "0912.345.678",
    "0912 345 678",
    "0912-345-678",
    "+84 912 345 678",
    "+84912345678",
    "84912345678",
    "84 912 345 678",
    "０９１２３４５６７８",
    "0912\u00a0345\u00a0678",
    "0912345678#",
    "(0912) 345-678",
    "345.678.",
    "5678",
    "56 78",
    "678",
)
LANDLINES = (
    "(0258) 3842-500",
    "0258.3842.500",
    "0258 3842 500",
    "+84 258 3842 500",
    "02583842500",
    "842 500",
    "2500",
)


def cases(installation: Installation) -> None:
    by_phone(installation, CODE)
    by_phone(installation, OTHER, number="+842583842500")


@pytest.mark.row("B-10")
def test_a_list_of_tickets_is_searched_by_code_and_number_as_people_write_them(
    installation: Installation, signed_in: SignIn
) -> None:
    cases(installation)
    clerk, wrong = signed_in("clerk"), []
    for which in ("open", "all"):
        for found, missed, written in ((CODE, OTHER, CODES + NUMBERS), (OTHER, CODE, LANDLINES)):
            for asked in written:
                page = clerk.get(f"/console/tickets?which={which}&q={quote(asked)}").text
                if f"/console/tickets/{found}" not in page or f"/console/tickets/{missed}" in page:
                    wrong.append((which, asked))
    assert wrong == []


@pytest.mark.row("B-10")
def test_words_that_only_look_like_a_code_are_still_found(
    installation: Installation, signed_in: SignIn
) -> None:
    cases(installation)
    with installation.database.writing() as conn:
        found = conn.execute(select(table.c.id).where(table.c.code == OTHER)).scalar_one()
        conn.execute(update(table).where(table.c.id == found).values(content="Thu 500 000 đồng, số 12/2026"))
        search_index.refresh(conn, found)
    clerk = signed_in("clerk")
    for which in ("open", "all"):
        for asked in ("500 000", "500", "so 12", "12/2026", "đồng 500"):
            assert OTHER in clerk.get(f"/console/tickets?which={which}&q={quote(asked)}").text, asked


@pytest.mark.row("B-10")
def test_calls_are_searched_by_number_as_people_write_it(
    installation: Installation, signed_in: SignIn
) -> None:
    cases(installation)
    clerk, wrong = signed_in("clerk"), []
    for begins, other, written in (("0912", "0258", NUMBERS), ("0258", "0912", LANDLINES)):
        for asked in written:
            page = clerk.get(f"/console/calls?number={quote(asked)}").text
            if f"{begins}••••••" not in page or f"{other}••••••" in page:
                wrong.append(asked)
    assert wrong == []


@pytest.mark.row("B-10")
def test_a_group_a_hold_and_the_journal_take_a_code_as_people_write_it(
    installation: Installation, signed_in: SignIn
) -> None:
    cases(installation)
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    wrong = []
    for written in (one for one in CODES if "mã" not in one and "Phiếu" not in one):
        for what, done in (("hold", 303), ("lift", 303)):
            form = {"form_token": token_of(head), "code": written, "reason": "thanh tra"}
            if head.post(f"/console/keeping/{what}", data=form).status_code != done:
                wrong.append((what, written))
        if "836368" not in head.get(f"/console/journal?subject={quote(written)}").text:
            wrong.append(("journal", written))
        joined = send(clerk, OTHER, "join_group", code=written)
        if joined.status_code != 303 or send(clerk, OTHER, "leave_group", reason="x").status_code != 303:
            wrong.append(("group", written))
    assert wrong == []


@pytest.mark.row("B-10")
def test_a_number_is_entered_as_people_write_it(installation: Installation, signed_in: SignIn) -> None:
    clerk, wrong = signed_in("clerk"), []
    for number in (one for one in NUMBERS if sum(sign.isdecimal() for sign in one) >= 10):
        page = clerk.get("/console/tickets/new").text
        form = {"channel": "walk_in", "caller_type": "individual", "content": f"Đường ngập {number}"}
        form |= {"form_token": form_token(page), "number": number, "name": "Sáu"}
        answer = clerk.post("/console/tickets/new", data=form)
        with installation.database.reading() as conn:
            newest = select(table.c.caller_number).order_by(table.c.id.desc()).limit(1)
            if answer.status_code != 303 or conn.execute(newest).scalar() != "+84912345678":
                wrong.append(number)
    assert wrong == []
