"""Reads printed PDFs as people and cameras do: pages as pictures, QR codes by two readers, words."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import segno

from tests.unavailable import unavailable

Picture = Any
"""A page as a numpy array of grey values; numpy comes with the extra [paper]."""


def pages(pdf: bytes, folder: Path, dots: int = 200) -> list[Picture]:
    """The pages of a PDF as a printer would put them on paper."""
    import numpy

    tool = shutil.which("pdftoppm") or unavailable("no pdftoppm on this machine")
    (folder / "printed.pdf").write_bytes(pdf)
    subprocess.run(
        [tool, "-gray", "-r", str(dots), str(folder / "printed.pdf"), str(folder / "page")], check=True
    )
    found = []
    for file in sorted(folder.glob("page*.pgm")):
        head = file.read_bytes().split(b"\n", 3)
        wide, high = (int(word) for word in head[1].split())
        found.append(numpy.frombuffer(head[3], dtype=numpy.uint8).reshape(high, wide))
    return found


def words(pdf: bytes, folder: Path) -> str:
    """The words of a PDF as a reader of screens finds them."""
    tool = shutil.which("pdftotext") or unavailable("no pdftotext on this machine")
    (folder / "printed.pdf").write_bytes(pdf)
    done = subprocess.run(
        [tool, "-layout", str(folder / "printed.pdf"), "-"], capture_output=True, check=True
    )
    return done.stdout.decode()


def decoded(picture: Picture) -> list[str]:
    """What zxing-cpp, the first reader, finds on a page."""
    import zxingcpp

    return [one.text for one in zxingcpp.read_barcodes(picture)]


def says(picture: Picture, content: str) -> bool:
    """Whether the one QR code of a page is, module by module, that of `content`: the second reader.

    It finds the three corner marks by their rhythm of 1:1:3:1:1 along rows, lays the grid between them and
    reads the middle of every module; no line of it comes from the first reader.
    """
    dark = picture < 128
    wanted = [list(row) for row in segno.make(content, error="m", micro=False).matrix]
    corners = _corners(dark)
    if len(corners) != 3:
        return False
    by_height = sorted(corners, key=lambda mark: mark[1])
    left, right = sorted(by_height[:2])
    below = by_height[2]
    size = len(wanted)
    across = (right[0] - left[0]) / (size - 7), (right[1] - left[1]) / (size - 7)
    down = (below[0] - left[0]) / (size - 7), (below[1] - left[1]) / (size - 7)

    def module(row: int, column: int) -> bool:
        x = left[0] + (column - 3) * across[0] + (row - 3) * down[0]
        y = left[1] + (column - 3) * across[1] + (row - 3) * down[1]
        return bool(dark[round(y), round(x)])

    return all(
        module(row, column) == bool(wanted[row][column]) for row in range(size) for column in range(size)
    )


def _corners(dark: Picture) -> list[tuple[float, float]]:
    """The middles of the corner marks as x and y: where rows and columns have the rhythm at one place."""
    clusters: list[list[tuple[float, float]]] = []
    for y in range(dark.shape[0]):
        for x, width in _rhythms(dark[y]):
            if not any(abs(y - one) < width for one, _ in _rhythms(dark[:, round(x)])):
                continue
            for cluster in clusters:
                if abs(cluster[-1][0] - x) < width and abs(cluster[-1][1] - y) < width:
                    cluster.append((x, y))
                    break
            else:
                clusters.append([(x, y)])
    three = sorted(clusters, key=len, reverse=True)[:3]  # chance hits inside the code are on fewer rows
    return [(sum(x for x, _ in one) / len(one), sum(y for _, y in one) / len(one)) for one in three]


def _rhythms(line: Picture) -> Iterator[tuple[float, float]]:
    """Middles of runs dark, light, dark, light, dark as 1:1:3:1:1, with the length of one module."""
    import numpy

    edges = numpy.flatnonzero(numpy.diff(line.astype(numpy.int8))) + 1
    runs = numpy.diff(edges)
    for at in range(len(runs) - 4):
        five = runs[at : at + 5]
        unit = five.sum() / 7
        if (
            line[edges[at]]
            and unit >= 2
            and (abs(five / unit - (1, 1, 3, 1, 1)) < (0.6, 0.6, 0.9, 0.6, 0.6)).all()
        ):
            yield edges[at] + five.sum() / 2 - 0.5, unit
