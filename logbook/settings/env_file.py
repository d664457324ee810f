"""Reads a file of environment variables: NAME=VALUE a line, as systemd and compose read it too."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path

from logbook.settings.errors import Problem, SettingsError

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables of a file; SettingsError names the line that is none, or an unreadable file.

    Nothing is expanded; one pair of quotes around a value is taken off; lines that begin with # are remarks.
    """
    found: dict[str, str] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        vietnamese, english = "không đọc được tệp", "cannot read the file"
        raise SettingsError([Problem(str(path), type(error).__name__, vietnamese, english)]) from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.strip().partition("=")
        if not equals or not _NAME.fullmatch(name):
            vietnamese, english = "mỗi dòng phải có dạng TÊN=GIÁ TRỊ", "every line must look like NAME=VALUE"
            raise SettingsError([Problem(str(path), name[:40], vietnamese, english, number)])
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        found[name] = value[1:-1] if quoted else value
    return found


def join_env_file(path: Path, environ: MutableMapping[str, str]) -> None:
    """Add the file's variables to `environ`; what is set there already stays (SettingsError)."""
    for name, value in read_env_file(path).items():
        environ.setdefault(name, value)
