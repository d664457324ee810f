"""How a slip lies in a photograph: its QR codes tell which millimetre of the paper is at which pixel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logbook.ratings.paper.layout import PAGE, CornerCode, SlipLayout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Matrix = NDArray[np.float64]

PX = 10
"""Pixels of a millimetre once the slip lies flat."""
BENT = 1.6
"""Millimetres by which corners may miss the plane; a leaf that is bent more is not read."""
Points = tuple[tuple[float, float], ...]
"""The four corners of a code: left and right above, right and left below, as it is read."""


@dataclass(frozen=True, slots=True)
class SeenCode:
    """A code of a slip and where it stands in the photograph, in pixels."""

    code: CornerCode
    at: Points


def seen(grey: Image) -> tuple[list[SeenCode], bool]:
    """Find the codes of slips; and whether there was any code of somebody else.

    A photograph made smaller is read first: that is quick, and blur and noise matter less.
    """
    found: dict[tuple[CornerCode, int, int], SeenCode] = {}
    others = False
    for factor in (2, 1) if max(grey.size) > 2400 else (1,):
        codes, strange = _read(grey.reduce(factor) if factor > 1 else grey, factor)
        others = others or strange
        for one in codes:
            found.setdefault((one.code, *_middle(one.at, 8 * PX)), one)
        if found and all(len(group) == 4 for group in groups(found.values()).values()):
            break
    return _without_twins(list(found.values())), others


def groups(codes: Iterable[SeenCode]) -> dict[tuple[str, str, int, int], list[SeenCode]]:
    """Gather the codes of each slip: by office, number and form."""
    details: dict[tuple[str, str, int, int], list[SeenCode]] = {}
    for one in codes:
        code = one.code
        details.setdefault((code.office, code.number, code.items, code.marks), []).append(one)
    return details


def plane(codes: Sequence[SeenCode], form: SlipLayout) -> tuple[Matrix, float]:
    """Return the matrix from millimetres to pixels, and by how many millimetres the codes miss it."""
    import numpy as np

    paper: list[tuple[float, float]] = []
    pixels: list[tuple[float, float]] = []
    for one in codes:
        area = form.codes[one.code.corner]
        paper += [(area.left, area.top), (area.right, area.top)]
        paper += [(area.right, area.bottom), (area.left, area.bottom)]
        pixels += one.at
    mm, px = np.array(paper), np.array(pixels, dtype=np.float64)
    matrix = _homography(mm, px)
    back = _apply(np.asarray(np.linalg.inv(matrix), dtype=np.float64), px)
    return matrix, float(np.abs(back - mm).max())


def flattened(grey: Image, matrix: Matrix) -> Image:
    """Return the slip alone, flat and upright, PX pixels a millimetre."""
    from PIL.Image import Resampling, Transform

    size = (int(PAGE[0] * PX), int(PAGE[1] * PX))
    scaled = matrix.copy()
    scaled[:, :2] /= PX
    scaled /= scaled[2, 2]
    shrink = _pixels_a_millimetre(matrix) / PX
    if shrink >= 2:  # else lines of the paper fall between the pixels that are looked at
        factor = int(shrink)
        grey = grey.reduce(factor)
        scaled[:2] /= factor
    numbers = tuple(float(value) for value in scaled.flatten()[:8])
    resample = Resampling.BILINEAR
    return grey.transform(size, Transform.PERSPECTIVE, numbers, resample, fillcolor=0)


def _pixels_a_millimetre(matrix: Matrix) -> float:
    import numpy as np

    corners = _apply(matrix, np.array([(0.0, 0.0), (PAGE[0], 0.0), PAGE, (0.0, PAGE[1])]))
    return float(np.linalg.norm(corners[2] - corners[0]) / np.hypot(*PAGE))


def _read(grey: Image, factor: int) -> tuple[list[SeenCode], bool]:
    import numpy as np
    import zxingcpp

    found: list[SeenCode] = []
    others = False
    for each in zxingcpp.read_barcodes(np.asarray(grey), formats=zxingcpp.barcode_formats_from_str("QRCode")):
        code = CornerCode.of_text(each.text)
        others = others or code is None
        if code is not None:
            place = each.position
            corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            found.append(SeenCode(code, tuple((one.x * factor, one.y * factor) for one in corners)))
    return found, others


def _without_twins(codes: list[SeenCode]) -> list[SeenCode]:
    """One sighting of each code at a place: the same code found at two sizes is one."""
    kept: list[SeenCode] = []
    for one in codes:
        near = (other for other in kept if other.code == one.code)
        if not any(_distance(one.at, other.at) < _side(one.at) for other in near):
            kept.append(one)
    return kept


def _middle(at: Points, step: int) -> tuple[int, int]:
    return int(sum(x for x, _ in at) / 4) // step, int(sum(y for _, y in at) / 4) // step


def _distance(one: Points, other: Points) -> float:
    return max(abs(x - u) + abs(y - v) for (x, y), (u, v) in zip(one, other, strict=True))


def _side(at: Points) -> float:
    return abs(at[0][0] - at[1][0]) + abs(at[0][1] - at[1][1])


def _apply(matrix: Matrix, points: Matrix) -> Matrix:
    import numpy as np

    details: Matrix = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    flat: Matrix = details[:, :2] / details[:, 2:]
    return flat


def _homography(mm: Matrix, px: Matrix) -> Matrix:
    """Least squares over all corners (direct linear transformation, both sides brought to unit size)."""
    import numpy as np

    from_mm, from_px = _unit(mm), _unit(px)
    one, other = _apply(from_mm, mm), _apply(from_px, px)
    zero, ones = np.zeros(len(mm)), np.ones(len(mm))
    x, y, u, v = one[:, 0], one[:, 1], other[:, 0], other[:, 1]
    rows = np.concatenate(
        [
            np.column_stack([x, y, ones, zero, zero, zero, -u * x, -u * y, -u]),
            np.column_stack([zero, zero, zero, x, y, ones, -v * x, -v * y, -v]),
        ]
    )
    solved = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    matrix: Matrix = np.linalg.inv(from_px) @ solved @ from_mm
    scaled: Matrix = matrix / matrix[2, 2]
    return scaled


def _unit(points: Matrix) -> Matrix:
    import numpy as np

    middle = points.mean(axis=0)
    size = float(np.abs(points - middle).mean()) or 1.0
    return np.array([[1 / size, 0, -middle[0] / size], [0, 1 / size, -middle[1] / size], [0, 0, 1.0]])
