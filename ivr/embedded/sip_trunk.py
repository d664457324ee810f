"""The way to the carrier, the exchange or the box: registered there, asked whether it is there, rung over."""

from __future__ import annotations

import re
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

import structlog

from ivr.embedded.digest import CannotAnswerError, Credentials
from ivr.embedded.g711 import Codec, codec
from ivr.embedded.media import Media
from ivr.embedded.sdp import Address
from ivr.embedded.sip_call import SipCall
from ivr.embedded.sip_endpoint import SipEndpoint
from ivr.embedded.sip_message import SipMessage
from logbook.settings.own_line import ASKS_FOR_PASSWORD, RTP_PORTS, AsteriskPart

SIP_PORT = 5060
ASKED_FOR = 300
"""Seconds for which we register."""
LOOK_AGAIN, TRY_AGAIN = 30.0, 10.0
RESOLVE_AGAIN = 300.0
SHORTEST = 5.0
"""Seconds before we register anew, however short the registrar keeps us."""
log = structlog.get_logger("ivr.embedded")


class NoPortError(OSError):
    """All ports for sound are taken."""


@dataclass
class SipTrunk:
    """Where calls come from and go to. Nothing is sent before `start`."""

    own: AsteriskPart
    password: str
    number: str
    """What a call we place shows when the way has no user of its own."""
    registered: bool = False
    hosts: frozenset[str] = frozenset()
    """The addresses whose requests are heard."""
    kept: Callable[[SipCall], None] = lambda _call: None
    """Told when a call, whoever began it, is up and when it is over."""
    endpoint: SipEndpoint = field(init=False)
    _call_id: str = field(default_factory=lambda: secrets.token_hex(16))
    _cseq: int = 0
    _next_port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Bind the address of the settings (OSError)."""
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            here.bind((self.own.local_address, self.own.sip_port))
        except OSError:
            here.close()
            raise
        self.endpoint = SipEndpoint(here, lambda host: host in self.hosts)

    @property
    def codecs(self) -> Sequence[Codec]:
        """The laws of the settings, in their order."""
        return [codec(name) for name in self.own.trunk.codecs]

    def find(self) -> Address:
        """Return the other side's first address now; what comes from there is heard (OSError)."""
        addresses = self._addresses()
        self.hosts |= set(addresses)
        return addresses[0], _host_and_port(self.own.trunk.host)[1]

    def _addresses(self) -> list[str]:
        name, port = _host_and_port(self.own.trunk.host)
        return [str(one[4][0]) for one in socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_DGRAM)]

    @property
    def credentials(self) -> Credentials | None:
        """Who we are to the other side; None where it knows us by our address."""
        if self.own.trunk.kind not in ASKS_FOR_PASSWORD:
            return None
        return Credentials(self.own.trunk.user, self.password)

    def start(self) -> None:
        """Listen, register, and look again and again."""
        self._resolve()
        self.endpoint.start()
        if self.credentials is not None:
            self._register(())
        else:
            self._look()

    def close(self) -> None:
        """Say goodbye to the registrar and listen no more."""
        if self.credentials is not None and self.registered:
            self._register((), expires=0)
        self.endpoint.close()

    def media(self) -> Media:
        """Open a port for the sound of one call (NoPortError)."""
        with self._lock:
            for _ in range(RTP_PORTS // 2):
                port = self.own.rtp_port + 2 * self._next_port
                self._next_port = (self._next_port + 1) % (RTP_PORTS // 2)
                here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                try:
                    here.bind((self.own.local_address, port))
                except OSError:
                    here.close()
                    continue
                return Media(here)
        raise NoPortError("no port is free for sound")

    def ring(self, number: str) -> SipCall:
        """Begin a call to a number, as it is dialled in Vietnam (OSError)."""
        host, port = self.find()
        there = f"{host}:{port}" if port != SIP_PORT else host
        us = self.own.trunk.user or self.number
        to, caller = f"sip:{number}@{there}", f"sip:{us}@{there if self.credentials else self._here}"
        return SipCall.begin(
            self.endpoint,
            self.media(),
            self.codecs,
            to,
            caller,
            (host, port),
            self.credentials,
            kept=self.kept,
        )

    @property
    def _here(self) -> str:
        host, port = self.endpoint.address
        return f"{host}:{port}"

    # -- is it there? ------------------------------------------------------------------------------------

    def _resolve(self) -> None:
        again = RESOLVE_AGAIN
        try:
            self.hosts = frozenset(self._addresses())
        except OSError as trouble:
            log.warning("the trunk's host has no address", host=self.own.trunk.host, why=str(trouble))
            again = TRY_AGAIN
        self.endpoint.timers.after(again, self._resolve)

    def _register(self, more: tuple[tuple[str, str], ...], expires: int = ASKED_FOR) -> None:
        user = self.own.trunk.user
        with suppress(OSError):
            target = self.find()
            self._cseq += 1
            request = SipMessage(f"REGISTER {self._registrar} SIP/2.0").add("via", self.endpoint.via())
            us = f"<sip:{user}@{_host_and_port(self.own.trunk.host)[0]}>"
            request.add("max-forwards", "70").add("from", f"{us};tag={self._call_id[:12]}").add("to", us)
            request.add("call-id", self._call_id).add("cseq", f"{self._cseq} REGISTER")
            request.add("contact", f"<sip:{user}@{self._here}>").add("expires", str(expires))
            for name, value in more:
                request.add(name, value)
            self.endpoint.ask(request, target, lambda reply: self._registered(reply, tried=bool(more)))
            return
        self._lost("no address")
        self.endpoint.timers.after(TRY_AGAIN, lambda: self._register(()))

    @property
    def _registrar(self) -> str:
        return f"sip:{self.own.trunk.host}"

    def _registered(self, reply: SipMessage | None, *, tried: bool) -> None:
        if reply is not None and reply.status == 200:
            self.registered = True
            self.endpoint.timers.after(_seconds_of(reply), lambda: self._register(()))
            return
        credentials = self.credentials
        if reply is not None and reply.status in (401, 407) and not tried and credentials is not None:
            asked = reply.get("www-authenticate") or reply.get("proxy-authenticate")
            name = "authorization" if reply.status == 401 else "proxy-authorization"
            with suppress(CannotAnswerError):
                self._register(((name, credentials.answer(asked, "REGISTER", self._registrar)),))
                return
        self._lost("no answer" if reply is None else reply.start)
        self.endpoint.timers.after(TRY_AGAIN, lambda: self._register(()))

    def _look(self) -> None:
        """Ask a box or a carrier that knows us by our address whether it is there: any answer says so."""
        with suppress(OSError):
            target = self.find()
            if ip_address(target[0]).is_loopback:  # a demonstration: nobody need be there
                self.registered = True
                return
            request = SipMessage(f"OPTIONS sip:{self.own.trunk.host} SIP/2.0")
            request.add("via", self.endpoint.via()).add("max-forwards", "70")
            request.add("from", f"<sip:tongdai@{self._here}>;tag={secrets.token_hex(4)}")
            request.add("to", f"<sip:{self.own.trunk.host}>").add("call-id", secrets.token_hex(16))
            self.endpoint.ask(request.add("cseq", "1 OPTIONS"), target, self._seen)
            return
        self._lost("no address")
        self.endpoint.timers.after(TRY_AGAIN, self._look)

    def _seen(self, reply: SipMessage | None) -> None:
        if reply is None:
            self._lost("no answer")
        else:
            self.registered = True
        self.endpoint.timers.after(LOOK_AGAIN, self._look)

    def _lost(self, why: str) -> None:
        if self.registered:
            log.warning("the trunk is lost", why=why)
        self.registered = False


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port) if port else SIP_PORT


def _seconds_of(reply: SipMessage) -> float:
    """After how long to register anew: sooner than the registrar forgets us, or than we asked for."""
    found = re.search(r";\s*expires=(\d{1,6})", " ".join(reply.all("contact")), re.IGNORECASE)
    text = found[1] if found else reply.get("expires")
    kept = int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else ASKED_FOR
    return max(SHORTEST, 0.8 * min(kept, ASKED_FOR))
