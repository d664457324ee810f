"""Puts the menu's entries together under the names of their groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

FEW = 7
"""So many entries stand in one row; more are grouped."""


class MenuEntry(NamedTuple):
    """One entry of the menu: the page, the right it needs, its name and its group's among the texts."""

    endpoint: str
    act: str
    text: str
    group: str = ""


class MenuGroup(NamedTuple):
    """Entries under one name, in their order; without a name it is one entry that stands alone."""

    text: str
    entries: tuple[MenuEntry, ...]

    def current(self, endpoint: str) -> MenuEntry | None:
        """The entry of the page that is shown, where it is one of these."""
        return next((one for one in self.entries if one.endpoint == endpoint), None)


def grouped(entries: Iterable[MenuEntry]) -> list[MenuGroup]:
    """Return what one person sees; a group stands where its first entry stood, and has two pages or more."""
    seen = list(entries)
    together: dict[str, list[MenuEntry]] = {}
    for one in seen:
        together.setdefault(one.group or one.endpoint, []).append(one)
    if len(seen) <= FEW:
        return [MenuGroup("", (one,)) for one in seen]
    return [MenuGroup(found[0].group if len(found) > 1 else "", tuple(found)) for found in together.values()]
