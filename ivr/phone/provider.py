"""A stand-in for the provider's REST API, with its paths and JSON, for the official client."""

import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, Literal, TypeAlias

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from ivr.phone import shapes, sound
from ivr.phone.drawer import SIDS, Drawer, Kind, Row
from ivr.phone.parameters import API_VERSION, new_sid

PlaceCall: TypeAlias = Callable[[Mapping[str, str]], None]
"""Carries out a queued call: gets its parameters and the identifiers CallSid and AccountSid."""

SHAPES = {"Calls": shapes.call, "Messages": shapes.message, "Recordings": shapes.recording}
LARGEST_UPLOAD = 64 * 1024 * 1024


@dataclass(frozen=True)
class Faults:
    """What goes wrong when a recording's sound is fetched (F-15).

    `missing_times`: not found so often first. `shape`: what is delivered then; "slow" sends a byte each
    `pause_seconds`, "large" sends `large_bytes`, "wrong-type" says image/png.
    """

    missing_times: int = 0
    shape: Literal["whole", "empty", "html", "truncated", "slow", "large", "wrong-type", "gone"] = "whole"
    pause_seconds: float = 1.0
    large_bytes: int = 500 * 1024 * 1024


class Desk:
    """What one stand-in keeps between requests."""

    def __init__(self, drawer: Drawer, faults: Faults, place_call: PlaceCall | None) -> None:
        """Begin with the files already in the drawer."""
        self.drawer = drawer
        self.faults = faults
        self.place_call = place_call
        self.fetches: Counter[str] = Counter()


def create_provider(
    folder: Path,
    account_sid: str,
    auth_token: str,
    *,
    faults: Faults | None = None,
    place_call: PlaceCall | None = None,
) -> Flask:
    """Return the stand-in as an application that keeps its files below `folder`.

    Every route asks for Basic authentication with the account's SID and token. A created call is kept as
    queued; when `place_call` is given it is run in a thread of its own. `desk_of(app).faults` may be replaced
    at any time.
    """
    app = Flask("ivr.phone.provider", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_UPLOAD
    app.extensions["desk"] = Desk(Drawer(folder), faults or Faults(), place_call)

    @app.before_request
    def only_the_account() -> tuple[Response, int, dict[str, str]] | None:
        given = request.authorization
        name, word = (given.username or "", given.password or "") if given else ("", "")
        known = hmac.compare_digest(name.encode(), account_sid.encode())
        if known & hmac.compare_digest(word.encode(), auth_token.encode()):
            return None
        challenge = {"WWW-Authenticate": 'Basic realm="Provider API"'}
        return *_problem(20003, "Authenticate", 401), challenge

    api = Blueprint("api", __name__, url_prefix=f"/{API_VERSION}/Accounts/{account_sid}")
    _add_recordings(api)
    _add_rows(api, "Calls")
    _add_rows(api, "Messages")
    app.register_blueprint(api)
    app.add_url_rule(
        "/standin/Recordings/<sid>.wav",
        view_func=_upload,
        methods=["PUT"],
        defaults={"account_sid": account_sid},
    )
    app.register_error_handler(404, lambda _: _problem(20404, "The requested resource was not found", 404))
    return app


def desk_of(app: Flask) -> Desk:
    """Return what this stand-in keeps."""
    desk = app.extensions["desk"]
    if not isinstance(desk, Desk):
        raise TypeError("not a stand-in provider")
    return desk


def _desk() -> Desk:
    return desk_of(current_app)


def _problem(code: int, message: str, status: int) -> tuple[Response, int]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return jsonify(code=code, message=message, more_info=more, status=status), status


def _not_found() -> tuple[Response, int]:
    return _problem(20404, "The requested resource was not found", 404)


# -- recordings ----------------------------------------------------------------------------------


def _upload(sid: str, account_sid: str) -> tuple[Response, int]:
    """Take a recording from our telephone; 400 when it is no wave file or has a wrong identifier."""
    call_sid = request.args.get("CallSid", "")
    if not SIDS["Recordings"].fullmatch(sid) or not SIDS["Calls"].fullmatch(call_sid):
        return _problem(20001, "identifier", 400)
    wav = request.get_data()
    try:
        seconds = sound.duration(wav)
    except sound.NotAWave as trouble:
        return _problem(20001, str(trouble), 400)
    row = {"sid": sid, "account_sid": account_sid, "call_sid": call_sid, "duration": str(round(seconds))}
    _desk().drawer.put_sound(sid, wav)
    _desk().drawer.put("Recordings", sid, row)
    return jsonify(row), 201


def _add_recordings(api: Blueprint) -> None:
    @api.get("/Recordings.json")
    def list_recordings() -> Response:
        return _page("Recordings", _desk().drawer.all("Recordings"))

    @api.get("/Recordings/<sid>.json")
    def fetch_recording(sid: str) -> Response | tuple[Response, int]:
        row = _row("Recordings", sid)
        return jsonify(_shown("Recordings", row)) if row else _not_found()

    @api.get("/Recordings/<sid>.wav")
    @api.get("/Recordings/<sid>")
    def fetch_sound(sid: str) -> Response | tuple[Response, int]:
        wav = _desk().drawer.get_sound(sid) if SIDS["Recordings"].fullmatch(sid) else None
        if wav is None:
            return _not_found()
        return _faulty(_desk(), sid, wav)

    @api.delete("/Recordings/<sid>.json")
    @api.delete("/Recordings/<sid>")
    def delete_recording(sid: str) -> tuple[str, int] | tuple[Response, int]:
        if SIDS["Recordings"].fullmatch(sid) and _desk().drawer.delete_recording(sid):
            return "", 204
        return _not_found()


def _faulty(desk: Desk, sid: str, wav: bytes) -> Response | tuple[Response, int]:
    """Deliver the sound as well or as badly as the faults say."""
    desk.fetches[sid] += 1
    faults = desk.faults
    if desk.fetches[sid] <= faults.missing_times or faults.shape == "gone":
        return _not_found()
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


# -- calls and messages --------------------------------------------------------------------------


def _add_rows(api: Blueprint, kind: Kind) -> None:
    prefix = {"Calls": "CA", "Messages": "SM", "Recordings": "RE"}[kind]

    def create() -> tuple[Response, int]:
        account_sid = str(api.url_prefix).rsplit("/", 1)[-1]
        row = {**request.form.to_dict(), "sid": new_sid(prefix), "account_sid": account_sid}
        missing = [name for name in ("To", "From") if not row.get(name)]
        if missing:
            return _problem(21201, f"'{missing[0]}' is missing", 400)
        row["status"] = "queued"
        _desk().drawer.put(kind, row["sid"], row)
        place_call = _desk().place_call
        if kind == "Calls" and place_call:
            told = {**row, "CallSid": row["sid"], "AccountSid": account_sid}
            Thread(target=place_call, args=(told,), daemon=True, name=row["sid"]).start()
        return jsonify(_shown(kind, row)), 201

    def fetch(sid: str) -> Response | tuple[Response, int]:
        row = _row(kind, sid)
        return jsonify(_shown(kind, row)) if row else _not_found()

    def list_rows() -> Response:
        wanted = {name: request.args[name] for name in ("To", "From", "Status") if name in request.args}
        rows = [row for row in _desk().drawer.all(kind) if _matches(row, wanted)]
        return _page(kind, rows)

    api.add_url_rule(f"/{kind}.json", f"create_{kind}", create, methods=["POST"])
    api.add_url_rule(f"/{kind}.json", f"list_{kind}", list_rows, methods=["GET"])
    api.add_url_rule(f"/{kind}/<sid>.json", f"fetch_{kind}", fetch, methods=["GET"])


def _matches(row: Row, wanted: Mapping[str, str]) -> bool:
    return all((row.get(name) or row.get(name.lower())) == value for name, value in wanted.items())


def _row(kind: Kind, sid: str) -> Row | None:
    return _desk().drawer.get(kind, sid) if SIDS[kind].fullmatch(sid) else None


def _shown(kind: Kind, row: Row) -> dict[str, object]:
    return SHAPES[kind](row, _desk().drawer.written(kind, row["sid"]))


def _page(kind: Kind, rows: list[Row]) -> Response:
    page: dict[str, Any] = {
        kind.lower(): [_shown(kind, row) for row in rows],
        "end": max(len(rows) - 1, 0),
        "first_page_uri": request.path,
        "next_page_uri": None,
        "page": 0,
        "page_size": max(len(rows), 50),
        "previous_page_uri": None,
        "start": 0,
        "uri": request.path,
    }
    return jsonify(page)
