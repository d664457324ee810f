"""Nobody misuses the exchange: strangers get no channel, and nothing listens that need not (T-25)."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select

from logbook.database.tables import calls
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.softphone import SoftPhone
from tests.suite.waiting import PATIENCE

pytestmark = pytest.mark.proof
TARGETS = ("02583842102", "0912345678", "1900", "s", "tel-an", "in", "ring", "0" * 32)
REGISTER = (
    "REGISTER sip:127.0.0.1:{port} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.3:{own};branch=z9hG4bKr{number};rport\r\n"
    "From: <sip:tel-an@127.0.0.1>;tag=1\r\nTo: <sip:tel-an@127.0.0.1>\r\nCall-ID: r{number}\r\n"
    "CSeq: 1 REGISTER\r\nContact: <sip:tel-an@127.0.0.3:{own}>\r\nContent-Length: 0\r\n\r\n"
)


@pytest.mark.row("T-25")
def test_a_stranger_gets_no_channel_however_often_they_try(office: ExchangeOffice) -> None:
    stranger = SoftPhone("127.0.0.3", listens=False)
    rung = len(office.carrier.rung)
    with office.hotline.database.reading() as conn:
        before = conn.execute(select(func.count()).select_from(calls)).scalar_one()
    try:
        tried = [stranger.call(office.sip_port, number) for number in (*TARGETS, *("02583842102",) * 200)]
        for number in range(50):
            said = REGISTER.format(port=office.sip_port, own=stranger.port, number=number)
            stranger.raw(said, office.sip_port)
        tried[-1].ended.wait(5)
        named = office.carrier.call(office.sip_port, caller="${SHELL(touch /tmp/x)}|a&b;c=d " + "x" * 3000)
        named.ended.wait(3)
        time.sleep(1.0)
        named.hang_up()
        assert [call.identity for call in tried if call.answered_at] == []
        assert not [said for said in stranger.said if said.startswith("200")]
        assert len(office.carrier.rung) == rung
        with office.hotline.database.reading() as conn:
            after = conn.execute(select(func.count()).select_from(calls)).scalar_one()
        assert after <= before + 1  # the carrier's own call, whatever its name, is a call
        by = time.monotonic() + PATIENCE
        while (there := office.channels()) and time.monotonic() < by:
            time.sleep(0.2)
        assert there == []
    finally:
        stranger.close()


@pytest.mark.row("T-25")
def test_nothing_listens_but_sip_and_sound_at_their_address_and_the_rest_on_loopback(
    office: ExchangeOffice,
) -> None:
    here = listening(office.asterisk_pid)
    own = office.exchange
    wanted = {("tcp", "127.0.0.1", own.manager_port), ("udp", "127.0.0.1", own.sip_port)}
    wild = {one for one in here if one[1] in ("0.0.0.0", "::")}
    assert wanted <= here
    # pjproject's resolver keeps wildcard sockets nothing answers at; TCP has none
    assert {kind for kind, _, _ in wild} <= {"udp"}
    assert len(wild) <= 2
    sound = {one for one in here - wild if one[0] == "udp" and own.rtp_port <= one[2] < own.rtp_port + 1000}
    assert {address for _, address, _ in sound} <= {"127.0.0.1"}
    assert here - wild - wanted - sound == set()


def listening(pid: int) -> set[tuple[str, str, int]]:
    """Sockets of a process: TCP that listens, UDP that is bound."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if (target := str(entry.readlink())).startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for kind in ("tcp", "udp", "tcp6", "udp6"):
        for line in Path(f"/proc/{pid}/net/{kind}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[9] not in inodes or (kind.startswith("tcp") and fields[3] != "0A"):
                continue
            address, _, port = fields[1].partition(":")
            shown = (
                ".".join(str(byte) for byte in bytes.fromhex(address)[::-1]) if len(address) == 8 else "::"
            )
            found.add((kind[:3], shown, int(port, 16)))
    return found
