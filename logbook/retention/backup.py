"""Makes the nightly backup: the database of one moment and its recordings, checked at once.

A copy is a database file, a manifest beside it, and the recordings in a store the copies share. The manifest
is written last; without it there is no copy (F-10, F-16).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from logbook.clock import local, parse_moment
from logbook.database.sqlite_copy import BackupFailedError, flush
from logbook.process.free_name import free_name
from logbook.retention.backup_contents import CopiedRecording

if TYPE_CHECKING:
    from logbook.database.engine import Database

STORE = "recordings"
PREFIX = "tongdai-"
_MANIFEST = ".json"
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup as its manifest describes it; `newest` is the last call's beginning, None without calls."""

    path: Path
    made_at: datetime
    sha256: str
    size: int
    revision: str
    rows: Mapping[str, int]
    newest: datetime | None
    sounds: tuple[CopiedRecording, ...]
    missing: tuple[str, ...]


def make(database: Database, recordings: Path, folder: Path, now: datetime) -> Backup:
    """Make and check one copy of `database` and its recordings in `folder` (0700) and return it.

    BackupFailedError or UnsoundBackupError leaves nothing of it behind.
    """
    from logbook.retention import backup_contents

    ending = ".db" if database.is_sqlite else ".dump"
    target = free_name(
        now, lambda second: folder / f"{PREFIX}{second}{ending}", lambda path: _manifest_of(path).exists()
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        contents = backup_contents.copy(database, target)
        kept, missing = _keep_sounds(backup_contents.sounds(database, target), recordings, folder / STORE)
        made = Backup(
            path=target,
            made_at=now.replace(microsecond=0),
            sha256=digest(target),
            size=target.stat().st_size,
            revision=contents.revision,
            rows=contents.rows,
            newest=contents.newest,
            sounds=kept,
            missing=missing,
        )
        _write_manifest(made)
    except BaseException as problem:
        with contextlib.suppress(OSError):
            _manifest_of(target).with_suffix(".part").unlink(missing_ok=True)
            if not _manifest_of(target).exists():
                target.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise BackupFailedError(f"{type(problem).__name__}: {problem}") from problem
        raise
    return made


def listed(folder: Path) -> list[Backup]:
    """Return the complete copies in `folder`, the newest first; a file without a manifest is no copy."""
    found = [read(path) for path in sorted(folder.glob(f"{PREFIX}*{_MANIFEST}"), reverse=True)]
    return [one for one in found if one is not None and one.path.exists()]


def newest(folder: Path, now: datetime) -> Backup | None:
    """Return the newest complete copy whose file still has its size, or None.

    One from a time to come was made under a clock that ran ahead, and says nothing of last night (F-13).
    """
    for path in sorted(folder.glob(f"{PREFIX}*{_MANIFEST}"), reverse=True):
        found = read(path)
        if found is None or found.made_at > now + _CLOCKS_DIFFER or not found.path.exists():
            continue
        if found.path.stat().st_size == found.size:
            return found
    return None


def of_file(file: Path) -> Backup | None:
    """Return the manifest beside a copied database, or None when there is none."""
    return read(_manifest_of(file))


def read(manifest: Path) -> Backup | None:
    """Read one manifest; None when it is not there or not a manifest of ours."""
    try:
        details = json.loads(manifest.read_text(encoding="utf-8"))
        return Backup(
            path=manifest.with_name(Path(str(details["file"])).name),
            made_at=parse_moment(details["made_at"]),
            sha256=str(details["sha256"]),
            size=int(details["size"]),
            revision=str(details["revision"]),
            rows={str(name): int(count) for name, count in details["rows"].items()},
            newest=parse_moment(details["newest"]) if details["newest"] else None,
            sounds=tuple(
                CopiedRecording(str(one["name"]), str(one["sha256"]), int(one["size"]))
                for one in details["sounds"]
            ),
            missing=tuple(str(name) for name in details["missing"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def prune(folder: Path, kept: int, now: datetime) -> list[Path]:
    """Remove all but the newest `kept` copies, and recordings no copy names any more; return what went.

    Copies from a time to come go first. What a killed process left half made goes once it is older than all
    that are kept (T-22).
    """
    copies = sorted(listed(folder), key=lambda one: one.made_at > now + _CLOCKS_DIFFER)
    for one in copies[kept:]:
        _manifest_of(one.path).unlink(missing_ok=True)
        one.path.unlink(missing_ok=True)
    oldest = min((one.path.name for one in copies[:kept]), default="")
    for file in folder.glob(f"{PREFIX}*"):
        if len(copies) >= kept and file.is_file() and file.name < oldest:
            file.unlink(missing_ok=True)
    named = {sound.name for one in copies[:kept] for sound in one.sounds}
    store = folder / STORE
    for file in store.rglob("*"):
        if file.is_file() and file.relative_to(store).as_posix() not in named:
            file.unlink(missing_ok=True)
    return [one.path for one in copies[kept:]]


def due(last: datetime | None, now: datetime, at: str) -> bool:
    """Whether the copy of the latest night is missing; `at` is the hour, "01:30" in Vietnam.

    Asked at any time of day: after a night without power the copy is made at the next tick.
    """
    hour, minute = (int(part) for part in at.split(":"))
    here = local(now)
    latest = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if latest > here:
        latest -= timedelta(days=1)
    return last is None or last < latest


def digest(file: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def put(source: Path, target: Path) -> None:
    """Give `target` the bytes of `source`: the same file where the disk allows, else a flushed copy (0600).

    A recording is never changed once it is written, only removed, so one file under two names is safe.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        try:
            os.link(source, unfinished)
        except OSError:
            shutil.copyfile(source, unfinished)
            unfinished.chmod(0o600)
            flush(unfinished)
        unfinished.replace(target)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _keep_sounds(
    wanted: Iterable[CopiedRecording], recordings: Path, store: Path
) -> tuple[tuple[CopiedRecording, ...], tuple[str, ...]]:
    """Copy what is new into the store, and return what is whole there and what is missing or changed."""
    kept, missing = [], []
    for sound in wanted:
        source, target = recordings / sound.name, store / sound.name
        if not (target.is_file() and target.stat().st_size == sound.size):
            if not source.is_file() or digest(source) != sound.sha256:
                missing.append(sound.name)
                continue
            put(source, target)
        kept.append(sound)
    return tuple(kept), tuple(missing)


def _write_manifest(made: Backup) -> None:
    details = {
        "file": made.path.name,
        "made_at": made.made_at.astimezone(UTC).isoformat(),
        "sha256": made.sha256,
        "size": made.size,
        "revision": made.revision,
        "rows": dict(made.rows),
        "newest": made.newest and made.newest.astimezone(UTC).isoformat(),
        "sounds": [asdict(sound) for sound in made.sounds],
        "missing": list(made.missing),
    }
    target = _manifest_of(made.path)
    unfinished = target.with_suffix(".part")
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(details, file, ensure_ascii=False, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)


def _manifest_of(file: Path) -> Path:
    return file.with_suffix(_MANIFEST)
