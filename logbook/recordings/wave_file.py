"""Writes sound as a wave file: one channel, 16 bit."""

from __future__ import annotations

import array
import io
import sys
import wave
from collections.abc import Sequence


def encoded(samples: Sequence[int], rate: int) -> bytes:
    """Return a wave file of `samples` (-32768 to 32767), `rate` of them a second."""
    out = array.array("h", samples)
    if sys.byteorder == "big":
        out.byteswap()
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(out.tobytes())
    return target.getvalue()
