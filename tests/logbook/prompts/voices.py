"""Sounds that can be told apart, and how alike two sounds are."""

from __future__ import annotations

import io
import wave

import numpy as np

from ivr.phone import sound


def voice_of_somebody(seed: int = 7) -> bytes:
    """Two seconds that sound like no other: notes that change every tenth of a second."""
    notes = np.random.default_rng(seed).uniform(250, 1800, 20)
    at = np.arange(sound.RATE // 10) / sound.RATE
    heard = np.concatenate([np.sin(2 * np.pi * note * at) for note in notes]) * 9000
    quiet = np.zeros(sound.RATE // 3)
    return wave_of(np.concatenate([quiet, heard, quiet]).astype(np.int16))


def wave_of(
    samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]], rate: int = 8000, channels: int = 1
) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return target.getvalue()


def likeness(one: bytes, other: bytes) -> float:
    """The highest correlation of two sounds, wherever the shorter one stands in the longer one."""
    first, second = (
        np.frombuffer(bytes(sound.read(wav).samples), np.int16).astype(float) for wav in (one, other)
    )
    long, short = (first, second) if len(first) >= len(second) else (second, first)
    middle = short[len(short) // 5 : -len(short) // 5]
    size = len(long) + len(middle)
    found = np.fft.irfft(np.fft.rfft(long, size) * np.conj(np.fft.rfft(middle, size)), size)[: len(long)]
    energy = np.convolve(long**2, np.ones(len(middle)), "full")[len(middle) - 1 :]
    return float((found / np.sqrt(np.maximum(energy[: len(found)], 1) * (middle**2).sum())).max())
