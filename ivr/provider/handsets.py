"""The stand-in's addresses for our telephones: what rings, take a call, report its end."""

from threading import Thread

from flask import Blueprint, Response, jsonify, request

from ivr.provider.files import SIDS, Row
from ivr.provider.state import Problem, ProviderState, problem, this_desk

TAKEN = "in-progress"


def add(ours: Blueprint) -> None:
    """Add the three addresses of a telephone; only development and demonstrations know them."""

    @ours.post("/Phones/look")
    def look() -> Response:
        """What rings at the number To, and the messages it has not got yet: each comes once."""
        desk, number = this_desk(), request.form.get("To", "")
        ringing = [dict(placed) for placed in desk.switchboard.ringing_at(number)]
        return jsonify(ringing=ringing, messages=_delivered(desk, number))

    @ours.post("/Phones/<sid>/take")
    def take(sid: str) -> Response | Problem:
        """Take a ringing call: exactly one telephone gets its parameters, every other one gets 409."""
        desk = this_desk()
        placed = desk.switchboard.take(sid)
        if placed is None:
            return problem(21220, "The call does not ring", 409)
        desk.drawer.put("Calls", sid, {**placed, "status": TAKEN})
        return jsonify(dict(placed))

    @ours.post("/Phones/<sid>/ended")
    def ended(sid: str) -> tuple[str, int] | Problem:
        """Keep how a call ended that this telephone took; 409 for every other call."""
        desk = this_desk()
        row = desk.drawer.get("Calls", sid) if SIDS["Calls"].fullmatch(sid) else None
        if row is None or row["status"] != TAKEN:
            return problem(21220, "The call was not taken by a telephone", 409)
        end = {"status": request.form.get("Status", ""), "duration": request.form.get("Duration", "0")}
        desk.drawer.put("Calls", sid, {**row, **end, "ended": desk.clock.now().isoformat()})
        return "", 204


def _delivered(desk: ProviderState, number: str) -> list[Row]:
    """Hand out the messages that wait for a telephone, oldest first."""
    with desk.lock:
        waiting = [
            row
            for row in desk.drawer.all("Messages")
            if row.get("To") == number and row.get("status") == "sent"
        ]
        for row in waiting:
            desk.drawer.put("Messages", row["sid"], {**row, "status": "delivered"})
    for row in waiting:
        if desk.tell and row.get("StatusCallback"):
            placed = {"MessageSid": row["sid"], "MessageStatus": "delivered", "To": number}
            Thread(target=desk.tell, args=(row["StatusCallback"], placed), daemon=True).start()
    return sorted(waiting, key=lambda row: row.get("made", ""))
