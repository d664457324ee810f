"""The table of CONTRIBUTING that says what one more of a kind takes, and which files really name a thing."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house import KINDS, PACKAGES, ROOT

_PATH = re.compile(r"`([\w./<>-]+)`")
_KINDS_OF_FILES = {".py", ".yaml", ".html", ".csv"}


def promised(kind: str) -> tuple[int, set[str]]:
    """Return how many files CONTRIBUTING says one more of `kind` takes, and the paths it names."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (row,) = [row for row in KINDS.finditer(text) if row["kind"] == kind]
    return int(row["count"]), set(_PATH.findall(row["files"]))


def relative(module: object) -> str:
    """Return where a module's file stands in the checkout."""
    file = getattr(module, "__file__", None)
    assert file is not None
    return Path(file).relative_to(ROOT).as_posix()


def naming(word: str) -> set[str]:
    """Return the files of the program that hold `word` as a word of its own; its tests are not among them."""
    whole = re.compile(rf"(?<![\w]){re.escape(word)}(?![\w])")
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.suffix in _KINDS_OF_FILES and whole.search(path.read_text("utf-8"))
    }


def catalogues(key: str) -> set[str]:
    """Return the files in which the sentence `key` stands, one a language."""
    return {name for name in naming(key) if name.startswith("logbook/texts/")}
