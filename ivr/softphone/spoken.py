"""What is being said into browsers, on disk from its first second until the logbook has it."""

from __future__ import annotations

import array
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from ivr.embedded.wave_file import WaveFile
from logbook.settings.loading import Settings

log = structlog.get_logger("ivr.softphone")


def spoken_folder(settings: Settings) -> Path:
    """Where an office's recordings in browsers are while they are made."""
    return settings.data_folder / "phone" / "spoken"


class SpokenFolder:
    """Files of one office: `CallSid.wav` while somebody speaks, then `CallSid.RecordingSid.wav`."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before somebody speaks."""
        self._folder = folder
        self._live: set[str] = set()

    @contextmanager
    def carried(self, call_sid: str) -> Iterator[None]:
        """This process carries the call meanwhile: its files were not left behind."""
        self._live.add(call_sid)
        try:
            yield
        finally:
            self._live.discard(call_sid)

    def begin(self, call_sid: str) -> SpokenFile:
        """A new recording of a call; an earlier one that nobody named was silence."""
        return SpokenFile(self._folder / f"{call_sid}.wav")

    def name(self, call_sid: str, recording_sid: str) -> Path:
        """Give the recording the name that the logbook knows it by: told twice, it is still one."""
        named = self._folder / f"{call_sid}.{recording_sid}.wav"
        spoken = self._folder / f"{call_sid}.wav"
        if spoken.is_file():
            spoken.replace(named)
        return named

    def forget(self, call_sid: str) -> None:
        """The logbook has all of the call."""
        for path in self._folder.glob(f"{call_sid}.*wav"):
            path.unlink(missing_ok=True)

    def left_behind(self) -> dict[Path, int]:
        """Files of calls that nobody carries here, with their sizes in bytes."""
        return {path: path.stat().st_size for path in self._folder.glob("*.wav") if not self._is_live(path)}

    def _is_live(self, path: Path) -> bool:
        return path.name.split(".")[0] in self._live


class SpokenFile:
    """One recording as it comes; a disk that is full costs the copy, not the call."""

    def __init__(self, path: Path) -> None:
        """The file begins with the first samples."""
        self._path = path
        self._file: WaveFile | None = None
        self._broken = False

    def put(self, samples: bytes, at: int) -> None:
        """Write signed 16-bit samples, little-endian, at their place."""
        if self._broken:
            return
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = WaveFile(self._path)
            words = array.array("h", samples)
            if sys.byteorder == "big":
                words.byteswap()
            self._file.put(words, at)
        except OSError as trouble:
            self._broken = True
            log.error("what is said could not be written", error=str(trouble))

    def close(self) -> None:
        """The recording is over."""
        try:
            if self._file is not None:
                self._file.close()
        except OSError as trouble:
            log.error("what is said could not be written", error=str(trouble))
