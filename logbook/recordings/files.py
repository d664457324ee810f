"""Stores recordings under random names, out of the web's reach (T-08, T-20)."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

_NAME = re.compile(r"\d{4}/\d{2}/[0-9a-f]{32}\.(wav|mp3)", re.ASCII)
_MONTH = re.compile(r"\d{4}/\d{2}/", re.ASCII)
_ENDINGS = {"audio/wav": "wav", "audio/mpeg": "mp3"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file once it is safely on disk; `size` in bytes, `sha256` in hex."""

    name: str
    sha256: str
    size: int
    media_type: str


class RecordingFolder:
    """A folder of recordings, 0700, in dated folders below it."""

    def __init__(self, path: Path) -> None:
        """Use `path`, made when the first recording is kept."""
        self.path = path

    def keep(self, content: bytes, media_type: str, now: datetime) -> StoredFile:
        """Write `content` under a random name and return once it is flushed to disk.

        KeyError for a media type other than audio/wav and audio/mpeg, OSError when the disk refuses;
        a file is either whole under its name or not there.
        """
        name = f"{now:%Y/%m}/{secrets.token_hex(16)}.{_ENDINGS[media_type]}"
        target = self.path / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = target.with_suffix(".part")
        try:
            with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(target)
            _flush_folder(target.parent)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        return StoredFile(name, hashlib.sha256(content).hexdigest(), len(content), media_type)

    def open(self, name: str) -> BufferedReader:
        """Open a kept recording for reading; ValueError for a name that is not ours, FileNotFoundError."""
        return self.file(name).open("rb")

    def file(self, name: str) -> Path:
        """Return the path of a kept recording; ValueError for any name not ours or leading elsewhere."""
        if not _NAME.fullmatch(name):
            raise ValueError("not the name of a recording")
        path = self.path.resolve() / name
        if path.resolve() != path:
            raise ValueError("not a recording's own file")
        return path

    def names_before(self, moment: datetime) -> list[str]:
        """Return the files, whole or half written, in the folders of months that ended before `moment`."""
        month = f"{moment.astimezone(UTC):%Y/%m}"
        found = (path.relative_to(self.path).as_posix() for path in self.path.glob("*/*/*") if path.is_file())
        return [name for name in found if _MONTH.match(name) and name[: len(month)] < month]

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a kept recording as it is on disk now, in hex; errors as `open`."""
        with self.open(name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def remove(self, name: str) -> None:
        """Delete a kept recording; nothing happens when it is gone already."""
        self.file(name).unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system lets a folder be flushed."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
