"""Whatever stands in a field of ours, no webhook answers with a fault of its own (F-19)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from logbook.database.engine import Database
from tests.journeys.faults.storm import Fields, Line, open_line, words_of

SID = "CA" + "9" * 32
HOSTILE: list[str | list[str]] = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x0b\x1b[31m",
    "\ud800",
    "\ufffe",
    "²",
    "٣",
    "１２３",
    "-1",
    "1e9",
    "0x10",
    str(2**31),
    str(2**63),
    str(10**30),
    "9" * 9,
    "Infinity",
    "NaN",
    "a\r\nSet-Cookie: b=c",
    "]]></Say><Dial>1900</Dial>",
    "' OR 1=1 --",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "RE" + "0" * 31,
    "RE" + "0" * 32 + "\n",
    "Đ" * 5000,
    "\u202e\u0301" * 50,
    "\U0001f4de",
    ["1", "2"],
    ["", ""],
]
MOMENTS = (
    "0001-01-01T00:00",
    "9999-12-31T23:59:59Z",
    "2026-02-30T00:00",
    "2026-11-25T24:00",
    "1900-01-01T00:00Z",
    "2200-01-01T00:00Z",
    "2026-11-25T09:10+99:99",
)
RECORDED = {"RecordingSid": "RE" + "1" * 32, "RecordingDuration": "9"}
RUNG = {"DialCallStatus": "completed", "DialCallDuration": "9", "DialCallSid": "CA" + "1" * 32}
COUNTED = {"CallStatus": "ringing", "SequenceNumber": "1", "CallDuration": "1"}
WHOSE = ("CallSid", "From", "To", "Direction", "CallStatus", "AccountSid", "TongdaiAt")
CASES: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "start": ("/ivr/voice", {}, WHOSE),
    "keys": ("/ivr/turn/1", {}, ("CallSid", "CallStatus", "Digits")),
    "speech": ("/ivr/turn/1", RECORDED, (*RECORDED, "RecordingUrl", "Digits")),
    "clerk": ("/ivr/turn/1", RUNG, tuple(RUNG)),
    "far turn": ("/ivr/turn/9999999999", {}, ("CallSid", "Digits")),
    "status": ("/ivr/status", COUNTED, ("CallSid", *COUNTED)),
    "recording": ("/ivr/recording/1", RECORDED, ("CallSid", *RECORDED, "RecordingStatus", "ErrorCode")),
    "fallback": ("/ivr/fallback", {}, ("CallSid", "ErrorCode", "ErrorUrl")),
    "goodbye": ("/ivr/goodbye", {}, ("CallSid", "DialCallStatus")),
}


@pytest.fixture
def line(database: Database, tmp_path: Path) -> Line:
    return open_line(database, tmp_path)


@pytest.fixture(autouse=True)
def failures() -> Iterator[list[str]]:
    """What the webhooks themselves call a failure, even where the caller heard an apology."""
    failed: list[str] = []
    with capture_logs() as logs:
        yield failed
        failed += [str(entry) for entry in logs if entry["event"] == "webhook failed"]
    assert failed == []


def post(line: Line, path: str, fields: Fields) -> None:
    reply = line.post(path, fields)
    assert reply.status_code in (200, 204, 400, 403, 404, 413), (path, fields, reply.status)


@pytest.mark.row("F-19")
@pytest.mark.parametrize("case", CASES)
def test_no_hostile_value_in_any_field_is_a_fault_of_ours(line: Line, case: str) -> None:
    path, fitting, names = CASES[case]
    for number, name in enumerate(names):
        for other, value in enumerate(HOSTILE):
            sid = f"CA{number:016x}{other:016x}"
            if case != "start":
                line.post("/ivr/voice", words_of(sid))
            post(line, path, {**words_of(sid), **fitting, name: value})


@pytest.mark.row("F-19")
def test_no_moment_a_call_brings_is_a_fault_of_ours(line: Line) -> None:
    for number, moment in enumerate(MOMENTS):
        sid = f"CA{number:032x}"
        post(line, "/ivr/voice", words_of(sid, TongdaiAt=moment))
        post(line, "/ivr/turn/1", words_of(sid, TongdaiAt=moment, Digits="0"))
        post(line, "/ivr/status", words_of(sid, "completed", TongdaiAt=moment))


@pytest.mark.row("F-19")
@pytest.mark.row("T-16")
def test_too_many_fields_and_too_large_a_body_are_refused(line: Line) -> None:
    assert (
        line.post("/ivr/voice", {**words_of(SID), **{f"x{n}": "y" for n in range(2000)}}).status_code == 413
    )
    assert line.post("/ivr/voice", words_of(SID, Extra="x" * 600_000)).status_code == 413
