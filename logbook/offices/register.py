"""The register of an installation's offices, read from its folder.

    installation.yaml            province, public_address, most_open
    offices/22504/office.yaml    name, number, host, paused: what must be known before the office is opened
    offices/22504/config.yaml    the office's configuration, as of an office alone
    offices/22504/tongdai.env    its secrets (logbook.offices.environment)
    offices/22504/var/           its book, recordings, prompts and copies

A mistake in one office's file concerns that office alone: it is named in `broken`, the others go on.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from logbook import phone_numbers
from logbook.clock import Clock
from logbook.offices.shapes import InstallationFile, OfficeFile, read_part
from logbook.settings.errors import Problem, SettingsError

INSTALLATION, OFFICE, OFFICES = "installation.yaml", "office.yaml", "offices"
CODE = re.compile(r"[0-9]{2,8}", re.ASCII)
"""An office's code: the number of its commune. Digits alone, so that no part of a variable's name is one."""
BELOW = "/o/"
"""Below this folder of the installation's address each office has one that leads to its host."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""This machine's names for itself; an office of an installation there has a host below localhost."""
DIGITS_AND_DOTS = re.compile(r"[0-9.]+", re.ASCII)
LOOK_EVERY = 1.0
"""Seconds between two looks whether somebody has added, changed or removed an office."""


@dataclass(frozen=True, slots=True)
class OfficeEntry:
    """One office as the installation knows it: its line's number in E.164, and the host of its own.

    Every office has a host, since pages of one host share cookies, stores and scripts in a browser: the one
    in its file, else its code before the installation's host.
    """

    code: str
    folder: Path
    name: str
    number: str
    host: str
    public_url: str
    paused: bool = False

    @property
    def path(self) -> str:
        """The folder of the installation's address that leads to it, as /o/22504."""
        return f"{BELOW}{self.code}"


@dataclass(frozen=True)
class Offices:
    """All offices of an installation as they stood when its folder was read."""

    folder: Path
    shared: InstallationFile
    entries: Mapping[str, OfficeEntry]
    """By code, in order."""
    broken: Mapping[str, SettingsError] = field(default_factory=dict)
    """By code: what is wrong with the file of an office that cannot be reached."""

    def __iter__(self) -> Iterator[OfficeEntry]:
        """All offices that can be reached, by code."""
        return iter(self.entries.values())

    def __len__(self) -> int:
        """How many."""
        return len(self.entries)

    def of_code(self, code: str) -> OfficeEntry | None:
        """The office of a code."""
        return self.entries.get(code)

    def of_number(self, called: str) -> OfficeEntry | None:
        """The office whose line has the number `called`, however it is written."""
        e164 = phone_numbers.callable_in_vietnam(called)
        return None if e164 is None else self._numbers.get(e164)

    def of_host(self, host: str) -> OfficeEntry | None:
        """The office whose own host is `host`, as a Host header says it, with or without a port."""
        return self._hosts.get(bare(host))

    def is_shared(self, host: str) -> bool:
        """Whether `host` is the installation's own, or this machine's name for itself."""
        return bare(host) in (urlsplit(self.shared.public_address).hostname, *LOOPBACK)

    @cached_property
    def _numbers(self) -> dict[str, OfficeEntry]:
        return {one.number: one for one in self}

    @cached_property
    def _hosts(self) -> dict[str, OfficeEntry]:
        return {one.host: one for one in self}


def bare(host: str) -> str:
    """A host as a Host header says it, without its port, as it is compared."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return name.casefold().rstrip(".")


def read_offices(folder: Path) -> Offices:
    """Read the folder of an installation; SettingsError when what the offices share cannot be used."""
    shared = read_part(folder / INSTALLATION, InstallationFile)
    entries: dict[str, OfficeEntry] = {}
    broken: dict[str, SettingsError] = {}
    taken: dict[str, str] = {urlsplit(shared.public_address).hostname or "": INSTALLATION}
    for code, file in _files(folder):
        try:
            entry = _entry(file, code, shared)
            _refuse_taken(entry, file, taken)
        except SettingsError as problem:
            broken[code] = problem
            continue
        entries[code] = entry
        taken |= {entry.number: code, entry.host: code}
    return Offices(folder, shared, entries, broken)


def _files(folder: Path) -> list[tuple[str, Path]]:
    """The office files by code; a folder that is no office's is passed over."""
    try:
        with os.scandir(folder / OFFICES) as found:
            codes = sorted(one.name for one in found if CODE.fullmatch(one.name) and one.is_dir())
    except FileNotFoundError:
        return []
    return [(code, folder / OFFICES / code / OFFICE) for code in codes]


def _entry(file: Path, code: str, shared: InstallationFile) -> OfficeEntry:
    part = read_part(file, OfficeFile)
    shared_at = urlsplit(shared.public_address)
    name = shared_at.hostname or ""
    above = "localhost" if name in LOOPBACK or DIGITS_AND_DOTS.fullmatch(name) else name
    host = part.host or f"{code}.{above}"
    port = f":{shared_at.port}" if shared_at.port else ""
    url = f"{shared_at.scheme}://{host}{port}"
    return OfficeEntry(code, file.parent, part.name, part.number, host, url, part.paused)


def _refuse_taken(entry: OfficeEntry, file: Path, taken: Mapping[str, str]) -> None:
    """Refuse a number or a host that another office has: a call must reach one office and no other."""
    keys = {"number": entry.number, "host": entry.host}
    problems = [
        Problem(str(file), key, f"đã là của {taken[value]}", f"belongs to {taken[value]} already")
        for key, value in keys.items()
        if value in taken
    ]
    if problems:
        raise SettingsError(problems)


class OfficeRegister:
    """The offices as they stand now: read again when a file has changed; for any thread."""

    def __init__(self, folder: Path, monotonic: Callable[[], float] | None = None) -> None:
        """Read the folder for the first time (SettingsError)."""
        self._folder = folder
        self._monotonic = monotonic or Clock().monotonic
        self._lock = threading.Lock()
        self._seen = self._signs()
        self._looked = self._monotonic()
        self._offices = read_offices(folder)

    def now(self) -> Offices:
        """The offices now; as before where what they share is wrong or the folder is out of reach."""
        with self._lock:
            if self._monotonic() - self._looked >= LOOK_EVERY:
                with suppress(OSError):
                    self._look()
                self._looked = self._monotonic()
            return self._offices

    def _look(self) -> None:
        signs = self._signs()
        if signs != self._seen:
            with suppress(SettingsError):
                self._offices = read_offices(self._folder)
            self._seen = signs

    def _signs(self) -> tuple[tuple[str, int, int], ...]:
        files = [(INSTALLATION, self._folder / INSTALLATION), *_files(self._folder)]
        return tuple((name, *_sign(file)) for name, file in files)


def _sign(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
