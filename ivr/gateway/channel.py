"""What a line does with one channel: play, wait for a key, read what was recorded."""

from __future__ import annotations

import array
import time
from pathlib import Path
from queue import Empty, Queue

from ivr.gateway.conversation import AgiAnswer, Conversation, quoted
from ivr.phone import sound
from ivr.phone.line import CallerHungUpError, Passed
from logbook.calls.quality import CallQuality

LONGEST_PROMPT = 600.0
MOST_JITTER = 1000.0


def stream(channel: Conversation, path: str, keys: str) -> AgiAnswer:
    """Play a file until its end or one of the keys (ChannelGoneError)."""
    return channel.ask(f"STREAM FILE {quoted(path)} {quoted(keys)}", LONGEST_PROMPT)


def key_of(channel: Conversation, seconds: float) -> Passed:
    """Wait for one key (ChannelGoneError, CallerHungUpError)."""
    begun = time.monotonic()
    answer = channel.ask(f"WAIT FOR DIGIT {max(1, round(seconds * 1000))}", seconds)
    if answer.result == -1:
        raise CallerHungUpError(time.monotonic() - begun)
    return Passed(time.monotonic() - begun, answer.key)


def within(comes: Queue[Conversation], seconds: float) -> Conversation | None:
    """Return the channel that comes within that time."""
    try:
        return comes.get(timeout=seconds)
    except Empty:
        return None


def recording_at(path: Path) -> bytes:
    """A recording as it lies on the disk; whatever a dying channel left of its head is mended."""
    try:
        return sound_of(path.read_bytes())
    except (OSError, sound.NotAWaveError):
        return b""


def sound_of(content: bytes) -> bytes:
    """Return a whole wave file of what was written so far (NotAWaveError for less than a head)."""
    try:
        sound.read(content)
        return content
    except sound.NotAWaveError:
        samples = content[44:]
        if content[:4] != b"RIFF" or not samples:
            raise
        whole = array.array("h")
        whole.frombytes(samples[: len(samples) // 2 * 2])
        return sound.write(sound.DecodedSound(whole))


def quality_of(said: str) -> CallQuality | None:
    """Read what Asterisk counted of a channel's packets (`CHANNEL(rtcp,all)`); None where nothing came."""
    found = dict(piece.partition("=")[::2] for piece in said.split(";"))
    try:
        came, lost, jitter = int(found["rxcount"]), int(found["lp"]), float(found["rxjitter"])
    except (KeyError, ValueError):
        return None
    if came <= 0 or not 0 <= jitter < MOST_JITTER:
        return None
    return CallQuality(came, max(0, lost), None, round(1000 * jitter))


def seconds_of(text: str) -> float:
    """Read a number of seconds as Asterisk writes it; 0 for anything else."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0.0
