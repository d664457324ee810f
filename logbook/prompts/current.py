"""What the line says and offers as of now: the catalogue with the office's changes, the menu, the clips.

Whoever changes something calls `announce` after the commit: it touches a small file, and every process of
the office looks at that file before a turn, which asks the database nothing. A change whose announcement got
lost is read within a minute all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

from logbook.clock import Clock
from logbook.prompts import clips, codes, edits
from logbook.prompts.joining import ClipIndex
from logbook.settings.config_file import ProcedurePart
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue

FRESH_SECONDS = 60.0
SENTENCE = "sentence"
Stamp = tuple[int, int]


@dataclass(frozen=True)
class LineContent:
    """What counts now: sentences by language, clips by language, the menu, the procedures.

    `menu` names its entries in order, None: all as the program brings them.
    """

    texts: Mapping[str, Catalogue]
    clips: Mapping[str, ClipIndex] = field(default_factory=dict)
    menu: tuple[str, ...] | None = None
    procedures: tuple[ProcedurePart, ...] = ()
    phoning_until: datetime | None = None
    """Until when somebody may phone sentences in; None while no code is valid."""


class OfficeTexts(Mapping[str, Catalogue]):
    """The catalogues by language, always with the office's newest changes."""

    def __init__(self, prompts: OfficePrompts) -> None:
        """Look into `prompts` at every question."""
        self._prompts = prompts

    def __getitem__(self, language: str) -> Catalogue:
        """The catalogue of a language as of now."""
        return self._prompts.content.texts[language]

    def __iter__(self) -> Iterator[str]:
        """All languages."""
        return iter(self._prompts.content.texts)

    def __len__(self) -> int:
        """How many languages there are."""
        return len(self._prompts.content.texts)


class OfficePrompts:
    """Holds what the line says and offers, for one process of one office."""

    def __init__(self, settings: Settings, clock: Clock, texts: Mapping[str, Catalogue]) -> None:
        """Begin with what the program and the settings bring; the database is asked at the first turn."""
        self._settings = settings
        self._clock = clock
        self._shipped = texts
        self._stamp_file = Path(settings.data_folder) / "prompts.changed"
        self._lock = Lock()
        self._read: tuple[Stamp, float] | None = None
        self.content = LineContent(texts, procedures=settings.procedures)
        """What counts, as last read."""
        self.texts = OfficeTexts(self)
        """The catalogues by language, always the newest ones."""

    @property
    def shipped(self) -> Mapping[str, Catalogue]:
        """The catalogues as the program brings them."""
        return self._shipped

    def now(self, conn: Connection) -> LineContent:
        """What counts now; the database is asked only after a change, and once a minute."""
        stamp, moment = self._stamp(), self._clock.monotonic()
        read = self._read
        if read is not None and read[0] == stamp and moment - read[1] <= FRESH_SECONDS:
            return self.content
        with self._lock:
            found = self._from_database(conn)
            if found != self.content:
                self.content = found
            self._read = (stamp, moment)
        return self.content

    def announce(self) -> None:
        """Let every process read again; called after the commit of a change."""
        self._stamp_file.parent.mkdir(parents=True, exist_ok=True)
        with self._stamp_file.open("ab") as file:
            file.write(b".")
        self._read = None

    def _stamp(self) -> Stamp:
        try:
            seen = self._stamp_file.stat()
        except OSError:
            return (0, 0)
        return (seen.st_mtime_ns, seen.st_size)

    def _from_database(self, conn: Connection) -> LineContent:
        changed = edits.newest(conn)
        by_language: dict[str, list[tuple[int, str]]] = {}
        for number, language, text in clips.usable(conn):
            by_language.setdefault(language, []).append((number, text))
        menu, procedures = changed.get(edits.MENU), changed.get(edits.PROCEDURES)
        return LineContent(
            {language: _with(catalogue, changed) for language, catalogue in self._shipped.items()},
            {language: ClipIndex(found) for language, found in by_language.items()},
            None if menu is None else tuple(json.loads(menu)),
            self._settings.procedures
            if procedures is None
            else tuple(ProcedurePart.model_validate(one) for one in json.loads(procedures)),
            codes.valid_until(conn),
        )


def _with(catalogue: Catalogue, changed: Mapping[str, str]) -> Catalogue:
    """The catalogue with the changed sentences of its language."""
    prefix = edits.sentence(catalogue.language, "")
    own = {
        subject.removeprefix(prefix): value
        for subject, value in changed.items()
        if subject.startswith(prefix)
    }
    own = {key: value for key, value in own.items() if key in catalogue.sentences}
    return replace(catalogue, sentences={**catalogue.sentences, **own}) if own else catalogue
