"""Compares the recordings in the database with the files on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from logbook.database.tables import recordings
from logbook.ids import RecordingId
from logbook.recordings.files import RecordingFolder


@dataclass(frozen=True, slots=True)
class KnownSound:
    """A recording the database says is stored: its number, file and SHA-256 in hex."""

    recording_id: RecordingId
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class WrongSound:
    """A recording whose file is gone, or is not the one that was stored."""

    recording_id: RecordingId
    name: str
    gone: bool


def known(conn: Connection) -> list[KnownSound]:
    """Return every recording that is stored here, by its number."""
    columns = (recordings.c.id, recordings.c.file_name, recordings.c.sha256)
    query = select(*columns).where(recordings.c.state == "stored").order_by(recordings.c.id)
    return [KnownSound(row[0], row[1] or "", row[2] or "") for row in conn.execute(query)]


def wrong(sounds: Sequence[KnownSound], folder: RecordingFolder) -> list[WrongSound]:
    """Return those that are missing or changed; reads every file, so never inside a transaction."""
    found = []
    for sound in sounds:
        try:
            same = folder.digest(sound.name) == sound.sha256
        except (OSError, ValueError):
            found.append(WrongSound(sound.recording_id, sound.name, gone=True))
            continue
        if not same:
            found.append(WrongSound(sound.recording_id, sound.name, gone=False))
    return found
