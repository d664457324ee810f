"""Holds once what the settings of several offices have in common: those of a province differ in little."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import fields, replace
from functools import cache
from typing import Any

from logbook.settings.loading import Settings
from logbook.settings.shapes import Part

MOST_KEPT = 16
"""Different values of one part that are compared with; an office that has another keeps its own."""


def with_shared_parts(settings: Settings) -> Settings:
    """Return equal settings, whose parts are those of an office opened before, where they are equal."""
    parts: dict[str, Any] = {one.name: getattr(settings, one.name) for one in fields(Settings)}
    shared = {name: _seen(name, part) for name, part in parts.items() if _is_of_file(part)}
    return replace(settings, **shared)


def _is_of_file(part: object) -> bool:
    """Whether it stands in config.yaml, where no secret does."""
    return isinstance(part, Part) or (isinstance(part, tuple) and all(isinstance(one, Part) for one in part))


def _seen(name: str, part: Any) -> Any:
    kept = _kept()[name]
    for known in tuple(kept):  # another thread may open an office while this one compares
        if known == part:
            return known
    kept.append(part)
    return part


@cache
def _kept() -> defaultdict[str, deque[Any]]:
    return defaultdict(lambda: deque(maxlen=MOST_KEPT))
