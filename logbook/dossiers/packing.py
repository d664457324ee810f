"""Checks an XLSX before a library unpacks it: small on disk may be huge in memory."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from logbook.dossiers.unreadable import UnreadableFileError

MOST_UNPACKED = 512 * 1024 * 1024
"""Bytes of all parts."""
MOST_CELLS = 8_000_000
"""Rows times columns of one sheet: the library makes room for each, however few are filled."""
MOST_TEXT = 100_000
"""Bytes of one text: a cell holds 32,767 characters at most."""
MOST_COPIED = 1536 * 1024 * 1024
"""Bytes that texts shared by many cells may come to, one copy a cell."""
LEAST_COLUMNS = 26
PIECE = 1 << 20
OVERLAP = 64
_FAR = re.compile(rb'r="([A-Z]{2,})[0-9]')
_ROW = re.compile(rb'<row r="([0-9]+)"')
_FAR_DOWN = re.compile(rb'r="[A-Z]*([0-9]{6,})"')
_SPELT_OTHERWISE = (b"r =", b"r='", b'r= "', b"r= '", b"r\t", b"r\n", b"r\r")
_FAR_ODD = re.compile(rb"""\br\s*=\s*["']([A-Z]{2,})[0-9]""")
_FAR_DOWN_ODD = re.compile(rb"""\br\s*=\s*["'][A-Z]*([0-9]+)["']""")


def refuse_bombs(file: Path | bytes) -> None:
    """Unpack every part, keeping nothing: a ZIP may lie about its sizes (UnreadableFileError)."""
    stream: BinaryIO = io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")
    try:
        with stream, zipfile.ZipFile(stream) as packed:
            parts = packed.infolist()
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise UnreadableFileError("unknown")
            _look_into(stream, parts)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError):
        raise UnreadableFileError("unknown") from None


def _look_into(stream: BinaryIO, parts: list[zipfile.ZipInfo]) -> None:
    left, longest, shared = MOST_UNPACKED, 0, 0
    for part in parts:
        look, is_sheet = _Look(), part.filename.endswith(".xml") and "sheets/" in part.filename
        for piece in _unpacked(stream, part):
            left -= len(piece)
            if left < 0:
                raise UnreadableFileError("bomb")
            look.at(piece, is_sheet=is_sheet)
        if is_sheet:
            look.refuse_wide()
            shared += look.shared
        longest = max(longest, look.longest)
    if longest > MOST_TEXT or (longest > 4096 and longest * shared > MOST_COPIED):
        raise UnreadableFileError("bomb")


class _Look:
    """How far a part of the file reaches: rows, columns, texts."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.rows, self.columns, self.longest, self.shared = 0, LEAST_COLUMNS, 0, 0
        self._tail, self._run = b"", 0

    def at(self, piece: bytes, *, is_sheet: bool) -> None:
        """Look at the next piece; what is cut by its end is seen with the one after it."""
        texts = [len(text) for text in piece.split(b"<")]
        texts[0] += self._run
        self._run = texts[-1]
        self.longest = max(self.longest, max(texts))
        if not is_sheet:
            return
        whole = self._tail + piece
        odd = any(sign in whole for sign in _SPELT_OTHERWISE)
        far, down = (_FAR_ODD, _FAR_DOWN_ODD) if odd else (_FAR, _FAR_DOWN)
        for pattern in (_ROW, down):
            self.rows = max(self.rows, *(int(row[:12]) for row in pattern.findall(whole)), 0)
        self.columns = max(self.columns, *(_column(name) for name in set(far.findall(whole))), 0)
        self.shared += piece.count(b't="s"')
        self._tail = whole[-OVERLAP:]

    def refuse_wide(self) -> None:
        """A sheet with one cell far away needs room for all between."""
        if self.rows * self.columns > MOST_CELLS:
            raise UnreadableFileError("bomb")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters[:6]:
        number = number * 26 + letter - 64
    return number


def _unpacked(stream: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    stream.seek(part.header_offset + 26)
    names = int.from_bytes(stream.read(2), "little") + int.from_bytes(stream.read(2), "little")
    stream.seek(part.header_offset + 30 + names)
    left = part.compress_size
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFileError("unknown")
    unpack = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (packed := stream.read(min(left, PIECE))):
        left -= len(packed)
        while packed:
            if unpack is None:
                yield packed
                break
            yield unpack.decompress(packed, PIECE)
            packed = unpack.unconsumed_tail
            if unpack.eof:
                return
