"""Any mail is read, whoever wrote it: its words without what acts, who it is from, machines known as such."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from logbook.intake import letters
from logbook.intake.letters import LONGEST, read

HEAD = b"From: =?utf-8?b?Tmd1eeG7hW4gVGjhu4sgTcaw4budaQ==?= <Muoi@Example.VN>\r\nMessage-ID: <a@b>\r\n"
WORDS = "Đường thôn Tây lở, xe không qua được."


def mail(body: bytes, *fields: bytes) -> bytes:
    return HEAD + b"".join(one + b"\r\n" for one in fields) + b"\r\n" + body


def test_a_plain_letter_is_read_with_name_subject_and_address() -> None:
    subject = b"=?utf-8?q?=C4=90=C6=B0=E1=BB=9Dng_l=E1=BB=9F?="
    found = read(mail(WORDS.encode(), b"Subject: " + subject, b"Content-Type: text/plain; charset=utf-8"))
    assert (found.sender, found.name, found.subject) == ("muoi@example.vn", "Nguyễn Thị Mười", "Đường lở")
    assert (found.text, found.attachments, found.machine) == (WORDS, 0, "")


CHARSETS = ("utf-8", "utf-16", "no-such-charset", "cp1258", "us-ascii", "base64", "x\u2028y", "")


@pytest.mark.row("F-19")
def test_any_charset_and_encoding_gives_words_and_never_an_error() -> None:
    for declared in CHARSETS:
        field = f"Content-Type: text/plain; charset={declared}".encode()
        found = read(mail(WORDS.encode(), field))
        assert found.sender == "muoi@example.vn", declared
        assert found.text, declared
    wrong = read(mail("Đường lở".encode("cp1258", "replace"), b"Content-Type: text/plain; charset=utf-8"))
    assert wrong.text
    coded = base64.b64encode(WORDS.encode())
    fields = (b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: base64")
    assert read(mail(coded, *fields)).text == WORDS
    assert read(mail(b"====!!!" + coded[:5], *fields)).sender == "muoi@example.vn"


@pytest.mark.row("T-07")
def test_a_page_gives_its_words_and_nothing_that_acts() -> None:
    head = "<html><head><title>x</title><style>p {}</style></head><script>alert(1)</script>"
    page = f"{head}<p>{WORDS}</p><img src=x onerror=alert(2)>"
    found = read(mail(page.encode(), b"Content-Type: text/html; charset=utf-8"))
    assert found.text == WORDS


def test_attachments_are_counted_and_not_kept() -> None:
    letter = EmailMessage()
    letter["From"], letter["Message-ID"] = "a@b.vn", "<x@y>"
    letter.set_content(WORDS)
    letter.add_attachment(b"\0" * 100, maintype="application", subtype="pdf", filename="../../etc/passwd")
    letter.add_attachment("text", filename="don.txt")
    found = read(letter.as_bytes())
    assert (found.text, found.attachments) == (WORDS, 2)


@pytest.mark.row("F-19")
def test_hostile_mail_is_still_a_letter() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' for _ in range(300))
    hostile = (
        b"", b"\0", b"\xff" * 1000, b"From: <@>\r\n\r\nx", b"From: a@b\r\n" * 3000 + b"\r\nx",
        HEAD + b"Subject: =?utf-8?b?////?=\r\n\r\nx", HEAD + b"Subject: =?x?y?z?=\r\n\r\nx",
        HEAD + b"Subject: a\r\n\tb\r\n\r\n" + b"A" * 600_000, HEAD + deep, HEAD + b"\r\n" + b"<" * 200_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 50_000,
        HEAD + b"References: " + b"<x> " * 10_000 + b"\r\n\r\nx", b"From: a@b.vn, c@d.vn\r\n\r\nx",
    )  # fmt: skip
    for raw in hostile:
        found = read(raw)
        assert len(found.text) <= LONGEST
        assert len(found.subject) <= 200
        assert len(found.sender) <= 254
        assert "\0" not in found.text + found.subject
        assert len(found.key) == 64


MACHINES = (
    b"Auto-Submitted: auto-replied", b"auto-submitted: auto-generated", b"Precedence: bulk",
    b"Precedence: list",
    b"List-Id: <x>", b"X-Autoreply: yes", b"Return-Path: <>", b"Content-Type: multipart/report; boundary=x",
)  # fmt: skip


def test_letters_of_machines_lists_bounces_and_our_own_are_known() -> None:
    assert [field for field in MACHINES if not read(mail(b"x", field)).machine] == []
    for sender in (
        b"MAILER-DAEMON@x.vn",
        b"postmaster@x.vn",
        b"no-reply@x.vn",
        b"noreply+1@x.vn",
        b"bounces-3@x.vn",
    ):
        assert read(b"From: " + sender + b"\r\n\r\nx").machine == "bounce", sender
    assert read(mail(b"x"), own="MUOI@example.vn").machine == "own"
    assert read(mail(b"x", b"Auto-Submitted: no")).machine == ""


def test_the_name_of_a_letter_is_its_message_id_or_else_all_of_it() -> None:
    assert read(mail(b"x")).key == read(mail(b"y")).key
    assert read(b"From: a@b.vn\r\n\r\nx").key != read(b"From: a@b.vn\r\n\r\ny").key
    assert letters.read(b"").key == letters.read(b"").key
