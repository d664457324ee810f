"""One address at which SIP is spoken over UDP: sends until answered, answers what is known, drops strangers.

Timers and what is sent again follow RFC 3261, section 17.
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ivr.embedded.sdp import Address
from ivr.embedded.sip_message import NotSipError, SipMessage, parsed, tag_of
from ivr.embedded.timers import Later, Timers

T1, T2, GIVE_UP = 0.5, 4.0, 32.0
MOST_REMEMBERED = 4000
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE"
log = structlog.get_logger("ivr.embedded")


class Dialog(Protocol):
    """A call that further requests belong to."""

    def hear(self, request: SipMessage, source: Address) -> None:
        """Take a request within the call."""

    def lose(self) -> None:
        """End: nothing can be sent or heard any more."""


@dataclass
class ClientTransaction:
    """A request that is sent until it is answered; `hear` is told each answer up to the last one, once.

    None when no last one ever came to a request, or nothing at all to an INVITE, which may ring for long.
    """

    request: SipMessage
    target: Address
    hear: Callable[[SipMessage | None], None]
    pause: float = T1
    again: Later | None = None
    end: Later | None = None
    answered: bool = False
    over: bool = False
    """The last answer came; whatever comes again says nothing new."""
    acknowledged: bytes = b""
    """What is sent again when the last answer comes again."""


@dataclass
class SipEndpoint:
    """Everything of one UDP address. `trusts` says whose requests are heard; all others get no answer."""

    here: socket.socket
    trusts: Callable[[str], bool]
    invited: Callable[[SipMessage, Address], None] = lambda _request, _source: None
    advertised: str = ""
    """The address others reach us at; the one the socket is bound to when empty."""
    timers: Timers = field(default_factory=Timers)
    dialogs: dict[tuple[str, str], Dialog] = field(default_factory=dict)
    strangers: int = 0
    _asked: dict[str, ClientTransaction] = field(default_factory=dict)
    _answers: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _closed: bool = False

    def __post_init__(self) -> None:
        """Listen to nobody yet."""
        self._listener = threading.Thread(target=self._listen, name="sip", daemon=True)

    @property
    def address(self) -> Address:
        """Host and port, as others see them."""
        host, port = self.here.getsockname()
        return self.advertised or str(host), int(port)

    @property
    def contact(self) -> str:
        """Our address within calls."""
        host, port = self.address
        return f"<sip:tongdai@{host}:{port}>"

    def start(self) -> None:
        """Listen from now on."""
        self._listener.start()

    def close(self) -> None:
        """Listen no more; calls that go on, and those that wait for a last answer, end with it."""
        self._closed = True
        self.timers.end()
        with suppress(OSError):
            self.here.sendto(b"", self.here.getsockname())  # wakes the thread that listens
        if self._listener.is_alive():
            self._listener.join(1.0)
        for dialog in list(self.dialogs.values()):
            dialog.lose()
        self.here.close()

    def send(self, packet: bytes, target: Address) -> None:
        """Send once; what is lost is sent again elsewhere."""
        with suppress(OSError):
            self.here.sendto(packet, target)

    # -- asking ------------------------------------------------------------------------------------------

    def via(self) -> str:
        """A Via field with a branch of its own."""
        host, port = self.address
        return f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(12)};rport"

    def ask(
        self, request: SipMessage, target: Address, hear: Callable[[SipMessage | None], None]
    ) -> ClientTransaction:
        """Send a request, again and again until it is answered; `hear` runs in the thread that listens."""
        asked = ClientTransaction(request, target, hear)
        self.begin(asked)
        return asked

    def begin(self, asked: ClientTransaction) -> None:
        """Send what is asked; the answer may be heard before this returns."""
        request = asked.request
        key = f"{request.branch} {request.method}"
        with self._lock:
            self._asked[key] = asked
        asked.again = self.timers.after(T1, lambda: self._ask_again(asked))
        asked.end = self.timers.after(GIVE_UP, lambda: self._give_up(key, asked))
        self.send(request.rendered(), asked.target)

    def _ask_again(self, asked: ClientTransaction) -> None:
        if asked.answered or self._closed:
            return
        self.send(asked.request.rendered(), asked.target)
        longest = GIVE_UP if asked.request.method == "INVITE" else T2
        asked.pause = min(2 * asked.pause, longest)
        asked.again = self.timers.after(asked.pause, lambda: self._ask_again(asked))

    def _give_up(self, key: str, asked: ClientTransaction) -> None:
        with self._lock:
            self._asked.pop(key, None)
            answered, asked.answered = asked.answered, True
        if not answered:
            asked.hear(None)

    def _hear_answer(self, answer: SipMessage) -> None:
        with self._lock:
            asked = self._asked.get(f"{answer.branch} {answer.method}")
            if asked is None or (answer.status < 200 and asked.request.method != "INVITE"):
                return  # RFC 3261, 17.1.2: only a last answer ends the asking
            known, asked.over = asked.over, asked.over or answer.status >= 200
            asked.answered = True
        if known:
            if asked.acknowledged and answer.status >= 200:
                self.send(asked.acknowledged, asked.target)
            return
        if asked.again is not None:
            asked.again.call_off()
        asked.hear(answer)

    # -- answering ---------------------------------------------------------------------------------------

    def answer(
        self,
        request: SipMessage,
        source: Address,
        status: str,
        *,
        tag: str = "",
        body: bytes = b"",
        more: tuple[tuple[str, str], ...] = (),
    ) -> bytes:
        """Answer a request, and the same way when it comes again; return what was sent."""
        reply = SipMessage(f"SIP/2.0 {status}", body=body)
        vias = request.all("via")
        if "received=" not in vias[0]:
            vias[0] = f"{vias[0].replace(';rport', '', 1)};received={source[0]};rport={source[1]}"
        for via in vias:
            reply.add("via", via)
        for route in request.all("record-route"):
            reply.add("record-route", route)
        to = request.get("to")
        reply.add("from", request.get("from"))
        reply.add("to", f"{to};tag={tag}" if tag and not tag_of(to) else to)
        for name in ("call-id", "cseq"):
            reply.add(name, request.get(name))
        reply.add("contact", self.contact).add("allow", ALLOW).add("user-agent", "tongdai")
        if body:
            reply.add("content-type", "application/sdp")
        for name, value in more:
            reply.add(name, value)
        packet = reply.rendered()
        self._remember(_transaction(request), packet)
        self.send(packet, source)
        return packet

    def _remember(self, key: str, packet: bytes) -> None:
        with self._lock:
            self._answers[key] = packet
            while len(self._answers) > MOST_REMEMBERED:
                del self._answers[next(iter(self._answers))]

    def _listen(self) -> None:
        while not self._closed:
            try:
                packet, source = self.here.recvfrom(65535)
            except OSError:
                continue
            if len(packet) < 20:  # what routers and telephones send to keep a way open
                continue
            try:
                self._take(packet, source)
            except NotSipError:
                self.strangers += 1
            except Exception:
                log.exception("a message was not understood")

    def _take(self, packet: bytes, source: Address) -> None:
        if not self.trusts(source[0]):
            self.strangers += 1
            if self.strangers & (self.strangers - 1) == 0:  # the first, second, fourth … of them
                log.warning("a stranger knocked", address=source[0], times=self.strangers)
            return
        message = parsed(packet)
        if message.status:
            self._hear_answer(message)
            return
        with self._lock:
            known = self._answers.get(_transaction(message))
        if known is not None and message.method != "ACK":
            self.send(known, source)
            return
        self._hear_request(message, source)

    def _hear_request(self, request: SipMessage, source: Address) -> None:
        tag = tag_of(request.get("to"))
        dialog = self.dialogs.get((request.get("call-id"), tag)) if tag else None
        if dialog is not None:
            dialog.hear(request, source)
            return
        match request.method:
            case "ACK":
                pass
            case "INVITE" if not tag:
                self.answer(request, source, "100 Trying")
                self.invited(request, source)
            case "CANCEL":
                self._cancel(request, source)
            case "OPTIONS":
                self.answer(request, source, "200 OK", tag=secrets.token_hex(4))
            case "INVITE" | "BYE" | "INFO" | "UPDATE" | "MESSAGE" if tag:
                self.answer(request, source, "481 Call/Transaction Does Not Exist")
            case _:
                self.answer(request, source, "405 Method Not Allowed", tag=secrets.token_hex(4))

    def _cancel(self, request: SipMessage, source: Address) -> None:
        """The caller gives up while it rings: the call is told by the branch of what began it."""
        begun = next(
            (one for (call_id, _), one in list(self.dialogs.items()) if call_id == request.get("call-id")),
            None,
        )
        if begun is None:
            self.answer(request, source, "481 Call/Transaction Does Not Exist")
        else:
            begun.hear(request, source)


def _transaction(request: SipMessage) -> str:
    method = "INVITE" if request.method == "ACK" else request.method
    return f"{request.branch} {request.get('via').partition(';')[0]} {method} {request.get('cseq')[:12]}"
