"""The grey picture of a PNG as typst draws it: eight bits, RGB or RGBA, read without a picture library."""

from __future__ import annotations

import struct
import zlib
from typing import Any


def grey(png: bytes) -> Any:
    """Return the first channel as a numpy array of bytes, height by width."""
    import numpy

    width, height, _, colour = struct.unpack(">IIBB", png[16:26])
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    channels = {2: 3, 6: 4}[colour]
    raw, stride = zlib.decompress(data), width * channels
    above = bytearray(stride)
    rows = []
    for row in range(height):
        start = row * (stride + 1)
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, channels)
        rows.append(numpy.frombuffer(bytes(above), dtype=numpy.uint8)[::channels])
    return numpy.stack(rows)


def _unfiltered(kind: int, line: bytearray, above: bytearray, step: int) -> bytearray:
    for at in range(len(line)):
        left = line[at - step] if at >= step else 0
        up, corner = above[at], above[at - step] if at >= step else 0
        match kind:
            case 1:
                line[at] = (line[at] + left) & 255
            case 2:
                line[at] = (line[at] + up) & 255
            case 3:
                line[at] = (line[at] + (left + up) // 2) & 255
            case 4:
                line[at] = (line[at] + _nearest(left, up, corner)) & 255
            case _:
                return line
    return line


def _nearest(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    far = (abs(guess - left), abs(guess - up), abs(guess - corner))
    if far[0] <= far[1] and far[0] <= far[2]:
        return left
    return up if far[1] <= far[2] else corner
