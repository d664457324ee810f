"""Tickets about the same thing: joined, answered together, each with its own history."""

from __future__ import annotations

import pytest

from logbook.installation import Installation
from logbook.tickets import history, tickets
from logbook.tickets.tickets import Ticket
from tests.logbook.console.cases import by_phone, change, person_id, read, send, token_of
from tests.logbook.console.conftest import SignIn


@pytest.fixture
def three(signed_in: SignIn, installation: Installation) -> list[Ticket]:
    """Three tickets joined into one group by the clerk."""
    clerk = signed_in("clerk")
    made = [by_phone(installation, f"10000{n}", f"+8491234567{n}", "classified") for n in range(3)]
    for one in made[1:]:
        assert send(clerk, one.code, "join_group", code=made[0].code).status_code == 303
    found = [read(installation, one) for one in made]
    assert len({one.group_id for one in found}) == 1
    assert found[0].group_id is not None
    return found


def answer(browser: object, group: list[Ticket], text: str, **more: object) -> object:
    form = {
        "form_token": token_of(browser),  # type: ignore[arg-type]
        "answer": text,
        "seen": [f"{one.id}:{one.version}" for one in group],
    }
    return browser.post(f"/console/groups/{group[0].group_id}/answer", data=form | more)  # type: ignore[attr-defined]


def test_one_answer_reaches_every_open_member_with_one_event_each(
    signed_in: SignIn, installation: Installation, three: list[Ticket]
) -> None:
    clerk = signed_in("clerk")
    closed = change(installation, three[2], "close", outcome="withdrawn")
    preview = answer(clerk, three, "Đã sửa đường.", preview="1")
    assert "Nội dung trả lời như sau. Đã sửa đường." in preview.text  # type: ignore[attr-defined]
    assert read(installation, three[0]) == three[0]
    sent = answer(clerk, three, "Đã sửa đường.")
    assert sent.status_code == 303  # type: ignore[attr-defined]
    for one in three[:2]:
        moved = read(installation, one)
        assert (moved.state, moved.answer, moved.version) == ("answered", "Đã sửa đường.", one.version + 1)
    assert read(installation, closed) == closed
    with installation.database.reading() as conn:
        assert [event.verb for event in history.of(conn, three[0].id)][-2:] == ["join_group", "answer"]
        assert history.verify(conn) is None


def test_a_member_changed_meanwhile_is_left_out_and_named(
    signed_in: SignIn, installation: Installation, three: list[Ticket]
) -> None:
    clerk = signed_in("clerk")
    change(installation, three[1], "note")
    sent = answer(clerk, three, "Đã sửa đường.")
    assert sent.status_code == 409  # type: ignore[attr-defined]
    assert f"{three[1].code}: có người vừa thay đổi" in sent.text  # type: ignore[attr-defined]
    states = [read(installation, one).state for one in three]
    assert states == ["answered", "classified", "answered"]


def test_an_answer_that_is_empty_or_too_long_answers_nobody(
    signed_in: SignIn, installation: Installation, three: list[Ticket]
) -> None:
    clerk = signed_in("clerk")
    for text in (" ", "x" * 4001):
        assert answer(clerk, three, text).status_code == 400  # type: ignore[attr-defined]
    assert [read(installation, one) for one in three] == three


def test_a_new_member_is_left_for_later(
    signed_in: SignIn, installation: Installation, three: list[Ticket]
) -> None:
    clerk, fresh = signed_in("clerk"), by_phone(installation, "200000")
    assert send(clerk, fresh.code, "join_group", code=three[0].code).status_code == 303
    group = [*three, read(installation, fresh)]
    sent = answer(clerk, group, "Đã sửa đường.")
    assert fresh.code in sent.text  # type: ignore[attr-defined]
    assert read(installation, fresh).state == "new"


def test_joining_is_refused_with_itself_with_nothing_and_between_two_groups(
    signed_in: SignIn, installation: Installation, three: list[Ticket]
) -> None:
    clerk = signed_in("clerk")
    a, b = by_phone(installation, "300001"), by_phone(installation, "300002")
    assert send(clerk, a.code, "join_group", code=b.code).status_code == 303
    for code in (a.code, three[0].code, "999999", "", "²²²²²²"):
        assert send(clerk, a.code, "join_group", code=code).status_code == 400
    assert send(clerk, a.code, "leave_group").status_code == 303
    assert send(clerk, a.code, "join_group", code=three[0].code).status_code == 303
    assert read(installation, a).group_id == three[0].group_id


@pytest.mark.row("T-10")
def test_whom_a_member_concerns_sees_the_group_without_it_and_nothing_when_alone(
    signed_in: SignIn, installation: Installation, three: list[Ticket]
) -> None:
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    whom = person_id(installation, "clerk")
    send(head, three[1].code, "concern", concerned=whom, reason="theo ghi âm")
    page = clerk.get(f"/console/groups/{three[0].group_id}").text
    assert three[1].code not in page
    assert three[0].code in page
    assert three[1].code not in clerk.get(f"/console/tickets/{three[0].code}").text
    answer(clerk, [*three], "Đã sửa đường.")
    assert read(installation, three[1]).state == "classified"
    for one in (three[0], three[2]):
        send(head, one.code, "concern", concerned=whom, reason="theo ghi âm")
    assert clerk.get(f"/console/groups/{three[0].group_id}").status_code == 404
    assert clerk.get("/console/groups/9223372036854775807").status_code == 404
    assert tickets.spoken_state(read(installation, three[0])) == "answered"
