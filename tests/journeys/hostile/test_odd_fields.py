"""One unusable field of a request costs what it carries, never the ticket and never the caller's turn."""

from pathlib import Path

import pytest
from sqlalchemy import select

from logbook.database.engine import Database
from logbook.database.tables import calls, tickets
from logbook.database.tables import recordings as sounds
from logbook.recordings import recordings
from logbook.recordings.recordings import Recording
from tests.ivr.line.test_provider_form import HOSTILE
from tests.journeys.faults.storm import Fields, Line, open_line, verbs_of, way_on, words_of

UUID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
LENGTHS = ("7.5", "", "-1", "abc", "1e3", "9" * 40, "²")
NAMES = ("", "x", "../../etc/passwd", f"http://127.0.0.1/{UUID}", "RE" + "a" * 90, "RE\x00aaaaaaa", "１" * 10)


@pytest.fixture
def line(database: Database, tmp_path: Path) -> Line:
    return open_line(database, tmp_path)


def at_the_tone(line: Line, number: int) -> str:
    """A caller who may speak now: turn 4 is their recording."""
    sid = f"CA{number:032x}"
    line.post("/ivr/voice", words_of(sid))
    for turn, key in enumerate("211", 1):
        line.post(f"/ivr/turn/{turn}", words_of(sid, Digits=key))
    return sid


def filed(line: Line, sid: str) -> list[Recording]:
    """The recordings of the tickets of one call."""
    own = select(sounds.c.id).join(tickets, tickets.c.recording_id == sounds.c.id)
    with line.hotline.database.reading() as conn:
        ids = conn.execute(
            own.join(calls, calls.c.id == tickets.c.call_id).where(calls.c.sid == sid)
        ).scalars()
        found = [recordings.find(conn, each) for each in ids.all()]
    return [one for one in found if one is not None]


def end(line: Line, sid: str, **more: str) -> None:
    assert line.post("/ivr/status", words_of(sid, "completed", SequenceNumber="0", **more)).status_code == 204


@pytest.mark.row("B-04")
def test_a_recording_named_by_a_uuid_is_filed_and_fetched_by_that_name(line: Line) -> None:
    sid = at_the_tone(line, 1)
    said = {"RecordingSid": UUID, "RecordingDuration": "9"}
    assert way_on(verbs_of(line.post("/ivr/turn/4", words_of(sid, **said, Digits="#")))) == "/ivr/turn/5"
    assert line.post("/ivr/recording/4", {"CallSid": sid, **said}).status_code == 204
    line.post("/ivr/turn/5", words_of(sid, Digits="1"))
    assert [(one.sid, one.seconds, one.state) for one in filed(line, sid)] == [(UUID, 9, "pending")]


@pytest.mark.row("B-04")
def test_no_unusable_field_of_a_recording_costs_the_ticket(line: Line) -> None:
    """Each kind of field, in the request, in the callback, and by hanging up: one ticket each time."""
    odd = [
        {"RecordingSid": UUID[:-3] + f"{n:03}", "RecordingDuration": value} for n, value in enumerate(LENGTHS)
    ]
    odd += [{"RecordingSid": value, "RecordingDuration": "9", "RecordingUrl": "x"} for value in NAMES]
    odd += [{"RecordingUrl": f"https://h/Recordings/{UUID}"}, {"RecordingDuration": "9"}]
    wrong, number = [], 0
    for said in odd:
        for way in ("key", "hang-up", "callback only"):
            number += 1
            sid = at_the_tone(line, number)
            named = said.get("RecordingSid", "").replace(UUID[:8], f"{number:08x}")
            fields = {**said, "RecordingSid": named} if named else dict(said)
            statuses = []
            if way == "key":
                statuses.append(line.post("/ivr/turn/4", words_of(sid, **fields, Digits="#")).status_code)
            if way == "hang-up":
                gone = words_of(sid, "completed", **fields, Digits="hangup")
                statuses.append(line.post("/ivr/turn/4", gone).status_code)
            statuses.append(line.post("/ivr/recording/4", {"CallSid": sid, **fields}).status_code)
            end(line, sid)
            if set(statuses) - {200, 204} or len(filed(line, sid)) != 1:
                wrong.append((way, said, statuses, filed(line, sid)))
    assert wrong == []


@pytest.mark.row("B-04")
def test_a_recording_without_a_name_gets_the_one_that_comes_later_and_then_its_sound_is_fetched(
    line: Line,
) -> None:
    sid = at_the_tone(line, 1)
    line.post("/ivr/turn/4", words_of(sid, RecordingSid="../x", RecordingDuration="9", Digits="#"))
    line.post("/ivr/turn/5", words_of(sid, Digits="1"))
    (blind,) = filed(line, sid)
    assert (blind.state, blind.next_try_at, blind.last_error) == ("unplayable", None, "no usable name")
    line.post("/ivr/recording/4", {"CallSid": sid, "RecordingSid": UUID, "RecordingDuration": "9"})
    (heard,) = filed(line, sid)
    assert (heard.id, heard.sid, heard.state, heard.last_error) == (blind.id, UUID, "pending", None)
    assert heard.next_try_at is not None


@pytest.mark.row("B-04")
def test_the_recording_of_another_call_is_not_taken_for_this_ones(line: Line) -> None:
    said = {"RecordingSid": "recording-1", "RecordingDuration": "9"}
    for number in (1, 2):
        sid = at_the_tone(line, number)
        line.post("/ivr/turn/4", words_of(sid, "completed", **said, Digits="hangup"))
    with line.hotline.database.reading() as conn:
        codes = conn.execute(select(tickets.c.code, tickets.c.call_id)).all()
    assert len({code for code, _ in codes}) == len({call for _, call in codes}) == 2


@pytest.mark.row("B-04")
@pytest.mark.row("F-26")
def test_the_end_of_the_call_names_the_recording_that_nothing_else_told_of(line: Line) -> None:
    sid = at_the_tone(line, 1)
    end(line, sid, RecordingSid=UUID, RecordingDuration="9")
    assert [one.sid for one in filed(line, sid)] == [UUID]
    said = {"RecordingSid": UUID, "RecordingDuration": "9"}
    line.post("/ivr/turn/4", words_of(sid, "completed", **said, Digits="hangup"))
    line.post("/ivr/recording/4", {"CallSid": sid, **said})
    assert [one.sid for one in filed(line, sid)] == [UUID]


@pytest.mark.row("B-04")
def test_whatever_stands_in_a_detail_the_caller_hears_the_next_question(line: Line) -> None:
    details = {
        "/ivr/voice": ("From", "To", "CallStatus", "Direction", "TongdaiAt", "ForwardedFrom"),
        "/ivr/turn/1": ("CallStatus", "Direction", "TongdaiAt", "From", "DialCallDuration", "DialCallSid"),
    }
    wrong, number = [], 0
    for path, names in details.items():
        for name in names:
            values: list[str | list[str]] = [one for one in HOSTILE.values() if one.isprintable()]
            for value in (*values, ["1", "2"]):
                number += 1
                sid = f"CA{number:032x}"
                if path != "/ivr/voice":
                    line.post("/ivr/voice", words_of(sid))
                fields: Fields = {**words_of(sid, Digits="2"), name: value}
                reply = line.post(path, fields)
                if reply.status_code != 200 or "Xin lỗi" in reply.text or not way_on(verbs_of(reply)):
                    wrong.append((path, name, value, reply.status))
    assert wrong == []


@pytest.mark.row("B-04")
def test_two_clerks_legs_of_one_name_are_no_trouble(line: Line) -> None:
    """A host that names every leg alike, or not at all."""
    sid = "CA" + "5" * 32
    line.post("/ivr/voice", words_of(sid))
    line.post("/ivr/turn/1", words_of(sid, Digits="0"))
    for turn in (2, 3):
        called = {"DialCallStatus": "no-answer", "DialCallDuration": "x", "DialCallSid": "CA" + "6" * 32}
        reply = line.post(f"/ivr/turn/{turn}", words_of(sid, **called))
        assert "Xin lỗi, hệ thống" not in reply.text
        assert way_on(verbs_of(reply)) == f"/ivr/turn/{turn + 1}"
