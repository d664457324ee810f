"""Reads slips off one photograph: what is unsure is left to people, nothing is guessed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logbook.ratings.paper import marks, photo
from logbook.ratings.paper.layout import CORNERS, Area, SlipLayout
from logbook.ratings.paper.marks import BoxState, SeenBox
from logbook.ratings.paper.photo import PhotoRefusedError
from logbook.ratings.paper.plane import BENT, PX, SeenCode, flattened, groups, plane, seen

if TYPE_CHECKING:
    from PIL.Image import Image

    from logbook.ratings.paper.marks import Grey

MOST_SLIPS = 8
"""Slips that are read off one photograph."""
QUALITY = 60
"""Of the picture kept beside what was read, in JPEG's percent."""
STRAY = 0.006
"""Part of an item's paper, boxes aside, under strokes from which on somebody wrote beside the boxes."""
COMMENT = 0.003
"""Part of the frame for comments under strokes from which on there is a comment."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """The mark of one row of boxes, counted from 1, None for none; where not `sure`, a person is asked."""

    mark: int | None
    sure: bool


@dataclass(frozen=True, slots=True)
class ReadSlip:
    """What stands on a slip. `picture` is the slip alone as JPEG, for whoever is asked."""

    office: str
    number: str
    form: SlipLayout
    answers: tuple[ReadRow, ...]
    respondent: ReadRow
    has_comment: bool
    picture: bytes


@dataclass(frozen=True, slots=True)
class UnreadSlip:
    """A slip that is there and cannot be read: the key of a sentence that says what to do."""

    office: str
    number: str
    key: str


def read(content: bytes) -> list[ReadSlip | UnreadSlip]:
    """Read every slip on a photograph, from left to right; PhotoRefusedError where there is none.

    What is read depends on the photograph alone: no clock, no store, no setting.
    """
    grey = photo.opened(content)
    codes, others = seen(grey)
    found = groups(codes)
    if not found:
        if photo.too_dark(grey):
            raise PhotoRefusedError("too_dark")
        raise PhotoRefusedError("other_code" if others else "no_slip")
    if len(found) > MOST_SLIPS:
        raise PhotoRefusedError("too_many_slips", most=str(MOST_SLIPS))
    ordered = sorted(found.values(), key=lambda group: min(x for one in group for x, _ in one.at))
    return [_slip(grey, group) for group in ordered]


def _slip(grey: Image, group: list[SeenCode]) -> ReadSlip | UnreadSlip:
    code = group[0].code
    corners = {one.code.corner for one in group}
    if len(group) > len(corners):
        return UnreadSlip(code.office, code.number, "photo_twice")
    if len(corners) < len(CORNERS) - 1:
        return UnreadSlip(code.office, code.number, "photo_corner_missing")
    form = SlipLayout(code.items, code.marks)
    matrix, missed = plane(group, form)
    if missed > BENT:
        return UnreadSlip(code.office, code.number, "photo_bent")
    return _read_flat(flattened(grey, matrix), group, form)


def _read_flat(flat: Image, group: list[SeenCode], form: SlipLayout) -> ReadSlip | UnreadSlip:
    import numpy as np

    code = group[0].code
    paper: Grey = np.asarray(flat, dtype=np.float32)
    rows = [[marks.look(paper, area) for area in row] for row in form.boxes]
    lost = sum(box.state is BoxState.NOT_FOUND for row in rows for box in row)
    if lost and (len(group) < len(CORNERS) or lost > form.items * form.marks // 3):
        key = "photo_corner_missing" if len(group) < len(CORNERS) else "photo_blurred"
        return UnreadSlip(code.office, code.number, key)
    answers = tuple(
        _row(
            paper,
            boxes,
            Area(
                form.boxes[place][0].left - 2,
                form.item(place).top + 0.6,
                form.column * form.marks - form.column + form.box + 4,
                form.row - 1.2,
            ),
            form.box,
        )
        for place, boxes in enumerate(rows)
    )
    kinds = [marks.look(paper, area) for area in form.respondents]
    respondent = _one_of(kinds)
    return ReadSlip(
        code.office, code.number, form, answers, respondent, _has_comment(paper, form), _picture(flat)
    )


def _one_of(boxes: list[SeenBox]) -> ReadRow:
    """The one box that is marked while all others are empty; none; or a question."""
    marked = [place for place, box in enumerate(boxes, 1) if box.state is BoxState.MARKED]
    doubtful = any(box.state in (BoxState.UNSURE, BoxState.NOT_FOUND) for box in boxes)
    return ReadRow(marked[0] if len(marked) == 1 else None, not doubtful and len(marked) < 2)


def _row(paper: Grey, boxes: list[SeenBox], band: Area, side: float) -> ReadRow:
    row = _one_of(boxes)
    if row.sure and _stray(paper, boxes, band, side) > STRAY:
        return ReadRow(row.mark, sure=False)
    return row


def _stray(paper: Grey, boxes: list[SeenBox], band: Area, side: float) -> float:
    """The part of an item's paper with strokes beside the boxes; round a marked box they may reach out."""
    taken, noise = marks.light_taken(paper, band)
    clear = taken.copy()
    for box in boxes:
        out = 2.8 if box.state is BoxState.MARKED else 0.5
        top, left = box.top - band.top - out, box.left - band.left - out
        begin = max(0, round(top * PX)), max(0, round(left * PX))
        clear[
            begin[0] : round((top + side + 2 * out) * PX), begin[1] : round((left + side + 2 * out) * PX)
        ] = 0
    return marks.strokes(clear, noise)


def _has_comment(paper: Grey, form: SlipLayout) -> bool:
    area = form.comment
    taken, noise = marks.light_taken(
        paper, Area(area.left + 2, area.top + 2, area.width - 4, area.height - 4)
    )
    return marks.strokes(taken, noise) > COMMENT


def _picture(flat: Image) -> bytes:
    file = io.BytesIO()
    flat.reduce(2).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
