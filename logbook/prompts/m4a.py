"""Decodes m4a by a program of the machine: ffmpeg, or afconvert on macOS; nothing of ours reads them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from logbook.process import bounded
from logbook.prompts.sound import RATE, UnusableSoundError

SECONDS = 20.0
MEGABYTES = 1024
LARGEST = 8 * 1024 * 1024
"""Bytes of what is decoded: four minutes at 8 kHz; a prompt lasts two at most."""
LONGEST = 125
_FFMPEG = (
    *("ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", "mov", "-i", "in.m4a"),
    *("-map", "0:a:0", "-t", str(LONGEST), "-ac", "1", "-ar", str(RATE), "-sample_fmt", "s16"),
    *("-bitexact", "-f", "wav", "out.wav"),
)
"""Only the container itself is read: no list of other files, no address."""
_AFCONVERT = ("afconvert", "-f", "WAVE", "-d", f"LEI16@{RATE}", "-c", "1", "in.m4a", "out.wav")


def decoded(content: bytes) -> bytes:
    """The sound of an m4a file as a wave file; UnusableSoundError says what to do instead."""
    command = next((one for one in (_FFMPEG, _AFCONVERT) if shutil.which(one[0])), None)
    if command is None:
        raise UnusableSoundError("prompts_sound_m4a")
    with tempfile.TemporaryDirectory(prefix="tongdai-m4a-") as name:
        folder = Path(name)
        (folder / "in.m4a").write_bytes(content)
        made = folder / "out.wav"
        try:
            well = bounded.ends_well(command, folder, SECONDS, MEGABYTES)
            if not well or made.is_symlink() or made.stat().st_size > LARGEST:
                raise UnusableSoundError("prompts_sound_unreadable")
            return made.read_bytes()
        except OSError as trouble:
            raise UnusableSoundError("prompts_sound_unreadable") from trouble
