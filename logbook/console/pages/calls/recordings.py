"""Plays a recording to those who may listen, and writes each listening into the audit log (T-08, B4)."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act, may
from logbook.console.frame import ConsoleFrame
from logbook.ids import RecordingId
from logbook.recordings import recordings
from logbook.recordings.files import RecordingFolder
from logbook.recordings.recordings import Recording
from logbook.search import calls
from logbook.tickets import tickets
from logbook.tickets.tickets import case_of
from logbook.tickets.verbs import instruct

ONE_LISTENING = timedelta(minutes=30)
"""Requests of one person for one recording within this time are one listening: players ask piece by piece."""
ENDINGS = {"audio/wav": "wav", "audio/mpeg": "mp3"}


def add(desk: ConsoleFrame) -> None:
    """`/console/recordings/<id>/sound`, whole or by range."""
    folder = RecordingFolder(desk.settings.data_folder / "recordings")

    @desk.page("/recordings/<int(max=9223372036854775807):recording_id>/sound", Act.LISTEN)
    def recording(recording_id: RecordingId) -> Response:
        with desk.reading() as conn:
            found = _allowed(desk, conn, recording_id)
            known = _is_listening(desk, conn, recording_id)
        if found.file_name is None or found.media_type not in ENDINGS:
            abort(404)
        path = folder.file(found.file_name)
        if not path.is_file():
            abort(404)
        if not known:
            with desk.writing() as conn:
                reason = request.args.get("why", "")
                subject = f"recording:{recording_id}"
                audit_log.write(
                    conn, desk.person, "listen", subject, desk.now, reason, call=f"call:{found.call_id}"
                )
        answer = send_file(
            path,
            mimetype=found.media_type,
            conditional=True,
            download_name=f"ghi-am-{recording_id}.{ENDINGS[found.media_type]}",
        )
        answer.headers["Cache-Control"] = "private, no-store"
        return answer


def _allowed(desk: ConsoleFrame, conn: Connection, recording_id: RecordingId) -> Recording:
    """The recording, where every ticket of its call lets the person listen; 404 otherwise.

    One that no ticket came of is heard only by those who may see callers as well.
    """
    found = recordings.find(conn, recording_id)
    if found is None or found.state != "stored":
        abort(404)
    if found.purpose == "instruction":
        return _of_instruction(desk, conn, found)
    seal = calls.seals(conn, [found.call_id])[found.call_id]
    if not all(may(desk.person, Act.LISTEN, case) for case in seal.cases):
        abort(404)
    if not seal.cases and not (
        may(desk.person, Act.SEE_CALLER) and seal.opens_for(desk.person, Act.SEE_TICKETS)
    ):
        abort(404)
    return found


def _of_instruction(desk: ConsoleFrame, conn: Connection, found: Recording) -> Recording:
    """A spoken instruction, for those who may listen to the ticket it is about; its call has none (T-10)."""
    about = [case_of(tickets.of_id(conn, ticket)) for ticket in instruct.tickets_of(conn, found.id)]
    if not about or not all(may(desk.person, Act.LISTEN, case) for case in about):
        abort(404)
    return found


def _is_listening(desk: ConsoleFrame, conn: Connection, recording_id: RecordingId) -> bool:
    """Whether this person's listening is in the audit log already, a short while ago."""
    entries = audit_log.recent(conn, 20, subject=f"recording:{recording_id}", act="listen")
    since = desk.now - ONE_LISTENING
    return any(entry.person_id == desk.person.id and entry.at >= since for entry in entries)
