"""One call in SIP, either way: rings, is answered, refused or given up, and ends (RFC 3261, 12 to 15)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import structlog

from ivr.embedded import sdp
from ivr.embedded.digest import CannotAnswerError, Credentials
from ivr.embedded.g711 import Codec
from ivr.embedded.media import Media
from ivr.embedded.sdp import Address, NoCommonSoundError
from ivr.embedded.sip_endpoint import GIVE_UP, T1, T2, ClientTransaction, SipEndpoint
from ivr.embedded.sip_message import SipMessage, listed, tag_of, uri_of
from ivr.embedded.timers import Later
from ivr.phone.line import LegStatus

CallState = Literal["ringing", "up", "over"]
BUSY, SILENT = frozenset({486, 600, 603}), frozenset({408, 480, 487})
_SIGNAL = re.compile(r"(?im)^\s*signal\s*=\s*([0-9*#])\s*$")
log = structlog.get_logger("ivr.embedded")


@dataclass
class SipCall:
    """A call and its sound. Whatever is waited for is told by `media.changed`."""

    endpoint: SipEndpoint
    media: Media
    codecs: Sequence[Codec]
    call_id: str
    ours: str
    """Our From or To field, with its tag."""
    theirs: str
    uri: str
    """Where requests within the call go to."""
    peer: Address
    routes: list[str] = field(default_factory=list)
    cseq: int = 0
    state: CallState = "ringing"
    ended: LegStatus = "completed"
    """How a call that we began came to its end before it was answered."""
    kept: Callable[[SipCall], None] = lambda _call: None
    """Told when a call is up and when it is over, to keep note of it."""
    reads: bool = False
    """Whether the other side shows text."""
    heard_text: Callable[[str], None] = lambda _text: None
    """Told what the other side shows."""
    _invite: SipMessage | None = None
    _asked: ClientTransaction | None = None
    _again: Later | None = None
    _answered: bytes = b""
    _acknowledged: bool = False
    _version: int = 1
    _credentials: Credentials | None = None
    _tried: bool = False
    _given_up: bool = False

    @property
    def number(self) -> str:
        """What tells this call from all others, fit to be the name of a file."""
        return tag_of(self.ours)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state == "over"

    # -- calls that come in ----------------------------------------------------------------------------

    @classmethod
    def invited(
        cls,
        endpoint: SipEndpoint,
        media: Media,
        codecs: Sequence[Codec],
        request: SipMessage,
        source: Address,
    ) -> SipCall:
        """Take a call that comes in; it rings until it is answered or refused."""
        call = cls(
            endpoint,
            media,
            codecs,
            request.get("call-id"),
            f"{request.get('to')};tag={secrets.token_hex(8)}",
            request.get("from"),
            uri_of(request.get("contact")),
            source,
            listed(request.all("record-route")),
        )
        call._invite = request
        # what is said is shown as text on this machine only: nobody on the way shall read it
        call.reads = "text/plain" in request.get("accept") and source[0].startswith("127.")
        endpoint.dialogs[call.call_id, tag_of(call.ours)] = call
        return call

    def answer(self) -> bool:
        """Pick up; False when there is no sound both know, or the caller is gone."""
        request = self._invite
        if self.state != "ringing" or request is None:
            return self.state == "up"
        body = request.body.decode("utf-8", "replace")
        try:
            found = sdp.agreed(body, self.codecs) if body else None
        except NoCommonSoundError as trouble:
            log.warning("no common sound", why=str(trouble))
            self.refuse("488 Not Acceptable Here")
            return False
        here = self.media.here
        described = sdp.answer(here, found, body) if found else sdp.offer(here, self.codecs)
        with self.media.changed:
            self.state = "up"
        if found:
            self.media.agree(found)
        self._accept(request, described)
        self.kept(self)
        return True

    def _accept(self, request: SipMessage, described: bytes) -> None:
        """Send 200, again and again until the caller has it."""
        self._acknowledged = False
        self._answered = self.endpoint.answer(
            request, self.peer, "200 OK", tag=tag_of(self.ours), body=described
        )
        self._again = self.endpoint.timers.after(T1, lambda: self._accept_again(T1, T1))

    def _accept_again(self, pause: float, waited: float) -> None:
        if self._acknowledged or self.is_over:
            return
        if waited >= GIVE_UP:
            log.warning("nobody acknowledged the answer")
            self.hang_up()
            return
        self.endpoint.send(self._answered, self.peer)
        pause = min(2 * pause, T2)
        self._again = self.endpoint.timers.after(pause, lambda: self._accept_again(pause, waited + pause))

    def refuse(self, status: str) -> None:
        """Do not pick up."""
        if self.state == "ringing" and self._invite is not None:
            self.endpoint.answer(self._invite, self.peer, status, tag=tag_of(self.ours))
            self._over()

    # -- calls that we begin ---------------------------------------------------------------------------

    @classmethod
    def begin(
        cls,
        endpoint: SipEndpoint,
        media: Media,
        codecs: Sequence[Codec],
        to: str,
        caller: str,
        target: Address,
        credentials: Credentials | None = None,
        *,
        reads: bool = False,
        kept: Callable[[SipCall], None] = lambda _call: None,
    ) -> SipCall:
        """Ring the SIP address `to` at `target`, as the SIP address `caller`."""
        call = cls(
            endpoint,
            media,
            codecs,
            f"{secrets.token_hex(16)}@{endpoint.address[0]}",
            f"<{caller}>;tag={secrets.token_hex(8)}",
            f"<{to}>",
            to,
            target,
        )
        call._credentials = credentials
        call.reads, call.kept = reads, kept
        endpoint.dialogs[call.call_id, tag_of(call.ours)] = call
        call._send_invite(())
        return call

    def _send_invite(self, more: tuple[tuple[str, str], ...]) -> None:
        self.cseq += 1
        request = self._request("INVITE", body=sdp.offer(self.media.here, self.codecs))
        request.add("content-type", "application/sdp")
        if self.reads:
            request.add("accept", "application/sdp, text/plain")
        for name, value in more:
            request.add(name, value)
        self._invite = request
        self._asked = ClientTransaction(request, self.peer, self._hear_ringing)
        self.endpoint.begin(self._asked)

    def _hear_ringing(self, reply: SipMessage | None) -> None:
        """An answer to our INVITE."""
        if reply is None:
            self._end_as("no-answer")
            return
        if reply.status < 200:
            if self._given_up and not self.is_over:
                self._cancel()
            return
        if reply.status >= 300:
            self._refused(reply)
            return
        self.theirs, self.uri = reply.get("to"), uri_of(reply.get("contact")) or self.uri
        self.routes = listed(reply.all("record-route"))[::-1]
        acknowledged = self._request("ACK").rendered()
        if self._asked is not None:
            self._asked.acknowledged = acknowledged
        self.endpoint.send(acknowledged, self.peer)
        try:
            self.media.agree(sdp.agreed(reply.body.decode("utf-8", "replace"), self.codecs))
        except NoCommonSoundError as trouble:
            log.warning("no common sound", why=str(trouble))
            self._given_up = True
        with self.media.changed:
            if self.state == "ringing":
                self.state = "up"
            self.media.changed.notify_all()
        self.kept(self)
        if self._given_up:  # it was picked up in the moment we gave it up
            self.state = "up"
            self.hang_up()

    def _refused(self, reply: SipMessage) -> None:
        asked = self._asked
        if asked is not None:
            asked.acknowledged = self._acknowledgement(asked.request, reply)
            self.endpoint.send(asked.acknowledged, self.peer)
        challenge = reply.get("www-authenticate") or reply.get("proxy-authenticate")
        if reply.status in (401, 407) and self._credentials and not self._tried and not self._given_up:
            self._tried = True
            try:
                said = self._credentials.answer(challenge, "INVITE", self.uri)
            except CannotAnswerError as trouble:
                log.warning("a challenge that cannot be answered", asked=str(trouble))
            else:
                name = "authorization" if reply.status == 401 else "proxy-authorization"
                self._send_invite(((name, said),))
                return
        self._end_as("busy" if reply.status in BUSY else "no-answer" if reply.status in SILENT else "failed")

    def _acknowledgement(self, request: SipMessage, reply: SipMessage) -> bytes:
        """The ACK of a refusal belongs to the transaction that was refused."""
        done = SipMessage(f"ACK {request.uri} SIP/2.0").add("via", request.get("via"))
        done.add("max-forwards", "70").add("from", request.get("from")).add("to", reply.get("to"))
        number = request.get("cseq").partition(" ")[0]
        return done.add("call-id", self.call_id).add("cseq", f"{number} ACK").rendered()

    def _cancel(self) -> None:
        if self._invite is None:
            return
        cancel = SipMessage(f"CANCEL {self._invite.uri} SIP/2.0").add("via", self._invite.get("via"))
        cancel.add("max-forwards", "70")
        for name in ("from", "to", "call-id"):
            cancel.add(name, self._invite.get(name))
        number = self._invite.get("cseq").partition(" ")[0]
        self.endpoint.ask(cancel.add("cseq", f"{number} CANCEL"), self.peer, lambda _reply: None)

    def _end_as(self, status: LegStatus) -> None:
        self.ended = status
        self._over()

    # -- both ------------------------------------------------------------------------------------------

    def hang_up(self) -> None:
        """End the call, or give it up while it rings."""
        with self.media.changed:
            state = self.state
        if state == "up":
            self.cseq += 1
            self.endpoint.ask(self._request("BYE"), self.peer, lambda _reply: None)
            self._over()
        elif state == "ringing" and self._asked is not None:
            self._given_up = True
            self._cancel()
            self.endpoint.timers.after(GIVE_UP, self._over)  # should nothing come any more (RFC 3261, 9.1)
        elif state == "ringing":
            self.refuse("480 Temporarily Unavailable")

    def lose(self) -> None:
        """End without a word: the address it is spoken at is closed."""
        self._over()

    def show(self, text: str) -> None:
        """Send a sentence as text, to a telephone that asked for it."""
        if self.reads and self.state == "up":
            self.cseq += 1
            message = self._request("MESSAGE", body=text.encode())
            message.add("content-type", "text/plain;charset=UTF-8")
            self.endpoint.ask(message, self.peer, lambda _reply: None)

    def hear(self, request: SipMessage, source: Address) -> None:
        """Take a request within the call."""
        match request.method:
            case "ACK":
                self._acknowledge(request)
            case "CANCEL":
                self.endpoint.answer(request, source, "200 OK", tag=tag_of(self.ours))
                self.refuse("487 Request Terminated")
            case "BYE":
                self.endpoint.answer(request, source, "200 OK")
                self._over()
            case "INVITE" | "UPDATE":
                self._again_invited(request, source)
            case "INFO":
                self.endpoint.answer(request, source, "200 OK")
                found = _SIGNAL.search(request.body.decode("utf-8", "replace"))
                if found:
                    self.media.take_key(found[1])
            case "MESSAGE":
                self.endpoint.answer(request, source, "200 OK")
                self.heard_text(request.body.decode("utf-8", "replace"))
            case "OPTIONS":
                self.endpoint.answer(request, source, "200 OK")
            case _:
                self.endpoint.answer(request, source, "405 Method Not Allowed")

    def _acknowledge(self, request: SipMessage) -> None:
        if self._again is not None:
            self._again.call_off()
        if not self._acknowledged and request.body and self._invite is not None and not self._invite.body:
            try:
                self.media.agree(sdp.agreed(request.body.decode("utf-8", "replace"), self.codecs))
            except NoCommonSoundError as trouble:
                log.warning("no common sound", why=str(trouble))
        self._acknowledged = True

    def _again_invited(self, request: SipMessage, source: Address) -> None:
        """The other side moves its sound, puts us on hold, or asks whether we are still there (RFC 4028)."""
        if self.state != "up":
            self.endpoint.answer(request, source, "491 Request Pending")
            return
        body = request.body.decode("utf-8", "replace")
        described = b""
        try:
            if body:
                found = sdp.agreed(body, self.codecs)
                self._version += 1
                described = sdp.answer(self.media.here, found, body, self._version)
                self.media.agree(found)
            elif request.method == "INVITE":
                described = sdp.offer(self.media.here, self.codecs, self._version)
        except NoCommonSoundError:
            self.endpoint.answer(request, source, "488 Not Acceptable Here")
            return
        if request.get("contact"):
            self.uri = uri_of(request.get("contact"))
        self.endpoint.answer(request, source, "200 OK", body=described)

    def _request(self, method: str, body: bytes = b"") -> SipMessage:
        request = SipMessage(f"{method} {self.uri} SIP/2.0", body=body)
        request.add("via", self.endpoint.via()).add("max-forwards", "70")
        for route in self.routes:
            request.add("route", route)
        request.add("from", self.ours).add("to", self.theirs).add("call-id", self.call_id)
        number = self._invite_number() if method == "ACK" else self.cseq
        request.add("cseq", f"{number} {method}").add("contact", self.endpoint.contact)
        return request.add("user-agent", "tongdai")

    def _invite_number(self) -> str:
        return self._invite.get("cseq").partition(" ")[0] if self._invite else "1"

    def _over(self) -> None:
        with self.media.changed:
            if self.state == "over":
                return
            self.state = "over"
        if self._again is not None:
            self._again.call_off()
        self.media.close()
        self.endpoint.timers.after(GIVE_UP, self._forget)
        self.kept(self)

    def _forget(self) -> None:
        self.endpoint.dialogs.pop((self.call_id, tag_of(self.ours)), None)
