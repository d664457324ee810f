"""A SIP message: its first line, its fields in order, its body (RFC 3261, sections 7 and 20)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

LONGEST_MESSAGE = 16 * 1024
_SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}
_SHORT |= {"c": "content-type", "s": "subject", "k": "supported", "e": "content-encoding"}
_METHOD = re.compile(r"[A-Z]{2,16}", re.ASCII)
_URI = re.compile(r"sips?:(?:([^@>\s]*)@)?([^;>\s?]+)", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r";\s*tag=([^;\s>,]+)", re.IGNORECASE)


class NotSipError(ValueError):
    """What came is no SIP message."""


@dataclass(frozen=True)
class SipUri:
    """The parts of an address that matter here."""

    user: str
    host: str


@dataclass
class SipMessage:
    """A request or a response; names of fields are lower case."""

    start: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def status(self) -> int:
        """The code of a response; 0 for a request."""
        return int(self.start[8:11]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """What is asked; for a response, what it answers."""
        return self.get("cseq").rpartition(" ")[2] if self.status else self.start.partition(" ")[0]

    @property
    def uri(self) -> str:
        """The address a request is for."""
        return self.start.split(" ")[1]

    @property
    def branch(self) -> str:
        """What tells one transaction from another."""
        return parameter(self.get("via"), "branch")

    def get(self, name: str) -> str:
        """Return the first field of that name, or nothing."""
        return next((value for known, value in self.fields if known == name), "")

    def all(self, name: str) -> list[str]:
        """Return the fields of that name, in their order."""
        return [value for known, value in self.fields if known == name]

    def add(self, name: str, value: str) -> SipMessage:
        """Add a field at the end; a line break in a value would be another field, so it is a blank."""
        self.fields.append((name, re.sub(r"[\r\n]+", " ", value)))
        return self

    def rendered(self) -> bytes:
        """Return the message as it is sent."""
        head = [self.start, *(f"{name.title()}: {value}" for name, value in self.fields)]
        if self.body or not self.get("content-length"):
            head.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*head, "", ""]).encode("utf-8", "surrogateescape") + self.body


def parsed(packet: bytes) -> SipMessage:
    """Read one datagram; NotSipError."""
    if len(packet) > LONGEST_MESSAGE:
        raise NotSipError("too long")
    head, found, body = packet.partition(b"\r\n\r\n")
    if not found:
        raise NotSipError("no end of the head")
    start, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            fields[-1] = fields[-1][0], f"{fields[-1][1]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise NotSipError("a field without a colon")
        known = name.strip().lower()
        fields.append((_SHORT.get(known, known), value.strip()))
    message = SipMessage(start, fields, body)
    _refuse_broken(message)
    return message


def _refuse_broken(message: SipMessage) -> None:
    if message.start.startswith("SIP/2.0 "):
        if not re.fullmatch(r"[1-6]\d\d", message.start[8:11], re.ASCII):
            raise NotSipError("a status that is no number")
    else:
        parts = message.start.split(" ")
        if len(parts) != 3 or parts[2] != "SIP/2.0" or not _METHOD.fullmatch(parts[0]):
            raise NotSipError("neither a request nor a response")
    for name in ("via", "from", "to", "call-id", "cseq"):
        if not message.get(name):
            raise NotSipError(f"no field {name}")
    number = message.get("cseq").partition(" ")[0]
    if not (number.isascii() and number.isdigit()) or len(number) > 10:
        raise NotSipError("no number of its order")
    length = message.get("content-length")
    if length.isascii() and length.isdigit() and len(length) < 6:
        message.body = message.body[: int(length)]


def parameter(value: str, name: str) -> str:
    """Return a parameter of a field, or nothing."""
    found = re.search(rf";\s*{name}=([^;,\s]+)", value, re.IGNORECASE)
    return found[1] if found else ""


def tag_of(value: str) -> str:
    """Return the tag of a From or To field, or nothing."""
    found = _TAG.search(value.rpartition(">")[2] if ">" in value else value)
    return found[1] if found else ""


def address_of(value: str) -> SipUri:
    """Return who stands in a From, To or Contact field; a display name is no address."""
    plain = value.rpartition("<")[2] if "<" in value else value
    found = _URI.search(plain) or re.search(r"tel:([^;>\s]+)()", plain)
    return SipUri(found[1] or "", found[2]) if found else SipUri("", "")


def uri_of(value: str) -> str:
    """Return the bare address of a Contact or Record-Route field."""
    if "<" in value:
        return value.rpartition("<")[2].partition(">")[0]
    return value.partition(";")[0].strip()


def listed(values: Iterable[str]) -> list[str]:
    """Part fields that hold several addresses separated by commas."""
    return [one.strip() for value in values for one in re.split(r",(?=\s*<)", value) if one.strip()]
