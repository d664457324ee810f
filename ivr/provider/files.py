"""Stores the stand-in provider's calls, messages and recordings as files in one folder."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

Row: TypeAlias = dict[str, str]
Kind: TypeAlias = Literal["Calls", "Messages", "Recordings"]

SAFE = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
SIDS: Mapping[Kind, re.Pattern[str]] = {
    "Calls": SAFE,
    "Messages": re.compile(r"SM[0-9a-f]{32}", re.ASCII),
    "Recordings": SAFE,
}
"""Names that may become files: of calls and recordings any a line may give, a UUID as well as Twilio's."""


@dataclass(frozen=True)
class Drawer:
    """One folder. Only identifiers that look like ours ever become a file name (T-20)."""

    folder: Path

    def put(self, kind: Kind, sid: str, row: Mapping[str, str]) -> None:
        """Keep or replace a row; ValueError for a wrong identifier."""
        target = self._path(kind, sid, "json")
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        fresh.write_text(json.dumps(dict(row), ensure_ascii=False), encoding="utf-8")
        fresh.replace(target)

    def get(self, kind: Kind, sid: str) -> Row | None:
        """Return a row, or None when there is none; ValueError for a wrong identifier."""
        path = self._path(kind, sid, "json")
        return _read(path) if path.is_file() else None

    def all(self, kind: Kind) -> list[Row]:
        """Return all rows, newest first."""
        paths = [path for path in self._room(kind).glob("*.json") if SIDS[kind].fullmatch(path.stem)]
        return [_read(path) for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)]

    def put_sound(self, sid: str, wav: bytes) -> None:
        """Keep the sound of a recording; ValueError for a wrong identifier."""
        target = self._path("Recordings", sid, "wav")
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".part")
        with fresh.open("wb") as out:
            out.write(wav)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(target)

    def get_sound(self, sid: str) -> bytes | None:
        """Return the sound of a recording, or None; ValueError for a wrong identifier."""
        path = self._path("Recordings", sid, "wav")
        return path.read_bytes() if path.is_file() else None

    def delete_recording(self, sid: str) -> bool:
        """Delete row and sound; say whether there was one; ValueError for a wrong identifier."""
        row = self._path("Recordings", sid, "json")
        existed = row.is_file()
        row.unlink(missing_ok=True)
        self._path("Recordings", sid, "wav").unlink(missing_ok=True)
        return existed

    def forget_call(self, sid: str, before: datetime) -> bool:
        """Delete the row of a call that was last written before then, and say so; its recordings stay."""
        old = self.get("Calls", sid) is not None and self.written("Calls", sid) < before
        if old:
            self._path("Calls", sid, "json").unlink(missing_ok=True)
        return old

    def written(self, kind: Kind, sid: str) -> datetime:
        """Return when a row was last written; ValueError for a wrong identifier."""
        return datetime.fromtimestamp(self._path(kind, sid, "json").stat().st_mtime, UTC)

    def _room(self, kind: Kind) -> Path:
        return self.folder / kind.lower()

    def _path(self, kind: Kind, sid: str, ending: str) -> Path:
        if not SIDS[kind].fullmatch(sid):
            raise ValueError(f"not an identifier for {kind}")
        return self._room(kind) / f"{sid}.{ending}"


def _read(path: Path) -> Row:
    return {str(name): str(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()}
