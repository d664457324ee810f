"""Where the own line keeps its files, below the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LineFolders:
    """The folders of one installation's line."""

    data: Path

    @property
    def root(self) -> Path:
        """Everything of the line: calls it knows of, sounds, what was spoken."""
        return self.data / "line"

    @property
    def sounds(self) -> Path:
        """What is played to callers."""
        return self.root / "sounds"

    @property
    def spoken(self) -> Path:
        """What is recorded of calls we carry, until the line's store has it."""
        return self.root / "spoken"

    @property
    def messages(self) -> Path:
        """What callers left while nothing of ours answered."""
        return self.root / "messages"

    @property
    def store(self) -> Path:
        """Calls and recordings, as a provider keeps them."""
        return self.root / "provider"

    @property
    def dialogs(self) -> Path:
        """Which calls the embedded line has up now."""
        return self.root / "dialogs"

    def make(self) -> None:
        """Make them; Asterisk needs to write into two of them before the first call."""
        for folder in (self.sounds, self.spoken, self.messages, self.store):
            folder.mkdir(parents=True, exist_ok=True)
