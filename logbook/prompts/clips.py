"""Recorded clips of the office: which text each says, who recorded it, and its sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, insert, select, update

from logbook.database.tables import people, prompt_clips
from logbook.ids import PersonId
from logbook.prompts.sound import RATE, Samples, mended, write_wave
from logbook.prompts.wording import digest


class ClipSource(StrEnum):
    """How a clip came."""

    BROWSER = "browser"
    UPLOAD = "upload"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class PromptClip:
    """One recorded clip without its sound; `waits` for its sound where it was phoned in just now."""

    id: int
    language: str
    prompt: str
    text: str
    digest: str
    source: ClipSource
    seconds: float
    troubles: tuple[str, ...]
    waits: bool
    by: str
    at: datetime


_COLUMNS = [column for column in prompt_clips.c if column.name != "sound"]


def listed(conn: Connection) -> list[PromptClip]:
    """All clips that were not taken back, the oldest first."""
    rows = conn.execute(
        select(*_COLUMNS, people.c.name)
        .join(people, people.c.id == prompt_clips.c.made_by)
        .where(prompt_clips.c.retired_at.is_(None))
        .order_by(prompt_clips.c.id)
    ).mappings()
    return [_read(row) for row in rows]


def usable(conn: Connection) -> list[tuple[int, str, str]]:
    """Row number, language and text of every clip that may be played, the oldest first."""
    rows = conn.execute(
        select(prompt_clips.c.id, prompt_clips.c.language, prompt_clips.c.text)
        .where(prompt_clips.c.retired_at.is_(None), prompt_clips.c.milliseconds > 0)
        .order_by(prompt_clips.c.id)
    )
    return [(row.id, row.language, row.text) for row in rows]


def sounds(conn: Connection, numbers: Iterable[int]) -> dict[int, tuple[bytes, str]]:
    """Sound and text of clips by their row numbers, taken back or not; those without sound are missing."""
    rows = conn.execute(
        select(prompt_clips.c.id, prompt_clips.c.sound, prompt_clips.c.text).where(
            prompt_clips.c.id.in_(set(numbers)), prompt_clips.c.sound.is_not(None)
        )
    )
    return {row.id: (row.sound, row.text) for row in rows}


def add(
    conn: Connection,
    *,
    language: str,
    prompt: str,
    text: str,
    wave: bytes,
    troubles: Iterable[str] = (),
    source: ClipSource,
    person_id: PersonId,
    now: datetime,
) -> int:
    """Keep a mended clip for a text, with what is poor about it, and return its row number.

    It is played from now on wherever exactly these words are to be said.
    """
    row = {
        "language": language,
        "prompt": prompt,
        "text": text,
        "digest": digest(text),
        "source": source,
        "sound": wave,
        "milliseconds": milliseconds(wave),
        "troubles": " ".join(troubles),
        "made_by": person_id,
        "made_at": now,
    }
    return int(conn.execute(insert(prompt_clips).values(row).returning(prompt_clips.c.id)).scalar_one())


def mended_wave(samples: Samples) -> bytes:
    """The wave file of a mended sound (UnusableSoundError)."""
    return write_wave(mended(samples))


def milliseconds(wave: bytes) -> int:
    """How long a wave file of a telephone lasts; at least one."""
    return max(1, (len(wave) - 44) // (2 * RATE // 1000))


def retire(conn: Connection, language: str, clip_id: int, now: datetime) -> bool:
    """Play a clip no more; its row stays. False when somebody has done so before."""
    done = conn.execute(
        update(prompt_clips)
        .where(
            prompt_clips.c.id == clip_id,
            prompt_clips.c.language == language,
            prompt_clips.c.retired_at.is_(None),
        )
        .values(retired_at=now)
    )
    return done.rowcount == 1


def _read(row: RowMapping) -> PromptClip:
    return PromptClip(
        row["id"],
        row["language"],
        row["prompt"],
        row["text"],
        row["digest"],
        ClipSource(row["source"]),
        row["milliseconds"] / 1000,
        tuple(row["troubles"].split()),
        row["milliseconds"] == 0 and not row["troubles"],
        row["name"],
        row["made_at"],
    )
