"""Asks Asterisk's manager interface to ring somebody, and how the exchange stands (AMI over loopback)."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

Message: TypeAlias = dict[str, str]
Ringing: TypeAlias = Literal["answered", "busy", "no-answer", "failed"]
USER = "tongdai"
ASK_SECONDS = 5.0
LONGEST_MESSAGE = 64 * 1024
_VALUE = re.compile(r"[A-Za-z0-9+@/_.:-]{1,200}", re.ASCII)
_REASONS: Mapping[str, Ringing] = {"1": "no-answer", "3": "no-answer", "5": "busy"}
_CAUSES: Mapping[str, Ringing] = {"17": "busy", "21": "busy", "18": "no-answer", "19": "no-answer"}
"""What a refusal before any ringing says: only the end of its channel tells busy from away (Q.850)."""
CAUSE_SECONDS = 1.0


class ManagerError(Exception):
    """Asterisk could not be asked, or refused."""


@dataclass(frozen=True)
class Manager:
    """Asterisk's manager interface on this machine."""

    port: int
    secret: str
    host: str = "127.0.0.1"

    def ring(self, endpoint: str, token: str, caller_id: str, seconds: float) -> Ringing:
        """Ring `endpoint` for `seconds` and say how that ended; who picks up comes in by `token`.

        ManagerError when Asterisk cannot be asked, ValueError for what no name or number is made of.
        """
        wanted = {
            "Action": "Originate",
            "ActionID": token,
            "Channel": endpoint,
            "Context": "product-out",
            "Exten": token,
            "Priority": "1",
            "Timeout": str(round(seconds * 1000)),
            "CallerID": caller_id,
            "Async": "true",
            "ChannelId": token,
        }
        with self._signed_in("call") as wire:
            wire.send(wanted)
            return self._rung(wire, token, seconds)

    @staticmethod
    def _rung(wire: _Wire, token: str, seconds: float) -> Ringing:
        """Listen until it is known how ringing ended: by its answer, and by why its channel was hung up."""
        cause, reason = "", ""
        for message in wire.messages(time.monotonic() + seconds + ASK_SECONDS):
            if message.get("Event") == "Hangup" and message.get("Uniqueid") == token:
                cause = message.get("Cause", "")
            elif message.get("ActionID") == token and message.get("Response") == "Error":
                raise ManagerError(message.get("Message", "refused"))
            elif message.get("ActionID") == token and message.get("Event") == "OriginateResponse":
                if message.get("Response") == "Success":
                    return "answered"
                reason = message.get("Reason", "")
                break
        if reason and not cause:
            late = wire.messages(time.monotonic() + CAUSE_SECONDS)
            ends = (one for one in late if one.get("Event") == "Hangup" and one.get("Uniqueid") == token)
            cause = next((one.get("Cause", "") for one in ends), "")
        return _CAUSES.get(cause) or _REASONS.get(reason, "failed")

    def listed(self, action: str, **details: str) -> list[Message]:
        """Return what a listing action lists, one message an entry (ManagerError)."""
        with self._signed_in("off") as wire:
            wire.send({"Action": action, "ActionID": "list", **details})
            found: list[Message] = []
            for message in wire.messages(time.monotonic() + ASK_SECONDS):
                if message.get("Response") == "Error":
                    if "No " in message.get("Message", ""):
                        return []
                    raise ManagerError(message.get("Message", "refused"))
                if message.get("EventList") == "Complete":
                    return found
                if "Event" in message and message.get("ActionID") == "list":
                    found.append(message)
        raise ManagerError(f"no end of {action}")

    @contextmanager
    def _signed_in(self, events: str) -> Iterator[_Wire]:
        try:
            with closing(socket.create_connection((self.host, self.port), ASK_SECONDS)) as connection:
                wire = _Wire(connection)
                wire.greeted()
                login = {"Action": "Login", "ActionID": "in", "Username": USER, "Secret": self.secret}
                wire.send({**login, "Events": events})
                for message in wire.messages(time.monotonic() + ASK_SECONDS):
                    if message.get("ActionID") != "in":
                        continue
                    if message.get("Response") != "Success":
                        raise ManagerError(message.get("Message", "refused"))
                    break
                else:
                    raise ManagerError("no answer to the login")
                yield wire
                with suppress(OSError):
                    wire.send({"Action": "Logoff"})
        except OSError as error:
            raise ManagerError(str(error)) from error


class _Wire:
    """Messages of one connection: lines `Name: value`, ended by an empty one."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def greeted(self) -> None:
        by = time.monotonic() + ASK_SECONDS
        while b"\n" not in self._buffer:
            self._more(by)
        greeting, _, self._buffer = self._buffer.partition(b"\n")
        if not greeting.startswith(b"Asterisk Call Manager"):
            raise ManagerError("not Asterisk's manager interface")

    def send(self, fields: Mapping[str, str]) -> None:
        for name, value in fields.items():
            if not _VALUE.fullmatch(value):
                raise ValueError(f"not a value of {name}")
        text = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._connection.sendall(text.encode() + b"\r\n")

    def messages(self, by: float) -> Iterator[Message]:
        """Everything that comes in until then (ManagerError when the connection ends)."""
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if found:
                self._buffer = rest
                lines = head.decode("utf-8", "replace").split("\r\n")
                yield {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
                continue
            if time.monotonic() >= by:
                return
            with suppress(TimeoutError):
                self._more(by)

    def _more(self, by: float) -> None:
        if len(self._buffer) > LONGEST_MESSAGE:
            raise ManagerError("a message without an end")
        self._connection.settimeout(max(0.01, by - time.monotonic()))
        piece = self._connection.recv(LONGEST_MESSAGE)
        if not piece:
            raise ManagerError("the connection ended")
        self._buffer += piece
