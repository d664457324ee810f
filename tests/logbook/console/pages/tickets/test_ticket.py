"""One ticket's page: every step through its form, what two clerks see, who may look, what is kept."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from logbook.accounts import audit_log
from logbook.database.tables import tickets as table
from logbook.installation import Installation
from logbook.outbox import escalations
from logbook.tickets import history, tickets
from logbook.tickets.verbs import registry
from tests.logbook.console.cases import NUMBER, by_phone, change, person_id, read, send, token_of
from tests.logbook.console.conftest import SignIn
from tests.town_hall import move

FORMS: list[tuple[str, str, dict[str, object], str]] = [
    ("write", "new", {"content": "Đường thôn Đông bị sụt.", "summary": "Đường sụt"}, "new"),
    ("classify", "new", {"kind": "feedback", "topic": "process"}, "classified"),
    ("concern", "new", {"reason": "nghe ghi âm", "conflict": "1"}, "new"),
    ("mark_urgent", "new", {"urgent": "1"}, "new"),
    ("transfer", "classified", {"to": "Sở Xây dựng", "reason": "không thuộc xã"}, "transferred"),
    ("ask_more", "classified", {"question": "Đoạn đường nào?"}, "waiting_for_caller"),
    ("supply", "waiting_for_caller", {"content": "Trước nhà văn hóa."}, "classified"),
    ("answer", "assigned", {"answer": "Xã đã cho sửa."}, "answered"),
    ("close", "classified", {"outcome": "not_ours", "to": "Sở Xây dựng"}, "closed"),
    ("reopen", "closed", {"reason": "chưa sửa xong"}, "classified"),
    ("tell", "classified", {"reason": "Báo trực tiếp tại phòng tiếp dân."}, "classified"),
    ("note", "closed", {"reason": "Người dân cảm ơn."}, "closed"),
    ("leave_group", "classified", {}, "classified"),
]


def whole(installation: Installation) -> bool:
    with installation.database.reading() as conn:
        return history.verify(conn) is None and audit_log.verify(conn) is None


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
    proven = {form[0] for form in FORMS} | {"assign", "extend", "join_group", "instruct"}
    assert proven == set(registry.with_form())


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
    assert "0912•" not in page
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
    most = installation.settings.tickets.extension_days
    for wrong in ("0", str(most + 1), "²", "-1", "", "9" * 12):
        refused = send(head, ticket.code, "extend", days=wrong, reason="phức tạp")
        assert refused.status_code == 400
        assert f"mỗi lần thêm từ 1 đến {most} ngày làm việc" in html.unescape(refused.text)
    assert read(installation, ticket) == ticket
    assert send(head, ticket.code, "extend", days=5, reason="phức tạp").status_code == 303
    with installation.database.reading() as conn:
        times, _ = installation.calendars.now(conn)
        due = times.office.add_days(ticket.answer_due_at, 5)
        line = audit_log.recent(conn, 1)[0]
        assert history.of(conn, ticket.id)[-1].reason == "phức tạp"
    assert read(installation, ticket).answer_due_at == due
    assert (line.act, line.who, line.reason) == ("change_deadline", "head_of_office", "phức tạp")


@pytest.mark.parametrize(("most", "proposed"), [(3, 3), (10, 5)])
def test_the_days_proposed_for_an_extension_are_as_many_as_it_may_have(
    signed_in: SignIn, installation: Installation, most: int, proposed: int
) -> None:
    part = installation.settings.tickets.model_copy(update={"extension_days": most})
    object.__setattr__(installation.settings, "tickets", part)
    ticket, head = by_phone(installation, state="classified"), signed_in("head_of_office")
    page = head.get(f"/console/tickets/{ticket.code}").text
    (field,) = re.findall(r'<input[^>]*id="extend-days"[^>]*>', page)
    assert (f'max="{most}"' in field, f'value="{proposed}"' in field) == (True, True)


def test_a_term_is_called_extended_when_it_was_whatever_the_calendar_says_by_now(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, head = by_phone(installation, state="classified"), signed_in("head_of_office")
    with installation.database.writing() as conn:
        times, _ = installation.calendars.now(conn)
        later = times.office.add_days(ticket.answer_due_at, 1)
        conn.execute(table.update().where(table.c.id == ticket.id).values(answer_due_at=later))
    address = f"/console/tickets/{ticket.code}"
    assert "(đã gia hạn)" not in html.unescape(head.get(address).text)
    assert send(head, ticket.code, "extend", days=5, reason="phức tạp").status_code == 303
    assert "(đã gia hạn)" in html.unescape(head.get(address).text)


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


def test_a_ticket_is_not_closed_without_cause_and_remedy(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    change(installation, ticket, "write", content="Đường thôn Đông bị sụt.")
    for fields in ({"cause": "Mưa lớn", "remedy": " "}, {"cause": "", "remedy": "Sửa đường"}):
        refused = send(clerk, ticket.code, "close", outcome="resolved", **fields)
        assert refused.status_code == 400
        assert "ký tự chưa phải là" in refused.text
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
    assert "0912••••••" in page
    for private in ("0912.345.678", NUMBER, "Nguyễn Văn Bình", "Xóm 3"):
        assert private not in page
    shown = clerk.post(f"/console/tickets/{ticket.code}/caller", data={"form_token": token_of(clerk)}).text
    assert "0912.345.678" in shown
    assert "Nguyễn Văn Bình" in shown
    with installation.database.reading() as conn:
        line = audit_log.recent(conn, 1)[0]
        seen = " ".join(event.details for event in history.of(conn, ticket.id))
    assert "caller" in seen
    assert "Bình" not in seen
    assert "Xóm 3" not in seen
    assert (line.act, line.subject, line.who) == ("show_caller", f"ticket:{ticket.id}", "clerk")
    auditor = signed_in("auditor")
    page = auditor.get(f"/console/tickets/{ticket.code}").text
    assert "0912•" not in page
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
        line = audit_log.recent(conn, 1)[0]
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


@pytest.mark.row("T-24")
def test_an_extension_is_told_to_leaders_and_to_the_citizen_and_stands_under_what_was_told(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, head = by_phone(installation, state="classified"), signed_in("head_of_office")
    assert send(head, ticket.code, "extend", days=3, reason="chờ vật tư").status_code == 303
    page = html.unescape(head.get(f"/console/tickets/{ticket.code}").text)
    seen = page.partition('id="told"')[2].partition('id="history"')[0]
    assert "Thời hạn trả lời đã được gia hạn" in seen
    assert "báo gia hạn" in seen
    assert "0912••••••" in seen
    assert f"nhiều nhất {installation.settings.tickets.extension_days} ngày làm việc" in page


def test_who_directs_instructs_on_the_page_and_nobody_else(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, chairman = by_phone(installation, state="classified"), signed_in("chairman")
    for role in ("clerk", "desk_officer", "auditor"):
        assert send(signed_in(role), ticket.code, "instruct", instruction="x").status_code == 403
    assert send(chairman, ticket.code, "instruct", instruction=" ").status_code == 400
    assert read(installation, ticket) == ticket
    assert send(chairman, ticket.code, "instruct", instruction="Làm trong tuần.").status_code == 303
    page = html.unescape(signed_in("clerk").get(f"/console/tickets/{ticket.code}").text)
    assert "Chỉ đạo của lãnh đạo" in page
    assert "Làm trong tuần." in page
    with installation.database.reading() as conn:
        assert [line.act for line in audit_log.recent(conn, 3)] == ["sign_in", "acknowledge", "instruct"]
        assert [row.kind for row in escalations.unsettled(conn, ticket.id)] == []


@pytest.mark.parametrize(
    ("verb", "badge", "told"),
    [
        ("accept_answer", "người dân hài lòng", "Người dân hài lòng với trả lời"),
        ("reject_answer", "người dân chưa hài lòng", "Người dân chưa hài lòng, phiếu mở lại"),
    ],
)
def test_what_the_citizen_says_of_the_answer_stands_at_the_head_and_in_the_history(
    signed_in: SignIn, installation: Installation, verb: str, badge: str, told: str
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    path = f"/console/tickets/{ticket.code}"
    assert badge not in clerk.get(path).text
    with installation.database.writing() as conn:
        now = installation.clock.now()
        move(conn, ticket.id, verb, actor="citizen", now=now)
    page = html.unescape(clerk.get(path).text)
    assert badge in page.partition("</h1>")[0]
    assert f"<b>{told}</b>" in page
    assert "người dân, 25/11/2026" in page


def test_each_attempt_to_tell_the_citizen_reads_as_a_sentence_in_the_history(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, clerk = by_phone(installation, state="answered"), signed_in("clerk")
    with installation.database.writing() as conn:
        now = installation.clock.now()
        seen: dict[str, Any] = {"what": "answered", "channel": "call", "result": "no_answer"}
        move(conn, ticket.id, "tell", actor="line", now=now, **seen)
    page = html.unescape(clerk.get(f"/console/tickets/{ticket.code}").text)
    line = " ".join(page.partition("<b>Báo tin cho người dân</b>")[2].partition("</li>")[0].split())
    assert "tổng đài tự động, 25/11/2026" in line
    assert "Tin: báo có câu trả lời" in line
    assert "Bằng cách: gọi điện" in line
    assert "Kết quả báo: không nhấc máy" in line


@pytest.mark.row("T-08")
def test_a_spoken_instruction_is_played_to_who_may_listen_and_no_other_recording_is(
    signed_in: SignIn, installation: Installation
) -> None:
    ticket, other = by_phone(installation), by_phone(installation, "100001")
    spoken = by_phone(installation, "100002").recording_id
    change(installation, ticket, "instruct", instruction="nghe ghi âm", recording_id=spoken)
    clerk, path = signed_in("clerk"), f"/console/tickets/{ticket.code}"
    assert f'name="recording" value="{spoken}"' in clerk.get(path).text
    form = {"form_token": token_of(clerk), "recording": spoken}
    played = clerk.post(f"{path}/listen", data=form)
    assert f"/console/recordings/{spoken}/sound" in played.text
    assert f"/console/recordings/{ticket.recording_id}/sound" not in played.text
    with installation.database.reading() as conn:
        line = audit_log.recent(conn, 1)[0]
    assert (line.act, line.subject) == ("listen", f"recording:{spoken}")
    assert clerk.post(f"{path}/listen", data=form | {"recording": other.recording_id}).status_code == 404
    assert 'name="recording"' not in signed_in("auditor").get(path).text
