"""The sentences of messages: short ones for any telephone, long ones for officials, never any content."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection

from logbook.database.engine import Database
from logbook.ids import DeliveryId, TicketId
from logbook.outbox import deliveries, escalations
from logbook.outbox.deliveries import Delivery
from logbook.sending.messages import SMS_LIMIT, Message, MessageTexts, unmarked
from logbook.settings.loading import load_settings
from logbook.texts.catalogue import load_texts
from tests import frozen
from tests.logbook import book_of_cases

SETTINGS = replace(
    load_settings(frozen.OFFICE),
    public_url="https://tongdai.example",
)
TEXTS = load_texts()
NEWS = MessageTexts(SETTINGS, TEXTS["vi"])
KINDS = ("accepted", "transferred", "extended", "answered", "closed")
MATTERS = ("new", "urgent", "dissatisfied", "extended", "soon", "late")
SECRETS = ("Nguyễn Thị Lành", "thôn Vĩnh Yên", "thu tiền sai", "đã trả lại tiền", "912345678", "Công an tỉnh")


def ticket(conn: Connection, now: datetime, **columns: object) -> int:
    values = {
        "caller_name": SECRETS[0],
        "caller_address": SECRETS[1],
        "content": SECRETS[2],
        "summary": SECRETS[2],
        "answer": SECRETS[3],
        "transferred_to": SECRETS[5],
        "topic": "attitude",
        "answer_due_at": datetime.fromisoformat("2026-12-09T17:00+07:00"),
    }
    return book_of_cases.write(conn, "004217", now, **values | columns)


def letter(database: Database, news: MessageTexts, now: datetime, **columns: object) -> Message:
    """What is said in a row about the one ticket, unless another is named."""
    urgent = bool(columns.pop("urgent", False))
    params = columns.pop("escalation_params", None)
    with database.writing() as conn:
        about = columns.pop("ticket_id") if "ticket_id" in columns else ticket(conn, now, urgent=urgent)
        values = {"key": "k", "recipient": "citizen", "kind": "accepted", "ticket_id": about} | columns
        if values["recipient"] != "citizen":
            values["escalation_id"] = escalations.open_once(
                conn,
                key="m",
                kind=str(values["kind"]),
                ladder="complaint",
                urgent=urgent,
                now=now,
                params=params,  # type: ignore[arg-type]
            )
        number = deliveries.put(conn, now=now, **values)  # type: ignore[arg-type]
        row = deliveries.of_id(conn, DeliveryId(number or 0))
        assert isinstance(row, Delivery)
        return news.letter(conn, row)


@pytest.mark.parametrize("language", sorted(TEXTS))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("office", ["xã Đại Lãnh", "xã " + "Nghĩa Hưng Đông " * 30])
def test_a_text_for_citizens_fits_into_one_message_with_the_number_to_call(
    database: Database, now: datetime, kind: str, office: str, language: str
) -> None:
    part = SETTINGS.office.model_copy(update={"name_spoken": office})
    news = MessageTexts(replace(SETTINGS, office=part), TEXTS[language])
    found = letter(database, news, now, kind=kind, channel="sms")
    assert found.subject == ""
    assert len(found.text) <= SMS_LIMIT
    assert found.text.isascii()
    assert not set(found.text) & set("[]{}\\^~|€`")
    assert "0258.3842.102" in found.text
    assert ("09/12/2026" in found.text) == (kind == "extended")
    assert_says_nothing(found)


@pytest.mark.row("T-11")
@pytest.mark.parametrize("language", sorted(TEXTS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_text_for_citizens_gives_whoever_reads_it_neither_the_code_nor_what_it_is_about(
    database: Database, now: datetime, kind: str, language: str
) -> None:
    said = letter(
        database, MessageTexts(SETTINGS, TEXTS[language]), now, kind=kind, channel="sms"
    ).text.casefold()
    seen = ("004217", "y kien", "phan anh", "kien nghi", "khieu nai", "to cao", "complaint", "denunciation")
    assert [word for word in seen if word in said] == []


def test_a_text_reads_as_it_should(database: Database, now: datetime) -> None:
    assert letter(database, NEWS, now, kind="answered", channel="sms").text == (
        "UBND xa Dai Lanh: yeu cau cua quy khach da co tra loi. "
        "Nghe tra loi: goi 0258.3842.102, bam 3, nhap ma tra cuu."
    )


@pytest.mark.parametrize("kind", MATTERS)
@pytest.mark.parametrize("channel", ["zalo", "mail", "sms"])
def test_an_official_reads_what_it_is_and_where_to_look_but_no_content(
    database: Database, now: datetime, kind: str, channel: str
) -> None:
    found = letter(database, NEWS, now, recipient="chu-tich", kind=kind, channel=channel, urgent=True)
    assert "004217" in found.text
    assert_says_nothing(found)
    if channel == "sms":
        assert (len(found.text) <= SMS_LIMIT, found.text.isascii()) == (True, True)
        return
    assert TEXTS["vi"].sentences[f"news_kind_{kind}"] in found.text
    assert found.subject.startswith("[Tổng đài] KHẨN: ")
    assert "https://tongdai.example/console/tickets/004217" in found.text


def test_a_message_reads_as_it_should(database: Database, now: datetime) -> None:
    found = letter(
        database,
        NEWS,
        now,
        recipient="chu-tich",
        kind="late",
        channel="mail",
        escalation_params={"term": "answer", "due": "2026-11-25T09:00:00+00:00"},
    )
    assert found.subject == "[Tổng đài] Đã quá hạn – phiếu 004217"
    assert found.text.splitlines() == [
        "Kính gửi Chủ tịch UBND xã",
        "Đã quá hạn",
        "Mã phiếu: 004217",
        "Loại: phản ánh; nội dung: thái độ phục vụ",
        "Mức độ: thường",
        "Tiếp nhận: 25/11/2026 09:10",
        "Hạn: 25/11/2026 16:00",
        "Xem phiếu: https://tongdai.example/console/tickets/004217",
        "Xác nhận đã nhận: https://tongdai.example/console/leader",
        "Tin tự động của tổng đài. Nội dung và người phản ánh chỉ xem được sau khi đăng nhập.",
    ]


def test_a_clerk_is_not_sent_to_the_leaders_page(database: Database, now: datetime) -> None:
    assert "/leader" not in letter(database, NEWS, now, recipient="truc", kind="soon", channel="mail").text


@pytest.mark.parametrize(
    ("kind", "params", "line"),
    [
        ("report", {"kind": "weekly", "period": "2026-W47"}, "Kỳ báo cáo: 2026-W47"),
        ("alarm", {"alarm": "disk", "mb": "99", "least": "500"}, "Đĩa chỉ còn 99 MB"),
        ("roster_gap", {"alarm": "roster_nobody", "day": "26/11"}, "Ngày 26/11 không có ai trực"),
        ("holidays_missing", {"alarm": "holidays", "year": "2027"}, "năm 2027"),
    ],
)
def test_a_matter_of_the_office_says_its_own_sentence(
    database: Database, now: datetime, kind: str, params: dict[str, str], line: str
) -> None:
    found = letter(
        database,
        NEWS,
        now,
        recipient="chanh-van-phong",
        kind=kind,
        channel="mail",
        ticket_id=None,
        escalation_params=params,
    )
    assert found.subject == f"[Tổng đài] {TEXTS['vi'].sentences[f'news_kind_{kind}']}"
    assert line in found.text
    assert "/tickets/" not in found.text


def test_the_same_row_gives_the_same_letter_to_be_found_again_by(database: Database, now: datetime) -> None:
    with database.writing() as conn:
        number = deliveries.put(
            conn,
            key="k",
            kind="extended",
            recipient="citizen",
            channel="sms",
            ticket_id=TicketId(ticket(conn, now)),
            now=now,
        )
        row = deliveries.of_id(conn, DeliveryId(number or 0))
        assert row is not None
        assert NEWS.letter(conn, row) == NEWS.letter(conn, row)


def test_marks_are_left_out() -> None:
    assert unmarked("Đường Ấp Ưỡn Ợ – quý khách") == "Duong Ap Uon O - quy khach"


def assert_says_nothing(found: Message) -> None:
    for secret in SECRETS:
        for said in (found.subject, found.text):
            assert secret not in said
            assert unmarked(secret) not in said
