"""What a telephone sends as sound: G.711 A-law and mu-law, and keys as two tones.

Written from the protocol alone, as the telephone of the tests is.
"""

from __future__ import annotations

import math


def _decoded(code: int) -> int:
    code ^= 0x55
    magnitude, segment = (code & 0x0F) << 4, (code & 0x70) >> 4
    magnitude += 8 if segment == 0 else 0x108
    magnitude <<= max(0, segment - 1)
    return magnitude if code & 0x80 else -magnitude


def _decoded_ulaw(code: int) -> int:
    code ^= 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return -magnitude if code & 0x80 else magnitude


ALAW, ULAW, EVENTS = 8, 0, 101
LINEAR = [_decoded(code) for code in range(256)]
TABLES = {ALAW: LINEAR, ULAW: [_decoded_ulaw(code) for code in range(256)]}
QUIET = {kind: bytes(code for code in range(256) if abs(table[code]) < 500) for kind, table in TABLES.items()}
_NEAREST: dict[tuple[int, int], int] = {}
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)


def encoded(sample: int, kind: int) -> int:
    """The code whose value is nearest to a 16-bit sample."""
    step = sample >> 4
    if (step, kind) not in _NEAREST:
        table = TABLES[kind]
        _NEAREST[step, kind] = min(range(256), key=lambda code: abs(table[code] - (step << 4)))
    return _NEAREST[step, kind]


def tones(key: str, seconds: float = 0.12) -> list[int]:
    """A key as it sounds: two tones (ITU-T Q.23)."""
    row, column = divmod("123456789*0#".index(key), 3)
    turn = 2 * math.pi / 8000
    return [
        int(6000 * (math.sin(turn * _ROWS[row] * at) + math.sin(turn * _COLUMNS[column] * at)))
        for at in range(int(8000 * seconds))
    ]
