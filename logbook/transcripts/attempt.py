"""One try at writing a recording down: a child process of its own, limited in time, memory and output."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from logbook.process import bounded

PROGRAM = "transcribe.cmd" if sys.platform == "win32" else "transcribe"
ENGINE = "vietasr"
MOST_WRITTEN = 512 * 1024
"""Bytes of the child's answer that are read."""


@dataclass(frozen=True, slots=True)
class TranscriptEngine:
    """What writes speech down on this machine: the operator's program, else the library of the extra."""

    program: Path | None

    @property
    def name(self) -> str:
        """What it is called beside a draft."""
        return PROGRAM if self.program else ENGINE


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a try: the pieces in order, whether these are all, and else why not."""

    texts: tuple[str, ...]
    trouble: str | None = None
    out_of_time: bool = False

    @property
    def text(self) -> str:
        """What was written, a line for each piece."""
        return "\n".join(filter(None, (one.strip() for one in self.texts)))


def engine_of(data_folder: Path) -> TranscriptEngine | None:
    """The program `transcripts/transcribe` in the data folder, else the library; None without either."""
    program = data_folder / "transcripts" / PROGRAM
    if program.is_file():
        return TranscriptEngine(program.resolve())
    return TranscriptEngine(None) if importlib.util.find_spec(ENGINE) else None


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """What one try may take: seconds of the clock, megabytes of memory."""

    seconds: float
    megabytes: int


def attempt(
    sound: Path,
    engine: TranscriptEngine,
    limits: AttemptLimits,
    work: Path,
    goes_on: Callable[[], bool] = lambda: True,
) -> Attempt:
    """Write `sound` down in the empty folder `work`, made and deleted here, until `goes_on()` says no.

    The child and whatever it started are killed in any case. OSError when no child can be started.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700, parents=True)
    try:
        answer = work / "answer"
        with answer.open("wb") as written:
            child = _started(sound, engine, limits, work, written.fileno())
        try:
            in_time = bounded.waited(child, limits.seconds, goes_on)
        finally:
            bounded.killed(child)
            if child.stdin:
                child.stdin.close()
        return _read(answer, out_of_time=not in_time)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _started(
    sound: Path, engine: TranscriptEngine, limits: AttemptLimits, work: Path, written: int
) -> subprocess.Popen[bytes]:
    words = (str(sound.resolve()), str(engine.program or ""), str(limits.megabytes))
    return subprocess.Popen(
        [sys.executable, "-m", "logbook.transcripts.child", *words],
        stdin=subprocess.PIPE,
        stdout=written,
        stderr=subprocess.DEVNULL,
        cwd=work,
        env=bounded.environment(work),
        start_new_session=True,
    )


def _read(answer: Path, *, out_of_time: bool) -> Attempt:
    """The pieces of an answer; a line that is none of ours ends it."""
    with answer.open("rb") as file:
        lines = file.read(MOST_WRITTEN).splitlines()
    texts: list[str] = []
    for line in lines:
        match _parsed(line):
            case {"text": str(text)}:
                texts.append(text)
            case {"end": True}:
                return Attempt(tuple(texts))
            case {"error": str(why)}:
                return Attempt(tuple(texts), why)
            case _:
                break
    trouble = "took too long" if out_of_time else "ended before its end"
    return Attempt(tuple(texts), trouble, out_of_time)


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None
