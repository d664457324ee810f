"""The suite's own office: whoever edits config.yaml for theirs turns no test red."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
CONFIG = Path(__file__).with_name("office.yaml")
OFFICE = {"TONGDAI_CONFIG": str(CONFIG)}
"""An environment in which the settings are those of the suite's office."""


def settings_named(data: Any, place: str = "") -> Iterator[str]:
    """Every setting by its dotted name; what an office enumerates itself stands once, without its keys."""
    if isinstance(data, dict) and not all(str(key).isdecimal() for key in data):
        for key, value in data.items():
            yield from settings_named(value, f"{place}.{key}")
    else:
        yield place.removeprefix(".")
