"""Compares each box of a flat slip with the paper round it: marked, empty, or uncertain.

Strokes are thin and shadows are wide: what is taken away by closing over two millimetres is a stroke. A box
that is filled whole has no strokes; it counts only where the paper round it is bright on every side.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from logbook.ratings.paper.layout import FRAME, Area
from logbook.ratings.paper.plane import PX

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.float32]

AWAY = 1.4
"""Millimetres by which a box may lie beside its place: paper is not flat."""
FRAME_SEEN = 0.12
"""Part of the light that the frame must take on every side to be seen."""
INSET = 0.95
"""Millimetres between the frame's outside and what is looked at inside."""
STROKE = 2.0
"""Millimetres; what is wider is a shadow or a filled box."""
NO_INK, INK = 0.004, 0.022
"""Parts of a box under strokes: at most for an empty one, at least for a marked one."""
NO_SHADE, FILLED = 0.035, 0.42
"""Mean light taken in a box: at most for an empty one, at least for a filled one."""
EVEN = 0.8
"""Brightness of the darkest side of the paper round a box against the brightest, for a filled one."""
FAINTEST = 0.07
"""Least part of the light that a stroke takes."""


class BoxState(StrEnum):
    """What is in a box."""

    EMPTY = "empty"
    MARKED = "marked"
    UNSURE = "unsure"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class SeenBox:
    """One box: what is in it, how much of it lies under strokes, how dark it is, and where it was found."""

    state: BoxState
    ink: float
    shade: float
    left: float
    top: float


def look(flat: Grey, area: Area) -> SeenBox:
    """Look at a box; `flat` has PX pixels a millimetre, 0 to 255."""
    paper, sides = _paper(flat, area)
    if paper is None:
        return SeenBox(BoxState.NOT_FOUND, 0.0, 0.0, area.left, area.top)
    taken = 1 - _cut(flat, _grown(area, _ROUND)) / paper
    place = _frame(taken, area)
    if place is None:
        return SeenBox(BoxState.NOT_FOUND, 0.0, 0.0, area.left, area.top)
    x, y = place
    side = round((area.width - 2 * INSET) * PX)
    begin = round((_ROUND + INSET) * PX)
    inner = taken[begin + y : begin + y + side, begin + x : begin + x + side]
    ink = strokes(inner, _noise(taken))
    shade = float(inner.mean())
    state = _state(ink, shade, min(sides) / max(sides))
    return SeenBox(state, ink, shade, area.left + x / PX, area.top + y / PX)


def strokes(taken: Grey, noise: float) -> float:
    """The part of a piece of paper that lies under strokes; `taken` is the light it takes, 0 to 1."""
    import numpy as np

    soft = _mean3(taken)
    thin = soft - _opened(soft, round(STROKE * PX) | 1)
    return float((thin > max(FAINTEST, 6 * noise)).mean()) if thin.size else float(np.float32(0))


def light_taken(flat: Grey, area: Area) -> tuple[Grey, float]:
    """The light a wide area takes, against the bright parts of its neighbourhood, and the noise in it."""
    import numpy as np

    piece = _cut(flat, area)
    tile = round(6 * PX)
    taken = np.empty_like(piece)
    for top in range(0, piece.shape[0], tile):
        for left in range(0, piece.shape[1], tile):
            part = piece[top : top + tile, left : left + tile]
            level = max(float(np.percentile(part, 70)), 1.0)
            taken[top : top + tile, left : left + tile] = 1 - part / level
    return taken, _noise(taken)


_ROUND = 2.1
"""Millimetres of paper looked at round a box."""


def _state(ink: float, shade: float, even: float) -> BoxState:
    if shade >= FILLED:
        return BoxState.MARKED if even >= EVEN else BoxState.UNSURE
    if ink >= INK and shade >= 0:
        return BoxState.MARKED
    if ink <= NO_INK and abs(shade) <= NO_SHADE:
        return BoxState.EMPTY
    return BoxState.UNSURE


def _paper(flat: Grey, area: Area) -> tuple[Grey | None, tuple[float, float, float, float]]:
    """The paper's brightness where the box is, as a plane through its four sides; None where it is black."""
    import numpy as np

    band, gap = 1.1, 0.8
    left, top, side = area.left, area.top, area.width
    strips = (
        Area(left - gap - band, top, band, side),
        Area(area.right + gap, top, band, side),
        Area(left, top - gap - band, side, band),
        Area(left, area.bottom + gap, side, band),
    )
    west, east, north, south = (float(np.percentile(_cut(flat, one), 65)) for one in strips)
    levels = (west, east, north, south)
    if min(levels) < 20:
        return None, levels
    piece = _cut(flat, _grown(area, _ROUND))
    across = (side + gap * 2 + band) * PX
    height, width = piece.shape
    x = (np.arange(width, dtype=np.float32) - width / 2) / across
    y = (np.arange(height, dtype=np.float32) - height / 2) / across
    paper = sum(levels) / 4 + (east - west) * x[None, :] + (south - north) * y[:, None]
    return np.maximum(paper, np.float32(10)).astype(np.float32), levels


def _frame(taken: Grey, area: Area) -> tuple[int, int] | None:
    """How many pixels the frame lies beside its place, across and down; None where there is no frame."""
    size, begin, most = round(area.width * PX), round(_ROUND * PX), round(AWAY * PX)
    inside = slice(begin + most, begin + size - most)
    across = _offset(taken[inside].mean(axis=0), begin, size, most)
    down = _offset(taken[:, inside].mean(axis=1), begin, size, most)
    return None if across is None or down is None else (across, down)


def _offset(profile: Grey, begin: int, size: int, most: int) -> int | None:
    """Where two lines lie as far apart as the frame's: both must be there."""
    import numpy as np

    line = max(1, round(FRAME * PX))
    smooth = np.convolve(profile, np.ones(line, dtype=np.float32) / line, mode="valid")
    best, found = FRAME_SEEN, None
    for away in sorted(range(-most, most + 1), key=abs):
        first, last = begin + away, begin + size - line + away
        if first < 0 or last >= len(smooth):
            continue
        seen = min(float(smooth[first]), float(smooth[last]))
        if seen > best + 0.01:
            best, found = seen, away
    return found


def _noise(taken: Grey) -> float:
    """The spread of what is not ink, after the softening that strokes get: from neighbours' differences."""
    import numpy as np

    soft = _mean3(taken)
    steps = np.abs(soft[:, 3:] - soft[:, :-3])
    return float(np.median(steps) / 0.6745 / np.sqrt(2)) if steps.size else 0.0


def _mean3(image: Grey) -> Grey:
    import numpy as np

    padded = np.pad(image, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9, dtype=np.float32)


def _opened(image: Grey, size: int) -> Grey:
    """What is wider than `size` pixels in both directions: least, then most, of each window."""
    return _extreme(_extreme(image, size, least=True), size, least=False)


def _extreme(image: Grey, size: int, *, least: bool) -> Grey:
    import numpy as np

    half = size // 2
    for axis in (0, 1):
        margin = [(0, 0), (0, 0)]
        margin[axis] = (half, half)
        padded = np.pad(image, margin, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=axis)
        image = windows.min(axis=-1) if least else windows.max(axis=-1)
    return image


def _grown(area: Area, by: float) -> Area:
    return Area(area.left - by, area.top - by, area.width + 2 * by, area.height + 2 * by)


def _cut(flat: Grey, area: Area) -> Grey:
    top, left = round(area.top * PX), round(area.left * PX)
    return flat[top : top + round(area.height * PX), left : left + round(area.width * PX)]
