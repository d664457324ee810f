"""The stand-in's calls and messages: created, fetched and listed as the official client asks for them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Literal, TypeAlias

from flask import Blueprint, Response, jsonify, request

from ivr.phone.parameters import new_sid
from ivr.provider import shapes
from ivr.provider.files import SIDS, Kind, Row
from ivr.provider.state import CreationFault, Problem, ProviderState, not_found, problem, this_desk

RowKind: TypeAlias = Literal["Calls", "Messages"]
Answer: TypeAlias = Response | Problem

SHAPES: Mapping[RowKind, Callable[[Row], dict[str, object]]] = {
    "Calls": shapes.call,
    "Messages": shapes.message,
}
PREFIXES: Mapping[RowKind, str] = {"Calls": "CA", "Messages": "SM"}
NEEDED: Mapping[RowKind, Mapping[str, int]] = {
    "Calls": {"To": 21201, "From": 21213, "Url": 21205},
    "Messages": {"To": 21604, "From": 21603, "Body": 21602},
}
"""What a creation must name, and the provider's error code when it does not."""
SAME = ("To", "From", "Status", "ParentCallSid")
DATES: Mapping[str, str] = {"StartTime": "made", "EndTime": "ended", "DateSent": "made"}
"""Filters by date and the field they look at; `>` is from that moment on, `<` up to it."""
BAD_NUMBER, TOO_MANY, CANNOT_TEXT, CANNOT_DO = 21211, 20429, 21606, 20001
_TELLS = ("StatusCallback", "StatusCallbackMethod", "StatusCallbackEvent")
DONE: Mapping[RowKind, frozenset[str]] = {
    "Calls": frozenset({*NEEDED["Calls"], "Method", "Timeout", *_TELLS}),
    "Messages": frozenset({*NEEDED["Messages"], "StatusCallback"}),
}
"""The parameters of a creation that something is done with; any other would be broken silently."""
_REACHABLE = re.compile(r"\+[1-9][0-9]{6,14}|sips?:.+", re.ASCII)


def add(api: Blueprint, kind: RowKind, account_sid: str) -> None:
    """Add creating, fetching and listing one kind."""

    def create() -> Answer:
        desk = this_desk()
        fault = desk.next_fault()
        return _spoiled(desk, fault, kind, account_sid) if fault else _created(desk, kind, account_sid)

    def fetch(sid: str) -> Answer:
        row = this_desk().drawer.get(kind, sid) if SIDS[kind].fullmatch(sid) else None
        return jsonify(SHAPES[kind](row)) if row else not_found()

    def list_rows() -> Answer:
        try:
            rows = [row for row in this_desk().drawer.all(kind) if _matches(row, request.args)]
        except ValueError:
            return problem(20001, "not a date", 400)
        rows.sort(key=lambda row: row.get("made", ""), reverse=True)
        return page_of(kind, [SHAPES[kind](row) for row in rows])

    api.add_url_rule(f"/{kind}.json", f"create_{kind}", create, methods=["POST"])
    api.add_url_rule(f"/{kind}.json", f"list_{kind}", list_rows, methods=["GET"])
    api.add_url_rule(f"/{kind}/<sid>.json", f"fetch_{kind}", fetch, methods=["GET"])


def page_of(kind: Kind, shown: Sequence[Mapping[str, object]]) -> Response:
    """Return one page with everything, as the API shows a list."""
    return jsonify(
        {
            kind.lower(): shown,
            "end": max(len(shown) - 1, 0),
            "first_page_uri": request.path,
            "next_page_uri": None,
            "page": 0,
            "page_size": max(len(shown), 50),
            "previous_page_uri": None,
            "start": 0,
            "uri": request.path,
        }
    )


def _created(desk: ProviderState, kind: RowKind, account_sid: str) -> Problem:
    """Keep a call as queued and have it placed; keep a message as sent, which it is at once."""
    form = request.form.to_dict()
    for name in sorted(form.keys() - DONE[kind]):
        return problem(CANNOT_DO, f"'{name}' is not supported", 400)
    for name, code in NEEDED[kind].items():
        if not form.get(name):
            return problem(code, f"'{name}' is missing", 400)
    if not _REACHABLE.fullmatch(form["To"]):
        return problem(BAD_NUMBER, "Invalid 'To' Phone Number", 400)
    if (refused := desk.refuses(kind, form)) is not None:
        return problem(*refused, 400)
    row = {
        **form,
        "sid": new_sid(PREFIXES[kind]),
        "account_sid": account_sid,
        "status": "queued" if kind == "Calls" else "sent",
        "made": desk.clock.now().isoformat(),
    }
    desk.drawer.put(kind, row["sid"], row)
    if kind == "Calls" and desk.place_call:
        placed = {**row, "CallSid": row["sid"], "AccountSid": account_sid}
        Thread(target=desk.place_call, args=(placed,), daemon=True, name=row["sid"]).start()
    return jsonify(SHAPES[kind]({**row, "status": "queued"})), 201


def _spoiled(desk: ProviderState, fault: CreationFault, kind: RowKind, account_sid: str) -> Answer:
    """Do as asked or not, and answer as badly as the fault says."""
    match fault:
        case "too-many":
            answer, status = problem(TOO_MANY, "Too Many Requests", 429)
            answer.headers["Retry-After"] = str(desk.faults.retry_after)
            return answer, status
        case "error":
            return problem(20500, "Internal Server Error", 500)
        case "no-texts":
            return problem(CANNOT_TEXT, "The 'From' number cannot send text messages", 400)
        case "hang":
            Event().wait(desk.faults.hang_seconds)
        case "reset":
            pass
        case "bad-json":
            _created(desk, kind, account_sid)
            return Response("<html>Bad gateway</html>", 201, mimetype="application/json")
        case "lost-answer":
            _created(desk, kind, account_sid)
    return Response(_Broken())


class _Broken(Iterator[bytes]):
    """An answer whose connection breaks before its first byte."""

    def __next__(self) -> bytes:
        raise ConnectionResetError("as the faults say")


def _matches(row: Row, wanted: Mapping[str, str]) -> bool:
    same = all((row.get(name) or row.get(name.lower())) == wanted[name] for name in SAME if name in wanted)
    return same and all(
        _within(row.get(field), name, wanted) for name, field in DATES.items() if _asks(wanted, name)
    )


def _asks(wanted: Mapping[str, str], name: str) -> bool:
    return any(f"{name}{sign}" in wanted for sign in ("", "<", ">"))


def _within(kept: str | None, name: str, wanted: Mapping[str, str]) -> bool:
    """Compare with `Name>` (from then on), `Name<` (up to then), `Name` (that whole day, UTC)."""
    if kept is None:
        return False
    when = datetime.fromisoformat(kept)
    since, until, day = (wanted.get(f"{name}{sign}") for sign in (">", "<", ""))
    if since and when < _moment(since):
        return False
    if until and when > _moment(until):
        return False
    return not day or _moment(day) <= when < _moment(day) + timedelta(days=1)


def _moment(text: str) -> datetime:
    """Read 2026-11-25 or 2026-11-25T02:10:00Z (ValueError); without an offset it is UTC, as the API says."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
