"""Cuts what somebody is asked about out of a slip's picture: a row, the reference, a comment."""

from __future__ import annotations

import io

from logbook.ratings.paper.layout import PAGE, Area, SlipLayout


def cut(picture: bytes, form: SlipLayout, part: str) -> bytes:
    """Return the part as JPEG: a row's number from 1, a name, or anything else for the whole slip."""
    area = _area(form, part)
    if area is None:
        return picture
    from PIL import Image

    with Image.open(io.BytesIO(picture), formats=("JPEG",)) as whole:
        scale = whole.width / PAGE[0]
        left, top, right, bottom = (
            round(edge * scale) for edge in (area.left, area.top, area.right, area.bottom)
        )
        piece = whole.crop((left, top, right, bottom))
    file = io.BytesIO()
    piece.save(file, "JPEG", quality=75)
    return file.getvalue()


def _area(form: SlipLayout, part: str) -> Area | None:
    if part == "reference":
        return Area(0.0, form.reference.top - 1, PAGE[0], form.reference.height + 2)
    if part == "respondent":
        first = form.respondents[0]
        return Area(0.0, first.top - 2, PAGE[0], first.height + 4)
    if part == "comment":
        return Area(0.0, form.comment.top - 1, PAGE[0], form.comment.height + 2)
    if part.isascii() and part.isdecimal() and len(part) < 3 and 0 < int(part) <= form.items:
        row = form.item(int(part) - 1)
        left = form.boxes[0][0].left - 6
        return Area(left, row.top, PAGE[0] - left, row.height)
    return None
