"""Speaks a text by machine: a program that the operator supplies, else espeak-ng.

Each speaks in a process of its own, under a time limit; what fails costs the caller nothing but this voice.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import weakref
from pathlib import Path
from threading import Lock

import structlog

from logbook.process import time_limit
from logbook.prompts.espeak import VOICES

SECONDS = 10.0
"""A sentence takes a twentieth of a second; the first one of a process starts the child."""
LARGEST = 8 * 1024 * 1024
log = structlog.get_logger("logbook.prompts")


class SynthesisError(Exception):
    """No sound came of it."""


class EspeakVoice:
    """espeak-ng of the extra `[voice]`, in one child process that ends with whoever speaks by it."""

    def __init__(self, accent: str) -> None:
        """Speak Vietnamese with the accent `north`, `central` or `south`; nothing is started yet."""
        self._accent = accent
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stop: weakref.finalize[..., EspeakVoice] | None = None

    @staticmethod
    def is_here() -> bool:
        """Whether the extra is installed."""
        return all(importlib.util.find_spec(name) for name in ("espeakng_loader", "soxr", "numpy"))

    def spoken(self, text: str, language: str) -> bytes:
        """The text as a wave file, 8 kHz, mono, 16 bit (SynthesisError)."""
        voice = VOICES[self._accent] if language == "vi" else language
        with self._lock:
            try:
                return time_limit.within(SECONDS, lambda: self._asked(text, voice))
            except (OSError, EOFError, time_limit.TookTooLongError) as trouble:
                self._end()
                raise SynthesisError(repr(trouble)) from trouble

    def _asked(self, text: str, voice: str) -> bytes:
        child = self._child
        if child is None or child.poll() is not None:
            self._end()
            command = [sys.executable, "-m", "logbook.prompts.espeak"]
            child = self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).resolve().parents[2],
            )
            self._stop = weakref.finalize(self, _stopped, child)
        if child.stdin is None or child.stdout is None:
            raise EOFError
        child.stdin.write(json.dumps({"text": text, "voice": voice}).encode() + b"\n")
        child.stdin.flush()
        length = int.from_bytes(_whole(child, 4), "big")
        return _whole(child, min(length, LARGEST))

    def _end(self) -> None:
        stop, self._child, self._stop = self._stop, None, None
        if stop is not None:
            stop()

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._lock:
            self._end()


def _stopped(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def _whole(child: subprocess.Popen[bytes], count: int) -> bytes:
    read = b"" if child.stdout is None else child.stdout.read(count)
    if len(read) < count:
        raise EOFError("the voice ended")
    return read


class SuppliedVoice:
    """A better voice in a folder of the operator's: its program `speak` reads a text and writes a wave file.

    The folder may hold Piper, sherpa-onnx or whatever runs offline; `speak` (on Windows `speak.cmd`) is
    called with the language, vi or en, gets the text as UTF-8 on its standard input, and writes 8 kHz, mono,
    16 bit on its standard output.
    """

    def __init__(self, folder: Path) -> None:
        """Speak by the program in `folder`."""
        self._program = folder / ("speak.cmd" if sys.platform == "win32" else "speak")

    def is_here(self) -> bool:
        """Whether there is such a program."""
        return self._program.is_file()

    def spoken(self, text: str, language: str) -> bytes:
        """The text as a wave file (SynthesisError)."""
        try:
            command = [str(self._program), language]
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, timeout=SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError) as trouble:
            raise SynthesisError(repr(trouble)) from trouble
        return done.stdout
