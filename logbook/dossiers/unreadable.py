"""The error for a file that cannot be imported at all."""

from __future__ import annotations


class UnreadableFileError(Exception):
    """The file as a whole cannot be imported: the key of a sentence and its words; nothing was stored."""

    def __init__(self, key: str, **words: str) -> None:
        """Say why by the sentence `dossier_file_<key>`."""
        super().__init__(key)
        self.key, self.words = f"dossier_file_{key}", words
