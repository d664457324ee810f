"""Programs that stand in for a speech engine, and recordings for them."""

from __future__ import annotations

import array
import io
import math
import wave
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from logbook.database.tables import recordings as table
from logbook.recordings.files import RecordingFolder

RATE = 8000
HEARD = "#!/bin/sh\nprintf '%s' 'đường thôn Đông hỏng nặng'\n"
"""A program that always hears the same."""
HANGS = "#!/bin/sh\necho $$ > '{pid}'\nexec sleep 600\n"
FLOODS = "#!/bin/sh\nexec yes 'ồn ào'\n"
GREEDY = "#!/usr/bin/env python3\nkept = [bytearray(64 << 20) for _ in range(64)]\nprint('đã chiếm hết')\n"
FAILS = "#!/bin/sh\nexit 7\n"
HOSTILE = (
    "#!/bin/sh\nprintf '<script>window.__pwned=1</script>\\000\\033[2J\\377 {{7*7}} \\342\\200\\256đảo'\n"
)


def put_program(data_folder: Path, script: str = HEARD) -> Path:
    """The operator's program in its folder."""
    program = data_folder / "transcripts" / "transcribe"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(script, "utf-8")
    program.chmod(0o755)
    return program


def tone(seconds: float, level: int = 9000) -> list[int]:
    """Something that sounds."""
    return [int(level * math.sin(at * 0.35)) for at in range(int(seconds * RATE))]


def silence(seconds: float) -> list[int]:
    """Nothing that sounds."""
    return [0] * int(seconds * RATE)


def wave_of(samples: Sequence[int], rate: int = RATE, channels: int = 1) -> bytes:
    """A wave file of 16 bit."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array.array("h", samples).tobytes())
    return target.getvalue()


def give_sound(conn: Connection, data_folder: Path, recording_id: int, content: bytes, now: datetime) -> None:
    """Put real sound behind a stored recording."""
    file = RecordingFolder(data_folder / "recordings").keep(content, "audio/wav", now)
    values = {"file_name": file.name, "sha256": file.sha256, "size": file.size}
    conn.execute(table.update().where(table.c.id == recording_id).values(values))


def still_runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
