"""Mail and other addresses through apprise: real SMTP, and what its troubles mean."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from logbook.database.engine import Database
from logbook.ids import DeliveryId
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.sending.messages import Message
from scheduler.channels import ChannelError, Parcel
from scheduler.channels.address import Addresses
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
SECRET = "mat-khau-hop-thu"


class Mailbox:
    """Takes every mail, or says no with `answer`; it has no box for whoever is called `nobody`."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.mails: list[EmailMessage] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.mails.append(message_from_bytes(content, policy=policy.default))
        return self.answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


@pytest.fixture
def row(database: Database, now: datetime) -> Delivery:
    with database.writing() as conn:
        number = deliveries.put(conn, key="k", kind="new", recipient="chu-tich", channel="mail", now=now)
        found = deliveries.of_id(conn, DeliveryId(number or 0))
    assert found is not None
    return found


def parcel(row: Delivery, to: str) -> Parcel:
    return Parcel(
        row, Message("[Tổng đài] Phản ánh mới – phiếu 004217", "Kính gửi Chủ tịch\nMã phiếu: 004217"), to
    )


def mailto(port: int) -> str:
    return f"mailto://127.0.0.1:{port}/?from=tongdai@xa.example&to=chutich@xa.example&format=text"


def test_a_mail_arrives_with_its_vietnamese_subject_and_text(
    mailbox: tuple[Mailbox, int], row: Delivery
) -> None:
    box, port = mailbox
    assert Addresses().send(parcel(row, mailto(port))) is None
    (mail,) = box.mails
    assert mail["Subject"] == "[Tổng đài] Phản ánh mới – phiếu 004217"
    assert mail["To"] == "chutich@xa.example"
    text = mail.get_body(preferencelist=("plain",))
    assert text is not None
    assert "Kính gửi Chủ tịch\nMã phiếu: 004217" in text.get_content().replace("\r\n", "\n")


@pytest.mark.row("F-07")
def test_a_mail_that_is_not_taken_is_tried_later(mailbox: tuple[Mailbox, int], row: Delivery) -> None:
    box, port = mailbox
    box.answer = "451 later"
    with pytest.raises(ChannelError) as trouble:
        Addresses().send(parcel(row, mailto(port)))
    assert trouble.value.fate == "later"
    assert box.mails == []


@pytest.mark.row("F-06")
@pytest.mark.parametrize(("answer", "fate", "mails"), [("250 OK", "unclear", 1), ("451 later", "later", 0)])
def test_what_one_of_several_addresses_took_is_not_simply_sent_again(
    mailbox: tuple[Mailbox, int], row: Delivery, answer: str, fate: str, mails: int
) -> None:
    box, port = mailbox
    box.answer = answer
    both = f"mailto://127.0.0.1:{port}/chutich@xa.example/nobody@xa.example?from=tongdai@xa.example"
    with pytest.raises(ChannelError) as trouble:
        Addresses().send(parcel(row, both))
    assert (trouble.value.fate, len(box.mails)) == (fate, mails)


@pytest.mark.row("F-07")
def test_a_server_that_says_nothing_is_waited_for_a_few_seconds_only(row: Delivery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ChannelError) as trouble:
        Addresses(connect=0.5, read=0.5).send(parcel(row, mailto(silent.getsockname()[1])))
    assert trouble.value.fate == "unclear"


def answering(answer: bytes, ready: threading.Event, listening: socket.socket) -> None:
    """Take one request to its end, answer, and close."""
    ready.set()
    with listening.accept()[0] as line:
        line.settimeout(PATIENCE)
        while b"}" not in line.recv(65536):
            pass
        line.sendall(answer)


@pytest.mark.row("F-06")
@pytest.mark.row("F-07")
@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "later"),
        (b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", "later"),
        (b"", "unclear"),
        (b"HTTP/1.1 2", "unclear"),
    ],
)
def test_a_line_that_breaks_after_the_message_leaves_everybody_unsure_and_a_no_does_not(
    row: Delivery, answer: bytes, fate: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ready = threading.Event()
        service = threading.Thread(target=answering, args=(answer, ready, listening))
        service.start()
        ready.wait(PATIENCE)
        with pytest.raises(ChannelError) as trouble:
            Addresses(read=PATIENCE, total=PATIENCE).send(
                parcel(row, f"json://127.0.0.1:{listening.getsockname()[1]}/")
            )
        service.join()
    assert trouble.value.fate == fate


@pytest.mark.row("F-07")
@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:9/",
        "json://nowhere.invalid/",
        "mailto://127.0.0.1:9/?from=a@xa.example&to=b@xa.example",
    ],
)
def test_without_a_connection_nothing_was_sent(row: Delivery, address: str) -> None:
    with pytest.raises(ChannelError) as trouble:
        Addresses(connect=1, read=1).send(parcel(row, address))
    assert trouble.value.fate == "later"


@pytest.mark.parametrize("address", ["not an address", "unknown://host", "mailto://", ""])
def test_an_address_nobody_understands_is_refused_for_good(row: Delivery, address: str) -> None:
    with pytest.raises(ChannelError) as trouble:
        Addresses().send(parcel(row, address))
    assert (trouble.value.fate, trouble.value.result) == ("refused", "not_set_up")


@pytest.mark.row("T-04")
@pytest.mark.parametrize(
    "address",
    [
        f"zalo://{SECRET}",
        f"tgram://{SECRET}/x",
        f"mailto://nguoi:{SECRET}@127.0.0.1:9/?from=tongdai@xa.example&to=chutich@xa.example",
    ],
)
def test_no_word_of_an_address_is_logged_or_kept(
    row: Delivery, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ChannelError) as trouble:
        Addresses(connect=0.5, read=0.5).send(parcel(row, address))
    seen = caplog.text + str(trouble.value)
    assert SECRET not in seen
    assert "xa.example" not in seen
    assert trouble.value.__cause__ is None


def test_nobody_can_be_asked_about_a_mail(row: Delivery, now: datetime) -> None:
    assert Addresses().sent(parcel(row, "mailto://x"), now) is None


def test_two_threads_send_at_the_same_time(mailbox: tuple[Mailbox, int], row: Delivery) -> None:
    box, port = mailbox
    threads = [threading.Thread(target=Addresses().send, args=(parcel(row, mailto(port)),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(box.mails) == 2
