"""A voice for tests: each sentence is a noise of its own, short, and found again by correlation."""

from __future__ import annotations

import array
import hashlib
import random

from ivr.phone import sound
from ivr.phone.sound import DecodedSound

SECONDS = 0.8


def noise(text: str, seconds: float = SECONDS) -> list[int]:
    """The samples by which `text` is heard."""
    rng = random.Random(hashlib.sha256(text.encode()).digest())
    samples, level = [], 0.0
    for _ in range(int(seconds * sound.RATE)):
        level = 0.7 * level + rng.uniform(-4000, 4000)
        samples.append(int(level))
    return samples


def speak(text: str, language: str) -> bytes:
    """Say a text as this voice does."""
    del language
    return sound.write(DecodedSound(array.array("h", noise(text))))
