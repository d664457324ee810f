"""The sound of a recording: for whom it is, by range, and every listening recorded."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from logbook.accounts import audit_log
from logbook.calls.calls import Call
from logbook.database.engine import Database
from logbook.database.tables import people as people_table
from logbook.database.tables import recordings as recordings_table
from logbook.database.tables import tickets as tickets_table
from logbook.installation import Installation
from logbook.recordings import recordings
from logbook.recordings.files import RecordingFolder
from logbook.recordings.recordings import Recording
from logbook.tickets import open_by_phone, tickets
from tests.logbook.console.conftest import SignIn
from tests.town_hall import move

SOUND = b"RIFF" + bytes(range(256)) * 8


@pytest.fixture
def call(database: Database, phone: Callable[..., Call]) -> Call:
    with database.writing() as conn:
        return phone(conn)


@pytest.fixture
def sound(database: Database, call: Call, record: Any, tmp_path: Path, now: datetime) -> Recording:
    """A recording that is on our disk."""
    file = RecordingFolder(tmp_path / "recordings").keep(SOUND, "audio/wav", now)
    with database.writing() as conn:
        seen: Recording = record(conn, call, "a")
        recordings.stored(
            conn,
            seen.id,
            file_name=file.name,
            sha256=file.sha256,
            size=file.size,
            media_type=file.media_type,
            now=now,
            delete_at_provider=False,
        )
        return seen


@pytest.fixture
def ticket(
    database: Database, call: Call, sound: Recording, complain: Callable[..., open_by_phone.OpenedTicket]
) -> tickets.Ticket:
    with database.writing() as conn:
        return complain(conn, call, sound.id).ticket


def address(sound: Recording) -> str:
    return f"/console/recordings/{sound.id}/sound"


def listenings(installation: Installation) -> list[audit_log.AuditEntry]:
    with installation.database.reading() as conn:
        return audit_log.recent(conn, 10, act="listen")


def change(database: Database, ticket: tickets.Ticket, **values: object) -> None:
    with database.writing() as conn:
        conn.execute(tickets_table.update().where(tickets_table.c.id == ticket.id).values(**values))


@pytest.mark.row("T-08")
def test_a_clerk_hears_the_whole_sound_and_is_written_down_with_the_reason(
    signed_in: SignIn, sound: Recording, ticket: tickets.Ticket, installation: Installation
) -> None:
    answer = signed_in("clerk").get(address(sound), buffered=True, query_string={"why": "nghe để phân loại"})
    assert (answer.status_code, answer.data, answer.mimetype) == (200, SOUND, "audio/wav")
    assert answer.headers["Content-Disposition"] == f"inline; filename=ghi-am-{sound.id}.wav"
    assert "no-store" in answer.headers["Cache-Control"]
    (entry,) = listenings(installation)
    assert (entry.who, entry.subject, entry.reason) == (
        "clerk",
        f"recording:{sound.id}",
        "nghe để phân loại",
    )


def test_a_player_asking_piece_by_piece_gets_ranges_and_is_one_listening(
    signed_in: SignIn, sound: Recording, ticket: tickets.Ticket, installation: Installation
) -> None:
    clerk = signed_in("clerk")
    for first, last in ((0, 1), (100, 199), (5, 9)):
        answer = clerk.get(address(sound), buffered=True, headers={"Range": f"bytes={first}-{last}"})
        assert (answer.status_code, answer.data) == (206, SOUND[first : last + 1])
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(SOUND)}"
    assert len(listenings(installation)) == 1
    signed_in("head_of_office").get(address(sound), buffered=True)
    assert len(listenings(installation)) == 2


def test_nobody_listens_unnoticed_by_asking_from_the_middle(
    signed_in: SignIn, sound: Recording, ticket: tickets.Ticket, installation: Installation
) -> None:
    signed_in("clerk").get(address(sound), buffered=True, headers={"Range": "bytes=1-"})
    assert len(listenings(installation)) == 1


@pytest.mark.row("T-08")
def test_the_sound_is_not_there_for_whom_it_is_not(
    signed_in: SignIn,
    sound: Recording,
    ticket: tickets.Ticket,
    database: Database,
    installation: Installation,
) -> None:
    clerk = signed_in("clerk")
    with database.reading() as conn:
        person = conn.execute(people_table.select().where(people_table.c.login == "clerk")).one()
    change(database, ticket, subject_ids=frozenset([person.id]))
    assert clerk.get(address(sound), buffered=True).status_code == 404
    change(database, ticket, subject_ids=frozenset(), state="guided")
    assert clerk.get(address(sound), buffered=True).status_code == 404
    change(database, ticket, kind="denunciation", state="closed")
    assert clerk.get(address(sound), buffered=True).status_code == 404
    assert signed_in("auditor").get(address(sound), buffered=True).status_code == 403
    assert signed_in("desk_officer").get(address(sound), buffered=True).status_code == 403
    assert installation.database is database
    assert listenings(installation) == []


@pytest.mark.row("T-08")
def test_without_signing_in_there_is_no_sound(desk_app: Any, sound: Recording) -> None:
    answer = desk_app.test_client().get(address(sound), buffered=True)
    assert answer.status_code == 303
    assert "sign-in" in answer.headers["Location"]


@pytest.mark.row("T-08")
@pytest.mark.parametrize("number", ["0", "7777", "9223372036854775808", "-1", "..%2F1"])
def test_other_numbers_are_not_found(signed_in: SignIn, sound: Recording, number: str) -> None:
    assert signed_in("clerk").get(f"/console/recordings/{number}/sound").status_code == 404


def test_a_message_without_a_ticket_is_heard_by_those_who_may_see_callers(
    signed_in: SignIn, sound: Recording
) -> None:
    assert signed_in("clerk").get(address(sound), buffered=True).status_code == 200


def test_a_file_that_is_gone_is_not_found(
    signed_in: SignIn, sound: Recording, ticket: tickets.Ticket, tmp_path: Path, installation: Installation
) -> None:
    for file in (tmp_path / "recordings").rglob("*.wav"):
        file.unlink()
    assert signed_in("clerk").get(address(sound), buffered=True).status_code == 404
    assert listenings(installation) == []


@pytest.mark.row("T-10")
def test_a_spoken_instruction_is_heard_by_who_may_listen_to_its_ticket_only(
    signed_in: SignIn,
    installation: Installation,
    sound: Recording,
    ticket: tickets.Ticket,
    database: Database,
) -> None:
    clerk, head = signed_in("clerk"), signed_in("head_of_office")
    with database.writing() as conn:
        conn.execute(recordings_table.update().values(purpose="instruction"))
        conn.execute(tickets_table.update().values(recording_id=None, call_id=None))
    assert clerk.get(address(sound), buffered=True).status_code == 404
    with database.writing() as conn:
        now = installation.clock.now()
        said: dict[str, Any] = {"instruction": "nghe ghi âm", "recording_id": sound.id}
        move(conn, ticket.id, "instruct", actor="chutich", now=now, **said)
    assert clerk.get(address(sound), buffered=True).status_code == 200
    with database.reading() as conn:
        whom = conn.execute(select(people_table.c.id).where(people_table.c.login == "clerk")).scalar_one()
    change(database, ticket, subject_ids=frozenset([whom]))
    assert clerk.get(address(sound), buffered=True).status_code == 404
    assert head.get(address(sound), buffered=True).status_code == 200
