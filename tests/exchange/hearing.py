"""Whether a sentence is in what was heard, told by correlation."""

from __future__ import annotations

from tests.exchange.phone_sound import LINEAR


def likeness(heard: list[int], said: list[int]) -> float:
    """How well `said` is found in what was heard: the highest normalised correlation, 1 is the same."""
    import numpy as np

    hay, needle = np.asarray(heard, dtype=float), np.asarray(said, dtype=float)
    if len(hay) < len(needle) or not needle.any():
        return 0.0
    size = 1 << (len(hay) + len(needle) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size)), size)
    dots = product[: len(hay) - len(needle) + 1]
    sums = np.concatenate(([0.0], np.cumsum(hay * hay)))
    energy = sums[len(needle) :] - sums[: -len(needle)]
    norms = np.sqrt(np.maximum(energy, 1e-9) * float(needle @ needle))
    loud = energy > 1e-3 * float(needle @ needle)
    return float(np.max(np.where(loud, dots / norms, 0.0)))


class Finder:
    """Finds which of some sentences was said last in a few seconds of A-law."""

    def __init__(self, needles: dict[str, list[int]], window: int) -> None:
        import numpy as np

        self._size = 1 << (window + max(map(len, needles.values()))).bit_length()
        self._table = np.asarray(LINEAR, dtype=float)
        self._needles = {
            name: (np.conj(np.fft.rfft(said, self._size)), len(said), float(np.dot(said, said)))
            for name, said in needles.items()
        }

    def last(self, heard: bytes) -> str:
        """The name of the sentence that ends last; empty when none was said."""
        import numpy as np

        hay = self._table[np.frombuffer(heard, dtype=np.uint8)]
        spectrum, found, until = np.fft.rfft(hay, self._size), "", 0
        for name, (needle, length, energy) in self._needles.items():
            if len(hay) < length:
                continue
            dots = np.fft.irfft(spectrum * needle, self._size)[: len(hay) - length + 1]
            at = int(np.argmax(dots))
            there = hay[at : at + length]
            most = float(np.sqrt(there @ there * energy))
            if dots[at] > 0.9 * most > 0 and at + length > until:
                found, until = name, at + length
        return found
