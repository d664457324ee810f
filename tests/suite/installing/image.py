"""What the image of docs/install/Dockerfile holds, read from its lines and from what is installed here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker

from tests.house import PACKAGES, ROOT

DOCKERFILE = ROOT / "docs" / "install" / "Dockerfile"
BASE_BYTES = 55_000_000
"""gcr.io/distroless/python3-debian12 unpacked, as it is published; it cannot be fetched by a test."""
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==[^ ;\\]+\s*(?:;\s*([^\\]+))?", re.MULTILINE)


@dataclass(frozen=True)
class ImageContents:
    """The packages of the image besides Python."""

    dockerfile: str

    @cached_property
    def left_out(self) -> frozenset[str]:
        """The packages that are not in it, by what the Dockerfile says."""
        given = re.search(r'^ARG LEAVE_OUT="([^"]*)"', self.dockerfile, re.MULTILINE)
        gone = re.search(r"pip uninstall --quiet --yes ([a-z\\\s-]+)\$LEAVE_OUT", self.dockerfile)
        assert given is not None
        assert gone is not None
        return frozenset((*given[1].split(), *gone[1].replace("\\", " ").split()))

    def packages(self) -> Iterator[metadata.Distribution]:
        """What stays of the lock, as it is installed here."""
        for name, marker in _PINNED.findall((ROOT / "requirements.lock").read_text("utf-8")):
            if name not in self.left_out and (not marker or Marker(marker.strip()).evaluate()):
                yield metadata.distribution(name)

    def files(self) -> Iterator[tuple[Path, Path]]:
        """Each file that stays: where it is here, and its place among the packages."""
        for package in self.packages():
            for file in package.files or ():
                place = Path(str(file))
                if ".." not in place.parts and place.suffix != ".pyc" and not _pruned(place.as_posix()):
                    yield Path(str(package.locate_file(file))), place
        for name in PACKAGES:
            for own in (ROOT / name).rglob("*"):
                if own.is_file() and "__pycache__" not in own.parts:
                    yield own, own.relative_to(ROOT)


def _pruned(place: str) -> bool:
    """What each `find` of the Dockerfile takes away."""
    other_service = re.match(r"twilio/rest/(?!api/)[a-z_0-9]+/", place)
    if place.endswith((".pyi", ".po", ".h", ".pxd")):
        return True
    return bool(other_service) or (place.startswith("numpy/") and "/tests/" in place)
