"""A child process that speaks with espeak-ng: a line of JSON in, a length and a wave file out.

Started as `python -m logbook.prompts.espeak`. It stands apart from the program: its library has another
licence (GPL), and what makes it fall over ends no call.
"""

from __future__ import annotations

import ctypes
import io
import json
import sys
import wave
from typing import Any

SYNCHRONOUS, UTF8 = 2, 1
SPEED, WORDS_A_MINUTE = 1, 165
LOUDEST = 23_197
"""-3 dBFS, as recorded clips have it."""
QUIET, LEAD = 0.004, 80
"""Of the loudest moment: what is below is not heard yet; samples that stay before it, 10 ms."""
VOICES = {"north": "vi", "central": "vi-vn-x-central", "south": "vi-vn-x-south"}
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakLibrary:
    """The library, loaded once a process."""

    def __init__(self) -> None:
        """Load it from its package (ImportError, OSError where that is missing)."""
        import espeakng_loader

        self._speech = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self._rate = int(self._speech.espeak_Initialize(SYNCHRONOUS, 0, data, 0))
        self._heard = bytearray()
        self._keep = _CALLBACK(self._take)
        self._speech.espeak_SetSynthCallback(self._keep)
        self._speech.espeak_SetParameter(SPEED, WORDS_A_MINUTE, 0)

    def _take(self, samples: Any, count: int, _events: object) -> int:
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, count * 2)
        return 0

    def spoken(self, text: str, voice: str) -> bytes:
        """The text as a wave file of a telephone: 8 kHz, mono, 16 bit."""
        import numpy as np
        import soxr

        self._heard.clear()
        self._speech.espeak_SetVoiceByName(voice.encode())
        said = text.encode()
        self._speech.espeak_Synth(said, ctypes.c_size_t(len(said) + 1), 0, 0, 0, UTF8, None, None)
        speech = soxr.resample(
            np.frombuffer(bytes(self._heard), dtype=np.int16).astype(np.float32), self._rate, 8000
        )
        level = np.abs(speech)
        loudest = max(1.0, float(level.max(initial=0)))
        speech = speech[max(0, int(np.argmax(level > loudest * QUIET)) - LEAD) :]
        target = io.BytesIO()
        with wave.open(target, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes((speech * (LOUDEST / loudest)).astype(np.int16).tobytes())
        return target.getvalue()


def main() -> None:
    """Answer until nobody asks any more."""
    library = EspeakLibrary()
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        wav = library.spoken(asked["text"], asked["voice"])
        out.write(len(wav).to_bytes(4, "big") + wav)
        out.flush()


if __name__ == "__main__":
    main()
