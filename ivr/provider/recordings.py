"""The stand-in's recordings: received from our telephone, delivered with the faults that are set."""

from collections.abc import Iterator
from threading import Event

from flask import Blueprint, Response, jsonify, request

from ivr.phone import sound
from ivr.provider import shapes
from ivr.provider.calls_and_messages import page_of
from ivr.provider.files import SIDS, Row
from ivr.provider.state import Problem, ProviderState, not_found, problem, this_desk


def add_upload(ours: Blueprint, account_sid: str) -> None:
    """Add the address at which our telephone hands a recording over."""

    @ours.put("/Recordings/<sid>.wav")
    def upload(sid: str) -> Problem:
        """Take a recording; 400 when it is no wave file or has a wrong identifier."""
        call_sid = request.args.get("CallSid", "")
        if not SIDS["Recordings"].fullmatch(sid) or not SIDS["Calls"].fullmatch(call_sid):
            return problem(20001, "identifier", 400)
        wav = request.get_data()
        try:
            seconds = sound.duration(wav)
        except sound.NotAWaveError as trouble:
            return problem(20001, str(trouble), 400)
        row = {"sid": sid, "account_sid": account_sid, "call_sid": call_sid, "duration": str(round(seconds))}
        this_desk().drawer.put_sound(sid, wav)
        this_desk().drawer.put("Recordings", sid, row)
        return jsonify(row), 201


def add(api: Blueprint) -> None:
    """Add what the API offers for recordings."""

    @api.get("/Recordings.json")
    def list_recordings() -> Response:
        of_call = request.args.get("CallSid")
        rows = this_desk().drawer.all("Recordings")
        return page_of("Recordings", [_shown(row) for row in rows if of_call in (None, row["call_sid"])])

    @api.get("/Recordings/<sid>.json")
    def fetch_recording(sid: str) -> Response | Problem:
        row = this_desk().drawer.get("Recordings", sid) if SIDS["Recordings"].fullmatch(sid) else None
        return jsonify(_shown(row)) if row else not_found()

    @api.get("/Recordings/<sid>.wav")
    @api.get("/Recordings/<sid>")
    def fetch_sound(sid: str) -> Response | Problem:
        wav = this_desk().drawer.get_sound(sid) if SIDS["Recordings"].fullmatch(sid) else None
        if wav is None:
            return not_found()
        return _faulty(this_desk(), sid, wav)

    @api.delete("/Recordings/<sid>.json")
    @api.delete("/Recordings/<sid>")
    def delete_recording(sid: str) -> tuple[str, int] | Problem:
        if SIDS["Recordings"].fullmatch(sid) and this_desk().drawer.delete_recording(sid):
            return "", 204
        return not_found()


def _shown(row: Row) -> dict[str, object]:
    return shapes.recording(row, this_desk().drawer.written("Recordings", row["sid"]))


def _faulty(desk: ProviderState, sid: str, wav: bytes) -> Response | Problem:
    """Deliver the sound as well or as badly as the faults say."""
    desk.fetches[sid] += 1
    faults = desk.faults
    if desk.fetches[sid] <= faults.missing_times or faults.shape == "gone":
        return not_found()
    match faults.shape:
        case "empty":
            return _sound(b"")
        case "html":
            return Response("<!DOCTYPE html><title>Bad gateway</title>", mimetype="text/html")
        case "truncated":
            return _sound(wav[: len(wav) // 2])
        case "slow":
            return _sound(_slowly(wav, faults.pause_seconds))
        case "large":
            return _sound(_much(faults.large_bytes))
        case "wrong-type":
            return Response(wav, mimetype="image/png")
        case _:
            return _sound(wav)


def _sound(content: bytes | Iterator[bytes]) -> Response:
    return Response(content, mimetype="audio/x-wav")


def _slowly(wav: bytes, pause: float) -> Iterator[bytes]:
    waiting = Event()
    for position in range(len(wav)):
        waiting.wait(pause)
        yield wav[position : position + 1]


def _much(count: int) -> Iterator[bytes]:
    block = bytes(64 * 1024)
    for start in range(0, count, len(block)):
        yield block[: count - start]
