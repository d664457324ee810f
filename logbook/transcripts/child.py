"""A child process that writes one recording down: a line of JSON for every piece, and one at the end.

Started as `python -m logbook.transcripts.child` by `attempt`. The engine is loaded only here. The process
limits its own memory, ends all it started when nobody waits for it, and is killed when its time is up.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Protocol, TextIO

from logbook.process import bounded
from logbook.process.priority import give_way
from logbook.recordings import wave_file
from logbook.transcripts.pieces import UnreadableSoundError, pieces, read_speech

MOST_FROM_PROGRAM = 64 * 1024
"""Bytes an operator's program may write about half a minute of speech."""


class EngineTroubleError(Exception):
    """The engine did not do what was asked of it."""


class Transcriber(Protocol):
    """Whatever writes speech down."""

    def text_of(self, wav: Path) -> str:
        """The words of a wave file of at most half a minute, 8 or 16 kHz, one channel, 16 bit."""


class LibraryTranscriber:
    """The engine of the extra `[transcripts]`, whose model comes with its package; nothing is fetched."""

    def __init__(self) -> None:
        """Load the model (ImportError, OSError where it is missing)."""
        from vietasr import Pipeline

        self._pipeline = Pipeline.preset("transcribe")

    def text_of(self, wav: Path) -> str:
        """The words of a wave file."""
        return str(self._pipeline.transcribe(str(wav)).text)


class ProgramTranscriber:
    """The operator's own program: it gets the path of a wave file and writes the words, UTF-8."""

    def __init__(self, program: Path) -> None:
        """Use this program."""
        self._program = program

    def text_of(self, wav: Path) -> str:
        """The words of a wave file."""
        done = subprocess.Popen(
            [str(self._program), str(wav)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with done:
            said = done.stdout.read(MOST_FROM_PROGRAM + 1) if done.stdout else b""
            if len(said) > MOST_FROM_PROGRAM:
                done.kill()
                raise EngineTroubleError("the program writes without end")
        if done.returncode:
            raise EngineTroubleError(f"the program ended with {done.returncode}")
        return said.decode("utf-8", "replace")


def main(sound: str, program: str, megabytes: str) -> None:
    """Write what was said, piece by piece, to the standard output."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # engines talk; only what we write is read
    Thread(target=_end_with_parent, daemon=True).start()
    give_way()  # it computes for minutes
    bounded.limit(int(megabytes))
    try:
        speech = read_speech(Path(sound))
        engine: Transcriber = ProgramTranscriber(Path(program)) if program else LibraryTranscriber()
        wav = Path("piece.wav")
        for piece in pieces(speech):
            wav.write_bytes(wave_file.encoded(piece, speech.rate))
            _write(out, {"text": engine.text_of(wav.resolve())})
        _write(out, {"end": True})
    except (UnreadableSoundError, EngineTroubleError) as trouble:
        _write(out, {"error": str(trouble)})
    except (ImportError, OSError, MemoryError, RuntimeError, ValueError) as trouble:
        _write(out, {"error": type(trouble).__name__})


def _write(out: TextIO, line: Mapping[str, object]) -> None:
    out.write(f"{json.dumps(line)}\n")
    out.flush()


def _end_with_parent() -> None:
    """The parent holds the other end of our input: when it is gone, so are we and what we started."""
    os.read(0, 1)
    if sys.platform == "win32":
        os._exit(1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
