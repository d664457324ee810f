"""Phoning sentences in: the next one to read, what a key keeps, the clip made of its recording."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from logbook.database.tables import prompt_clips, recordings
from logbook.ids import RecordingId
from logbook.prompts import clips, listing
from logbook.prompts.clips import ClipSource
from logbook.prompts.codes import PhoningCode
from logbook.prompts.current import LineContent
from logbook.prompts.listing import Prompt, PromptState
from logbook.prompts.sound import UnusableSoundError
from logbook.prompts.uploads import read
from logbook.prompts.wording import digest
from logbook.recordings.files import RecordingFolder
from logbook.settings.loading import Settings

LOST = ("absent", "unplayable", "given_up")


def next_prompt(
    conn: Connection, code: PhoningCode, content: LineContent, settings: Settings, after: str
) -> Prompt | None:
    """The sentence a code begins with; `after` one, the next that has no recording that fits."""
    known = listing.prompts(content, settings, clips.listed(conn), code.language)
    names = [one.name for one in known]
    if not after:
        return next((one for one in known if one.name == code.prompt), known[0])
    rest = known[names.index(after) + 1 :] if after in names else known
    return next((one for one in rest if one.state in (PromptState.MISSING, PromptState.STALE)), None)


def keep(
    conn: Connection, code: PhoningCode, prompt: str, text: str, recording_id: RecordingId, now: datetime
) -> None:
    """Keep a recording of a call as the clip of a text; it is played once its sound has arrived.

    The same recording is kept once, however often the request comes.
    """
    if conn.execute(select(prompt_clips.c.id).where(prompt_clips.c.recording_id == recording_id)).first():
        return
    conn.execute(
        insert(prompt_clips).values(
            language=code.language,
            prompt=prompt,
            text=text,
            digest=digest(text),
            source=ClipSource.PHONE,
            milliseconds=0,
            troubles="",
            recording_id=recording_id,
            made_by=code.person_id,
            made_at=now,
        )
    )


def waiting(conn: Connection) -> list[tuple[int, str, str | None]]:
    """Clips whose sound is not here yet: row number, state and file of the recording."""
    rows = conn.execute(
        select(prompt_clips.c.id, recordings.c.state, recordings.c.file_name)
        .join(recordings, recordings.c.id == prompt_clips.c.recording_id)
        .where(
            prompt_clips.c.sound.is_(None),
            prompt_clips.c.troubles == "",
            recordings.c.state.in_(("stored", *LOST)),
        )
    )
    return [(row.id, row.state, row.file_name) for row in rows]


def finished(folder: RecordingFolder, state: str, file_name: str | None) -> tuple[bytes | None, str]:
    """The mended sound of a phoned clip, and what is poor about it; None where nothing can be used."""
    if state in LOST or file_name is None:
        return None, "prompts_sound_lost"
    try:
        sound = read(folder.file(file_name).read_bytes())
        return clips.mended_wave(sound.samples), " ".join(sound.troubles)
    except (OSError, UnusableSoundError) as trouble:
        return None, str(trouble.args[0]) if isinstance(trouble, UnusableSoundError) else "prompts_sound_lost"


def finish(conn: Connection, clip_id: int, sound: bytes | None, troubles: str) -> None:
    """Write the sound of a phoned clip down, or that there is none."""
    length = 0 if sound is None else clips.milliseconds(sound)
    conn.execute(
        update(prompt_clips)
        .where(prompt_clips.c.id == clip_id, prompt_clips.c.sound.is_(None))
        .values(sound=sound, milliseconds=length, troubles=troubles)
    )
