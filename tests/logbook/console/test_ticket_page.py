"""One ticket's page: every step through its form, what two clerks see, who may look, what is kept."""

from __future__ import annotations

import html
from typing import Any

import pytest

from logbook import history, journal, tickets
from logbook.console.ticket_forms import ACTS
from logbook.installation import Installation
from logbook.tables import tickets as table
from logbook.transitions import BY_LINE, TRANSITIONS
from tests.logbook.console.cases import NUMBER, by_phone, change, person_id, read, send, token_of
from tests.logbook.console.conftest import SignIn

FORMS: list[tuple[str, str, dict[str, object], str]] = [
    ("write", "new", {"content": "Đường thôn Đông bị sụt.", "summary": "Đường sụt"}, "new"),
    ("classify", "new", {"kind": "feedback", "topic": "process"}, "classified"),
    ("concern", "new", {"reason": "nghe ghi âm", "conflict": "1"}, "new"),
    ("mark_urgent", "new", {"urgent": "1"}, "new"),
    ("transfer", "classified", {"to": "Sở Xây dựng", "reason": "không thuộc xã"}, "transferred"),
    ("ask_more", "classified", {"question": "Đoạn đường nào?"}, "waiting_for_caller"),
    ("supply", "waiting_for_caller", {"content": "Trước nhà văn hóa."}, "classified"),
    ("answer", "assigned", {"answer": "Xã đã cho sửa."}, "answered"),
    ("close", "answered", {"outcome": "resolved", "cause": "Mưa lớn", "remedy": "Đổ bê tông"}, "closed"),
    ("reopen", "closed", {"reason": "chưa sửa xong"}, "classified"),
    ("note", "closed", {"reason": "Người dân cảm ơn."}, "closed"),
    ("leave_group", "classified", {}, "classified"),
]


def whole(installation: Installation) -> bool:
    with installation.database.reading() as conn:
        return history.verify(conn) is None and journal.verify(conn) is None


@pytest.mark.parametrize(("verb", "state", "fields", "to_state"), FORMS, ids=[form[0] for form in FORMS])
@pytest.mark.row("T-23")
def test_each_step_is_taken_by_its_form_and_told_in_the_history(
    signed_in: SignIn,
    installation: Installation,
    verb: str,
    state: str,
    fields: dict[str, object],
    to_state: str,
) -> None:
    ticket = by_phone(installation, state=state)
    clerk = signed_in("clerk")
    answer = send(clerk, ticket.code, verb, **fields)
    assert (answer.status_code, answer.location) == (
        303,
        f"/console/tickets/{ticket.code}?said=ticket_saved",
    )
    moved = read(installation, ticket)
    assert (moved.state, moved.version) == (to_state, ticket.version + 1)
    with installation.database.reading() as conn:
        event = history.of(conn, ticket.id)[-1]
    assert (event.verb, event.actor, event.to_state) == (verb, "clerk", to_state)
    page = html.unescape(clerk.get(answer.location).text)
    for name, value in fields.items():
        assert name in ("kind", "topic", "outcome", "conflict", "urgent") or str(value).split()[0] in page
    assert whole(installation)


def test_every_form_and_every_verb_is_proven_somewhere() -> None:
    proven = {form[0] for form in FORMS} | {"assign", "extend", "join_group"}
    assert proven == set(ACTS)
    assert set(TRANSITIONS) - set(ACTS) - BY_LINE == {"guide", "instruct"}


def test_a_ticket_is_assigned_to_a_person_who_then_sees_and_answers_it(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    officer, clerk = signed_in("desk_officer"), signed_in("clerk")
    assert officer.get(f"/console/tickets/{ticket.code}").status_code == 404
    wanted = person_id(installation, "desk_officer")
    assert send(clerk, ticket.code, "assign", to=wanted).status_code == 303
    assert read(installation, ticket).assigned_id == wanted
    page = officer.get(f"/console/tickets/{ticket.code}").text
    assert "0912" not in page
    assert "Thông tin người gửi không hiện với bạn." in page
    assert send(officer, ticket.code, "answer", answer="Đã cấp lại.").status_code == 303
    assert send(officer, ticket.code, "close", outcome="resolved", cause="x", remedy="y").status_code == 403


@pytest.mark.row("T-24")
def test_only_who_leads_extends_and_it_is_told_in_history_and_journal(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket = by_phone(installation, state="classified")
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    assert send(clerk, ticket.code, "extend", days=5, reason="phức tạp").status_code == 403
    assert send(head, ticket.code, "extend", days=5, reason=" ").status_code == 400
    for wrong in ("0", "61", "²", "-1", "", "9" * 12):
        assert send(head, ticket.code, "extend", days=wrong, reason="phức tạp").status_code == 400
    assert read(installation, ticket) == ticket
    assert send(head, ticket.code, "extend", days=5, reason="phức tạp").status_code == 303
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        due = times.office.add_days(ticket.answer_due_at, 5)
        line = journal.recent(conn, 1)[0]
        assert history.of(conn, ticket.id)[-1].reason == "phức tạp"
    assert read(installation, ticket).answer_due_at == due
    assert (line.act, line.who, line.reason) == ("change_deadline", "head_of_office", "phức tạp")


@pytest.mark.row("002-26")
@pytest.mark.row("002-17")
def test_classifying_needs_kind_and_topic_and_grave_matters_become_urgent(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    for fields in ({}, {"kind": "feedback"}, {"kind": "nonsense", "topic": "other"}):
        refused = send(clerk, ticket.code, "classify", **fields)
        assert refused.status_code == 400
    for name in ("category", "tag", "topic"):
        wrong = {"kind": "feedback", "topic": "other", name: "bịa"}
        assert send(clerk, ticket.code, "classify", **wrong).status_code == 400
    sent = send(clerk, ticket.code, "classify", kind="feedback", category="nhung-nhieu", tag="khong-phien-ha")
    assert sent.status_code == 303
    moved = read(installation, ticket)
    assert (moved.topic, moved.category, moved.tag, moved.urgent) == (
        "attitude",
        "nhung-nhieu",
        "khong-phien-ha",
        True,
    )


@pytest.mark.row("002-34")
def test_a_ticket_is_not_closed_without_cause_and_remedy(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    for fields in ({"cause": "Mưa", "remedy": " "}, {"cause": "", "remedy": "Sửa"}):
        refused = send(clerk, ticket.code, "close", outcome="resolved", **fields)
        assert refused.status_code == 400
        assert "còn mục bắt buộc để trống" in refused.text
    assert read(installation, ticket).state == "answered"


def test_two_clerks_do_not_overwrite_each_other_and_the_second_keeps_what_was_typed(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="classified"), signed_in("clerk")
    change(installation, ticket, "answer", answer="Câu trả lời của người khác.")
    form = {"form_token": token_of(clerk), "version": ticket.version, "answer": "Câu của tôi."}
    refused = clerk.post(f"/console/tickets/{ticket.code}/answer", data=form)
    assert refused.status_code == 409
    assert "Có người vừa thay đổi phiếu này" in refused.text
    assert "Câu trả lời của người khác." in refused.text
    assert "Câu của tôi." in refused.text
    assert read(installation, ticket).answer == "Câu trả lời của người khác."
    again = form | {"version": ticket.version + 1}
    assert clerk.post(f"/console/tickets/{ticket.code}/answer", data=again).status_code == 303
    assert read(installation, ticket).answer == "Câu của tôi."
    assert whole(installation)


@pytest.mark.parametrize("version", [None, "", "²", "-1", "9" * 30])
def test_a_form_without_its_version_is_refused(
    signed_in: SignIn, installation: Installation, version: str | None
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    form: dict[str, Any] = {"form_token": token_of(clerk), "reason": "x"}
    if version is not None:
        form["version"] = version
    assert clerk.post(f"/console/tickets/{ticket.code}/note", data=form).status_code == 400
    assert read(installation, ticket) == ticket


def test_a_step_the_state_does_not_allow_is_told_and_changes_nothing(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    refused = send(clerk, ticket.code, "answer", answer="Vội quá.")
    assert refused.status_code == 409
    assert "trạng thái hiện tại của phiếu không cho phép" in refused.text
    assert read(installation, ticket) == ticket


def test_an_answer_is_previewed_as_it_will_be_heard_and_not_stored(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="assigned"), signed_in("clerk")
    shown = send(clerk, ticket.code, "answer", answer="Xã đã sửa.", preview="1")
    assert "Nội dung trả lời như sau. Xã đã sửa." in shown.text
    assert read(installation, ticket) == ticket
    assert send(clerk, ticket.code, "answer", answer="x" * 4001).status_code == 400
    assert send(clerk, ticket.code, "answer", answer="x" * 4000).status_code == 303


def test_the_number_shows_only_on_demand_and_the_look_is_in_the_journal(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    change(installation, ticket, "write", content="x", caller_name="Nguyễn Văn Bình", caller_address="Xóm 3")
    page = clerk.get(f"/console/tickets/{ticket.code}").text
    assert "0912•••678" in page
    for private in ("0912.345.678", NUMBER, "Nguyễn Văn Bình", "Xóm 3"):
        assert private not in page
    shown = clerk.post(f"/console/tickets/{ticket.code}/caller", data={"form_token": token_of(clerk)}).text
    assert "0912.345.678" in shown
    assert "Nguyễn Văn Bình" in shown
    with installation.database.reading() as conn:
        line = journal.recent(conn, 1)[0]
        told = " ".join(event.details for event in history.of(conn, ticket.id))
    assert "caller" in told
    assert "Bình" not in told
    assert "Xóm 3" not in told
    assert (line.act, line.subject, line.who) == ("show_caller", f"ticket:{ticket.id}", "clerk")
    auditor = signed_in("auditor")
    page = auditor.get(f"/console/tickets/{ticket.code}").text
    assert "0912" not in page
    assert "Nguyễn Văn Bình" not in page
    sent = auditor.post(f"/console/tickets/{ticket.code}/caller", data={"form_token": token_of(auditor)})
    assert sent.status_code == 403


def test_listening_is_asked_for_and_written_into_the_journal(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    assert "<audio" not in clerk.get(f"/console/tickets/{ticket.code}").text
    form = {"form_token": token_of(clerk), "reason": "ghi nội dung"}
    played = clerk.post(f"/console/tickets/{ticket.code}/listen", data=form)
    assert "<audio" in played.text
    with installation.database.reading() as conn:
        line = journal.recent(conn, 1)[0]
    assert (line.act, line.subject, line.reason) == (
        "listen",
        f"recording:{ticket.recording_id}",
        "ghi nội dung",
    )


def test_the_rule_behind_each_term_stands_beside_it(signed_in: SignIn, installation: Installation) -> None:
    ticket, clerk = by_phone(installation), signed_in("clerk")
    page = html.unescape(clerk.get(f"/console/tickets/{ticket.code}").text)
    assert "trả lời trong 10 ngày làm việc: quy định của cơ quan" in page
    assert "thẩm quyền: Nghị định 20/2008/NĐ-CP, Điều 9" in page
    change(installation, ticket, "guide", kind="denunciation")


def test_the_page_says_when_the_history_was_changed_from_outside(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    assert "Quá trình còn nguyên vẹn" in clerk.get(f"/console/tickets/{ticket.code}").text
    with installation.database.writing() as conn:
        conn.execute(table.update().where(table.c.id == ticket.id).values(head_hash="0" * 64))
    page = clerk.get(f"/console/tickets/{ticket.code}").text
    assert "Quá trình đã bị sửa ngoài phần mềm, từ bước 3" in page


def test_other_tickets_of_the_number_stand_on_the_callers_card(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, other = by_phone(installation), by_phone(installation, "100001")
    stranger = by_phone(installation, "100002", "+84987654321")
    page = signed_in("clerk").get(f"/console/tickets/{ticket.code}").text
    assert f"/console/tickets/{other.code}" in page
    assert f"/console/tickets/{stranger.code}" not in page


def test_what_was_supplied_is_added_to_the_content(signed_in: SignIn, installation: Installation) -> None:
    ticket, clerk = by_phone(installation, state="waiting_for_caller"), signed_in("clerk")
    change(installation, ticket, "write", content="Đường sụt.")
    assert send(clerk, ticket.code, "supply", content="Trước nhà văn hóa.").status_code == 303
    assert tickets.spoken_state(read(installation, ticket)) == "in_progress"
    assert read(installation, ticket).content == "Đường sụt.\n\nTrước nhà văn hóa."
