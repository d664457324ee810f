"""What two telephones agree on before they hear each other: address, law, keys (RFC 4566, RFC 3264)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from ivr.embedded.g711 import Codec

Address = tuple[str, int]
EVENTS = 101
"""The payload type at which we offer keys by RFC 4733."""
_RTPMAP = re.compile(r"a=rtpmap:(\d{1,3})\s+telephone-event/8000", re.IGNORECASE)


class NoCommonSoundError(ValueError):
    """The other side's description holds nothing that we can send or hear."""


@dataclass(frozen=True)
class SoundAgreed:
    """Where the other side listens, the law both use, and its payload type of keys (None: in the sound)."""

    peer: Address
    codec: Codec
    events: int | None
    on_hold: bool
    """The other side wants to hear nothing now."""


def agreed(description: str, codecs: Sequence[Codec]) -> SoundAgreed:
    """Read the other side's description, and choose the first of our laws it knows (NoCommonSoundError)."""
    sections = re.split(r"(?m)^(?=m=)", description.replace("\r\n", "\n"))
    audio = next((one for one in sections[1:] if re.match(r"m=audio [1-9]\d* RTP/AVP ", one)), None)
    if audio is None:
        raise NoCommonSoundError("no sound is offered")
    port, *payloads = re.findall(r"\d+", audio.partition("\n")[0])
    chosen = next((one for one in codecs if str(one.payload) in payloads), None)
    address = re.search(r"(?m)^c=IN IP4 (\S+)", audio) or re.search(r"(?m)^c=IN IP4 (\S+)", sections[0])
    if chosen is None or address is None:
        raise NoCommonSoundError("neither A-law nor mu-law, or no address")
    try:
        host = str(IPv4Address(address[1]))
    except AddressValueError as trouble:
        raise NoCommonSoundError("an address that is none") from trouble
    named = _RTPMAP.search(audio)
    quiet = re.search(r"(?m)^a=(sendonly|inactive)\b", audio) or host == "0.0.0.0"  # noqa: S104 - read only
    events = int(named[1]) if named and named[1] in payloads else None
    if int(port) > 65535:
        raise NoCommonSoundError("a port that is none")
    return SoundAgreed((host, int(port)), chosen, events, bool(quiet))


def offer(here: Address, codecs: Sequence[Codec], version: int = 1) -> bytes:
    """Describe all that we can."""
    return _description(here, [(one.payload, one.name) for one in codecs], EVENTS, version, [])


def answer(here: Address, found: SoundAgreed, offered: str, version: int = 1) -> bytes:
    """Answer a description: the law that was chosen; whatever else was offered is refused."""
    others = re.findall(r"(?m)^m=(\S+) \d+ (\S+) ([^\r\n]*)", offered)
    before: list[str] = []
    after: list[str] = []
    taken = False
    for kind, protocol, payloads in others:
        if not taken and kind == "audio" and protocol == "RTP/AVP":
            taken = True
        else:
            (after if taken else before).append(f"m={kind} 0 {protocol} {payloads}")
    law = [(found.codec.payload, found.codec.name)]
    direction = "recvonly" if found.on_hold else "sendrecv"
    return _description(here, law, found.events, version, after, before, direction)


def _description(
    here: Address,
    laws: Sequence[tuple[int, str]],
    events: int | None,
    version: int,
    after: Sequence[str],
    before: Sequence[str] = (),
    direction: str = "sendrecv",
) -> bytes:
    host, port = here
    payloads = [str(number) for number, _ in laws] + ([str(events)] if events is not None else [])
    lines = ["v=0", f"o=tongdai 1 {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", *before]
    lines += [f"m=audio {port} RTP/AVP {' '.join(payloads)}"]
    lines += [f"a=rtpmap:{number} {name}/8000" for number, name in laws]
    if events is not None:
        lines += [f"a=rtpmap:{events} telephone-event/8000", f"a=fmtp:{events} 0-15"]
    lines += ["a=ptime:20", f"a={direction}", *after, ""]
    return "\r\n".join(lines).encode("ascii", "replace")
