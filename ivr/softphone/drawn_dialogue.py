"""The picture of the dialogue as a file: drawn once, in a process of its own, until it would change."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from threading import Lock

import callflows
from logbook.texts import catalogue

DRAWING_SECONDS = 300.0
"""Far longer than the walk takes on any machine: pages give way to the telephone."""


class DrawnDialogue:
    """Keeps the picture of one office's dialogue in `folder`, with its states called as in `language`."""

    def __init__(self, folder: Path, language: str) -> None:
        """Nothing is drawn before somebody asks."""
        self._folder, self._language = folder, language
        self._drawing = Lock()

    def of(self, menu: tuple[str, ...] | None) -> bytes:
        """The SVG for the menu as the office has it now; the walk behind it takes seconds."""
        kept = self._folder / f"dialogue-{self._digest(menu)}.svg"
        with self._drawing:
            if not kept.is_file():
                command = (sys.executable, "-m", "ivr", "flow", "--svg", "--language", self._language)
                done = subprocess.run(command, capture_output=True, check=True, timeout=DRAWING_SECONDS)  # noqa: S603 - a command of ours
                for former in self._folder.glob("dialogue-*.svg"):
                    former.unlink(missing_ok=True)
                fresh = kept.with_suffix(".new")
                fresh.write_bytes(done.stdout)
                fresh.replace(kept)
            return kept.read_bytes()

    def _digest(self, menu: tuple[str, ...] | None) -> str:
        """What changes whenever the picture would: dialogue, drawing, and what the states are called."""
        sources = [*Path(callflows.__file__).parent.glob("*.py"), Path(__file__).with_name("drawing.py")]
        words = str(catalogue.FOLDER.joinpath(self._language, "phone.yaml"))
        found = sha256(repr(menu).encode())
        for source in sorted([*map(str, sources), words]):
            found.update(Path(source).read_bytes())
        return found.hexdigest()[:20]
