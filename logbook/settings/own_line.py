"""Settings of the office's own line: the trunk Asterisk reaches the carrier by, its telephones, its ports."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from logbook.settings.environment_values import is_host
from logbook.settings.errors import refusal
from logbook.settings.shapes import Key, Part, count, refuse_twice

CarrierName = Literal["twilio", "other", "asterisk", "embedded"]
OWN_CARRIERS: frozenset[CarrierName] = frozenset({"asterisk", "embedded"})
"""The office has a line of its own: Asterisk, or SIP by this program."""
TrunkKind = Literal["register", "address", "box", "pbx"]
ASKS_FOR_PASSWORD: frozenset[TrunkKind] = frozenset({"register", "pbx"})
RTP_PORTS = 1000
"""Ports of the sound: two a call, so 500 calls."""


def _trunk_host(text: str) -> str:
    if not text.isascii() or not is_host(text) or text.startswith("["):
        raise refusal("phải là tên máy hoặc địa chỉ IPv4", "must be a host name or an IPv4 address")
    return text


def _inside(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        address = None
    if address is None or address.version != 4 or not (address.is_private or address.is_loopback):
        raise refusal(
            "phải là địa chỉ IPv4 trong mạng của cơ quan, không phải địa chỉ công cộng",
            "must be an IPv4 address inside the office's network, not a public one",
        )
    if address.is_unspecified:
        raise refusal("phải là đúng một địa chỉ", "must be one address")
    return text


class TrunkPart(Part):
    """The way to the carrier; `lines` are the calls it carries at once, the last ones kept for callers."""

    kind: TrunkKind
    host: Annotated[str, Field(max_length=253), AfterValidator(_trunk_host)]
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9+_.-]{0,64}$")]
    codecs: Annotated[tuple[Literal["alaw", "ulaw"], ...], Field(min_length=1)]
    lines: Annotated[int, count(1, 450)]
    kept_for_callers: Annotated[int, count(0, 449)]

    @model_validator(mode="after")
    def _leaves_a_line(self) -> TrunkPart:
        if self.kept_for_callers >= self.lines:
            raise refusal("phải ít hơn lines", "must be less than lines", "kept_for_callers")
        if self.kind in ASKS_FOR_PASSWORD and not self.user:
            raise refusal(f"kiểu {self.kind} cần tên đăng ký", f"{self.kind} needs a user", "user")
        refuse_twice(self.codecs, "codecs")
        return self


class AsteriskPart(Part):
    """The office's own telephone exchange; `telephones` are ids of `duty.people` with a SIP telephone."""

    trunk: TrunkPart
    local_address: Annotated[str, AfterValidator(_inside)]
    telephones: tuple[Key, ...]
    sip_port: Annotated[int, count(1024, 65535)]
    rtp_port: Annotated[int, count(1024, 65535 - RTP_PORTS)]
    agi_port: Annotated[int, count(1024, 65535)]
    manager_port: Annotated[int, count(1024, 65535)]
    api_port: Annotated[int, count(1024, 65535)]
    calls_an_hour: Annotated[int, count(1, 1000)]
    calls_a_day: Annotated[int, count(1, 10000)]

    @model_validator(mode="after")
    def _ports_apart(self) -> AsteriskPart:
        ports = {name: getattr(self, f"{name}_port") for name in ("agi", "manager", "api")}
        for name, port in ports.items():
            if list(ports.values()).count(port) > 1:
                raise refusal("trùng với một cổng khác", "is another port's number", f"{name}_port")
        refuse_twice(self.telephones, "telephones")
        return self
