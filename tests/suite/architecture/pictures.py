"""Draws the pictures of docs/architecture.md: `make pictures`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.house import ROOT
from tests.suite.architecture import key_press, states, whole

FOLDER = ROOT / "docs" / "architecture"
PICTURES: Mapping[str, Callable[[], str]] = {
    "processes": whole.processes,
    "rooms": whole.rooms,
    "key-press": key_press.key_press,
    "complaint": states.ticket,
    "delivery": states.delivery,
}

if __name__ == "__main__":
    for name, drawing in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(drawing(), "utf-8")
