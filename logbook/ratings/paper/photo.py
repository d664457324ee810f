"""Opens a photograph that somebody sends: JPEG or PNG, upright, grey, within limits of bytes and pixels."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 24 * 1024 * 1024
"""Of one photograph; a telephone's with 12 megapixels has two to eight million."""
MOST_PIXELS = {"JPEG": 120_000_000, "MPO": 120_000_000, "PNG": 30_000_000}
"""A JPEG is opened at half its size or less where it is large; a PNG cannot be."""
LEAST_SIDE = 700
"""Pixels of the shorter side: a slip on fewer has no lines."""
LONG_SIDE = 4200
"""Pixels; what is larger is made smaller before it is read, which costs nothing that is read."""
_DARKEST = 35
"""Mean brightness of 255 below which nothing can be told apart."""
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")


class PhotoRefusedError(Exception):
    """A photograph as a whole cannot be read: the key of a sentence that says what to do, and its words."""

    def __init__(self, key: str, **words: str) -> None:
        """Say why by the sentence `photo_<key>`."""
        super().__init__(key)
        self.key, self.words = f"photo_{key}", words


def opened(content: bytes) -> Image:
    """Return the photograph in grey, turned as it was held; PhotoRefusedError says what to do instead."""
    if len(content) > MOST_BYTES:
        raise PhotoRefusedError("too_large", most=str(MOST_BYTES // 1024 // 1024))
    _refuse_other_kinds(content)
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise PhotoRefusedError("no_reader") from None
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as file:
            if file.width * file.height > MOST_PIXELS[file.format or ""]:
                raise PhotoRefusedError("too_many_pixels")
            if min(file.size) < LEAST_SIDE:
                raise PhotoRefusedError("too_small", least=str(LEAST_SIDE))
            file.draft("L", _wanted(file.size))
            grey = _grey(file)
            upright = ImageOps.exif_transpose(grey)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoRefusedError("too_many_pixels") from None
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError, struct.error, zlib.error):
        raise PhotoRefusedError("broken") from None
    return _small(upright)


def too_dark(grey: Image) -> bool:
    """Whether so little light was there that no line can be told from the paper."""
    histogram = grey.histogram()
    return bool(sum(level * count for level, count in enumerate(histogram)) < _DARKEST * sum(histogram))


def _refuse_other_kinds(content: bytes) -> None:
    if not content:
        raise PhotoRefusedError("empty")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise PhotoRefusedError("heic")
    if content.startswith(b"%PDF"):
        raise PhotoRefusedError("pdf")
    if not content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise PhotoRefusedError("unknown")


def _wanted(size: tuple[int, int]) -> tuple[int, int]:
    """The size from which a JPEG need not be opened whole."""
    scale = min(1.0, LONG_SIDE / 1.4 / max(size))
    return int(size[0] * scale), int(size[1] * scale)


def _grey(file: Image) -> Image:
    if file.mode.startswith("I"):  # sixteen bits a pixel
        return file.point(lambda value: value / 256).convert("L")
    if file.has_transparency_data:
        whole = file.convert("LA")
        paper = whole.getchannel("L").point(lambda _: 255)
        paper.paste(whole.getchannel("L"), mask=whole.getchannel("A"))
        return paper
    return file.convert("L")


def _small(grey: Image) -> Image:
    factor = -(-max(grey.size) // LONG_SIDE)
    return grey.reduce(factor) if factor > 1 else grey
