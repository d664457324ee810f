"""A telephone for tests that speaks SIP and RTP over loopback: it calls, rings, talks, presses and listens.

It is written from the protocol alone (RFC 3261, 3550, 4733) and shares nothing with the program.
"""

from __future__ import annotations

import re
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.exchange.phone_sound import ALAW, EVENTS, QUIET, TABLES, encoded, tones

KEYS = "0123456789*#"
FRAME = 160
Answering = Literal["answer", "busy", "silent", "unplugged"]
KeysBy = Literal["events", "info", "sound"]


@dataclass
class Call:
    """One call of a telephone, either way."""

    phone: SoftPhone
    identity: str
    local: str
    remote: str
    target: tuple[str, int]
    uri: str
    sequence: int = 1
    state: str = "trying"
    status: int = 0
    answered_at: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)
    heard: bytearray = field(default_factory=bytearray)
    loud: int = 0
    """How many samples were heard that are no silence, which a line sends too."""
    number: str = ""
    """Which number was rung; empty when this telephone calls."""
    missed: int = 0
    """Packets of sound that never came, as their numbers tell."""
    invite: str = ""
    _media: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    _peer: tuple[str, int] | None = None
    _number: int = 0
    _stamp: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._media.bind((self.phone.host, 0))
        self._media.settimeout(0.2)

    # -- sound -------------------------------------------------------------------------------------

    @property
    def codec(self) -> int:
        """How this telephone speaks: the first it offers."""
        return self.phone.codecs[0]

    @property
    def description(self) -> str:
        host, port = self._media.getsockname()
        codecs = " ".join(str(code) for code in self.phone.codecs)
        names = "".join(f"a=rtpmap:{code} {_NAMES[code]}\r\n" for code in self.phone.codecs)
        return (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {codecs}\r\n{names}a=ptime:20\r\na=sendrecv\r\n"
        )

    def connected(self, sdp: str) -> None:
        host, port = re.search(r"c=IN IP4 (\S+)", sdp), re.search(r"m=audio (\d+)", sdp)
        if host and port and self._peer is None:
            self._peer = host[1], int(port[1])
            if self.phone.listens:
                threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        quiet, last = QUIET[self.codec], -1
        while not self.ended.is_set():
            try:
                packet = self._media.recv(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            if len(packet) > 12 and packet[1] & 0x7F == self.codec:
                number = int.from_bytes(packet[2:4])
                self.missed += 0 if last < 0 else (number - last - 1) & 0x7FFF
                last = number
                self.heard += packet[12:]
                self.loud += len(packet[12:].translate(None, quiet))

    def samples(self) -> list[int]:
        """Everything heard so far, as 16-bit samples at 8 kHz."""
        table = TABLES[self.codec]
        return [table[code] for code in bytes(self.heard)]

    def _packet(self, kind: int, payload: bytes, *, mark: bool = False, stamp: int | None = None) -> None:
        if self._peer is None or self.ended.is_set():
            return
        head = struct.pack(
            "!BBHII",
            0x80,
            kind | (0x80 if mark else 0),
            self._number & 0xFFFF,
            (self._stamp if stamp is None else stamp) & 0xFFFFFFFF,
            7,
        )
        self._number += 1
        with suppress(OSError):
            self._media.sendto(head + payload, self._peer)

    def say(self, samples: list[int]) -> None:
        """Speak for as long as that takes."""
        kind = self.codec
        coded, silence = bytes(encoded(sample, kind) for sample in samples), bytes([encoded(0, kind)])
        due = time.monotonic()
        with self._lock:
            for start in range(0, len(coded), FRAME):
                self._packet(kind, coded[start : start + FRAME].ljust(FRAME, silence), mark=start == 0)
                self._stamp += FRAME
                due += FRAME / 8000
                time.sleep(max(0.0, due - time.monotonic()))

    def press(self, keys: str, *, pause: float = 0.15) -> None:
        """Press keys, in the way this telephone has: down, 100 ms, up (RFC 4733), SIP INFO, or as tones."""
        for key in keys:
            if self.phone.keys_by != "events":
                self._press_otherwise(key)
                time.sleep(pause)
                continue
            with self._lock:
                stamp, code = self._stamp, KEYS.index(key)
                for step in range(5):
                    self._packet(
                        101, struct.pack("!BBH", code, 10, FRAME * (step + 1)), mark=step == 0, stamp=stamp
                    )
                    time.sleep(0.02)
                for _ in range(3):
                    self._packet(101, struct.pack("!BBH", code, 0x80 | 10, FRAME * 6), stamp=stamp)
                self._stamp += FRAME * 6
            time.sleep(pause)

    def _press_otherwise(self, key: str) -> None:
        if self.phone.keys_by == "sound":
            self.say(tones(key) + [0] * 800)
            return
        self.sequence += 1
        self.phone.request("INFO", self, f"Signal={key}\r\nDuration=120\r\n", kind="application/dtmf-relay")

    # -- signalling ----------------------------------------------------------------------------------

    def hang_up(self) -> None:
        """End the call from this side, or give it up while it rings."""
        if self.ended.is_set():
            return
        if self.state == "up":
            self.sequence += 1
            self.phone.request("BYE", self)
        elif self.state == "trying":
            self.phone.request("CANCEL", self)
        self.over()

    def over(self) -> None:
        self.state = "over"
        self.ended.set()
        self.answered.set()
        self._media.close()

    def wait_heard(self, count: int, seconds: float = 20.0) -> bool:
        """Wait until so many samples have been heard that are no silence."""
        by = time.monotonic() + seconds
        while time.monotonic() < by and not self.ended.is_set():
            if self.loud >= count:
                return True
            time.sleep(0.02)
        return self.loud >= count

    def wait_quiet(self, quiet: float = 0.35, seconds: float = 40.0) -> bool:
        """Wait until something was heard and then nothing for `quiet` seconds."""
        by, last, since = time.monotonic() + seconds, self.loud, time.monotonic()
        heard = False
        while time.monotonic() < by and not self.ended.is_set():
            now = self.loud
            if now != last:
                last, since, heard = now, time.monotonic(), True
            elif heard and time.monotonic() - since > quiet:
                return True
            time.sleep(0.02)
        return False


_NAMES = {8: "PCMA/8000", 0: "PCMU/8000", 101: "telephone-event/8000"}


class SoftPhone:
    """One address at which SIP is spoken."""

    def __init__(self, host: str = "127.0.0.1", *, user: str = "0912345678", listens: bool = True) -> None:
        self.host, self.user, self.listens = host, user, listens
        self.codecs: tuple[int, ...] = (ALAW, EVENTS)
        self.keys_by: KeysBy = "events"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port = int(self._socket.getsockname()[1])
        self.calls: dict[str, Call] = {}
        self.rung: list[str] = []
        self.caller_ids: list[str] = []
        self.behave: Callable[[str], Answering] = lambda _number: "answer"
        self.on_answer: Callable[[Call], None] = lambda _call: None
        self.said: list[str] = []
        self._waiting: dict[str, Call] = {}
        self._closed = False
        threading.Thread(target=self._receive, daemon=True).start()

    def close(self) -> None:
        self._closed = True
        for call in list(self.calls.values()):
            call.hang_up()
        end_listening(self._socket)

    # -- out -----------------------------------------------------------------------------------------

    def call(
        self,
        port: int,
        number: str = "02583842102",
        *,
        caller: str | None = None,
        sender: str = "",
        host: str = "127.0.0.1",
    ) -> Call:
        """Call `number` at the exchange, from `caller` or the whole address `sender`; the answer is waited
        for elsewhere."""
        identity = secrets.token_hex(8)
        name = f'"{caller}" ' if caller and not caller.lstrip("+").isdigit() else ""
        user = caller if caller and caller.lstrip("+").isdigit() else self.user
        call = Call(
            self,
            identity,
            f"{sender or f'{name}<sip:{user}@{self.host}>'};tag={secrets.token_hex(4)}",
            f"<sip:{number}@{host}:{port}>",
            (host, port),
            f"sip:{number}@{host}:{port}",
        )
        self.calls[identity] = call
        self.request("INVITE", call, call.description)
        return call

    def request(self, method: str, call: Call, body: str = "", *, kind: str = "application/sdp") -> None:
        branch = f"z9hG4bK{call.identity}{call.sequence if method != 'CANCEL' else 1}"
        if method in {"BYE", "ACK"}:
            branch += method
        kind = f"Content-Type: {kind}\r\n" if body else ""
        self._send(
            f"{method} {call.uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch={branch};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: {call.local}\r\nTo: {call.remote}\r\nCall-ID: {call.identity}\r\n"
            f"CSeq: {1 if method in ('CANCEL', 'ACK') else call.sequence} {method}\r\n"
            f"Contact: <sip:{self.user}@{self.host}:{self.port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}",
            call.target,
        )

    def raw(self, text: str, port: int, host: str = "127.0.0.1") -> None:
        """Send whatever a stranger may send."""
        self._send(text, (host, port))

    def _send(self, text: str, target: tuple[str, int]) -> None:
        with suppress(OSError):
            self._socket.sendto(text.encode("utf-8", "surrogateescape"), target)

    # -- in ------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        while not self._closed:
            try:
                packet, source = self._socket.recvfrom(65536)
            except OSError:
                return
            if not packet:  # the end of listening
                continue
            text = packet.decode("utf-8", "replace")
            head, _, body = text.partition("\r\n\r\n")
            first, *lines = head.split("\r\n")
            fields = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            if first.startswith("SIP/2.0"):
                self._response(int(first.split()[1]), fields, body)
            else:
                self._request(first.split()[0], first.split()[1], fields, body, source, lines)

    def _response(self, status: int, fields: dict[str, str], body: str) -> None:
        call = self.calls.get(fields.get("call-id", ""))
        method = fields.get("cseq", "").split()[-1]
        if call is None:
            self.said.append(f"{status} {method}")
            return
        if method != "INVITE" or status == 100:
            return
        call.status = status
        if "<" in (contact := fields.get("contact", "")):
            call.uri = contact.partition("<")[2].partition(">")[0]
        if status < 200:
            return
        call.remote = fields.get("to", call.remote)
        self.request("ACK", call)
        if status == 200 and call.state == "trying":
            call.state, call.answered_at = "up", time.monotonic()
            call.connected(body)
            call.answered.set()
        elif status >= 300:
            call.over()

    def _request(
        self,
        method: str,
        uri: str,
        fields: dict[str, str],
        body: str,
        source: tuple[str, int],
        lines: list[str],
    ) -> None:
        identity = fields.get("call-id", "")
        vias = "".join(f"{line}\r\n" for line in lines if line.lower().startswith("via:"))

        def reply(status: str, *, to: str = "", sdp: str = "") -> None:
            kind = "Content-Type: application/sdp\r\n" if sdp else ""
            self._send(
                f"SIP/2.0 {status}\r\n{vias}From: {fields['from']}\r\nTo: {to or fields['to']}\r\n"
                f"Call-ID: {identity}\r\nCSeq: {fields['cseq']}\r\n"
                f"Contact: <sip:{self.user}@{self.host}:{self.port}>\r\n{kind}"
                f"Content-Length: {len(sdp)}\r\n\r\n{sdp}",
                source,
            )

        call = self.calls.get(identity)
        match method:
            case "INVITE" if call is None:
                self._rung(uri, fields, body, source, reply)
            case "INVITE":
                reply("200 OK", to=call.local if call else "", sdp=call.description if call else "")
            case "BYE":
                reply("200 OK")
                if call:
                    call.over()
            case "CANCEL":
                reply("200 OK")
                if call and call.state == "ringing":
                    self._send(
                        call.invite.replace("SIP/2.0 180 Ringing", "SIP/2.0 487 Request Terminated"), source
                    )
                    call.over()
            case "ACK":
                pass
            case _:
                reply("200 OK")

    def _rung(
        self, uri: str, fields: dict[str, str], body: str, source: tuple[str, int], reply: Callable[..., None]
    ) -> None:
        number = uri.partition(":")[2].partition("@")[0]
        self.rung.append(number)
        self.caller_ids.append(fields.get("from", ""))
        to = f"{fields['to']};tag={secrets.token_hex(4)}"
        contact = fields.get("contact", "").partition("<")[2].partition(">")[0]
        call = Call(
            self, fields["call-id"], to, fields["from"], source, contact, state="ringing", number=number
        )
        self.calls[call.identity] = call
        how = self.behave(number)
        if how in ("busy", "unplugged"):
            reply("486 Busy Here" if how == "busy" else "480 Temporarily Unavailable", to=to)
            call.over()
            return
        reply("180 Ringing", to=to)
        call.invite = (
            f"SIP/2.0 180 Ringing\r\nVia: {fields['via']}\r\nFrom: {fields['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {call.identity}\r\nCSeq: {fields['cseq']}\r\nContent-Length: 0\r\n\r\n"
        )
        if how == "silent":
            return
        call.connected(body)
        reply("200 OK", to=to, sdp=call.description)
        call.state, call.answered_at = "up", time.monotonic()
        call.answered.set()
        threading.Thread(target=self.on_answer, args=(call,), daemon=True).start()


def end_listening(here: socket.socket) -> None:
    """Close a socket, also under the thread that waits at it."""
    with suppress(OSError):  # Linux wakes the thread and says that nobody was connected
        here.shutdown(socket.SHUT_RDWR)
    here.close()
