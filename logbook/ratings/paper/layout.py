"""Where everything stands on a printed slip, in millimetres: the page is drawn from it and read by it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from logbook.ratings.instruments import Instrument

PAGE = (148.0, 210.0)
"""Width and height of A5."""
MARGIN = 8.0
CODE = 15.0
"""Side of a QR code without the white around it."""
CORNERS = ("1", "2", "3", "4")
"""Left and right above, left and right below."""
FIRST_ROW, ROWS_END, WIDEST_ROW = 67.0, 157.0, 14.0
FIRST_COLUMN, WIDEST_COLUMN = 72.0, 13.0
LARGEST_BOX, SMALLEST_BOX, BETWEEN = 8.5, 6.0, 3.0
"""Sides of the boxes to mark, and the least room between two of them."""
FRAME = 0.35
"""Width of the line round a box."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIGN = "TD1"
"""First letters of every code: ours, and the first layout there was; another layout has another digit."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on the slip: left, top, width and height in millimetres."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class CornerCode:
    """What the QR code of one corner says: whose slip it is, its number, its form, and which corner."""

    office: str
    number: str
    items: int
    marks: int
    corner: str

    @property
    def text(self) -> str:
        """The text in the code; a plain number makes the smallest code there is."""
        form = _DIGITS[self.items] + _DIGITS[self.marks]
        return f"{_SIGN}{form}/{self.office}/{self.number}/{self.corner}"

    @classmethod
    def of_text(cls, text: str) -> CornerCode | None:
        """Read a code; None for a code of anybody else."""
        head, _, rest = text.partition("/")
        office, _, rest = rest.partition("/")
        number, _, corner = rest.rpartition("/")
        form = head.removeprefix(_SIGN)
        known = head.startswith(_SIGN) and len(form) == 2 and all(one in _DIGITS for one in form)
        if not known or corner not in CORNERS or not office or not number:
            return None
        code = cls(office, number, _DIGITS.index(form[0]), _DIGITS.index(form[1]), corner)
        return code if SlipLayout(code.items, code.marks).fits else None


def office_of(agency: str) -> str:
    """Four letters for an office, so that a slip of another commune is known as such."""
    return base64.b32encode(hashlib.sha256(agency.encode()).digest())[:4].decode()


@dataclass(frozen=True)
class SlipLayout:
    """The places of a slip with so many items of so many marks."""

    items: int
    marks: int

    @classmethod
    def of(cls, instrument: Instrument) -> SlipLayout:
        """The layout of an instrument's slips."""
        return cls(len(instrument.criteria), instrument.highest - instrument.lowest + 1)

    @property
    def fits(self) -> bool:
        """Whether the boxes are large enough to be marked by hand and read."""
        return 0 < self.items < 36 and 1 < self.marks < 36 and self.box >= SMALLEST_BOX

    @property
    def row(self) -> float:
        """Height of an item."""
        return min(WIDEST_ROW, (ROWS_END - FIRST_ROW) / self.items)

    @property
    def column(self) -> float:
        """Width of a column of boxes."""
        return min(WIDEST_COLUMN, (PAGE[0] - MARGIN - FIRST_COLUMN) / self.marks)

    @property
    def box(self) -> float:
        """Side of a box to mark, its frame included."""
        return min(LARGEST_BOX, self.row - BETWEEN, self.column - BETWEEN)

    @cached_property
    def codes(self) -> dict[str, Area]:
        """The QR code of each corner."""
        left, top = MARGIN, MARGIN
        right, bottom = PAGE[0] - MARGIN - CODE, PAGE[1] - MARGIN - CODE
        corners = ((left, top), (right, top), (left, bottom), (right, bottom))
        return {corner: Area(*at, CODE, CODE) for corner, at in zip(CORNERS, corners, strict=True)}

    @cached_property
    def boxes(self) -> tuple[tuple[Area, ...], ...]:
        """The boxes of each item, from the lowest mark to the highest."""
        begins = PAGE[0] - MARGIN - self.column * self.marks
        side = (self.column - self.box) / 2
        rows = (FIRST_ROW + place * self.row + (self.row - self.box) / 2 for place in range(self.items))
        return tuple(
            tuple(
                Area(begins + mark * self.column + side, top, self.box, self.box)
                for mark in range(self.marks)
            )
            for top in rows
        )

    @property
    def respondents(self) -> tuple[Area, Area]:
        """The boxes for an individual and an organisation."""
        return Area(52.0, 43.0, 7.0, 7.0), Area(98.0, 43.0, 7.0, 7.0)

    @property
    def reference(self) -> Area:
        """Where the dossier's reference is written."""
        return Area(30.0, 31.5, PAGE[0] - MARGIN - 30.0, 9.0)

    @property
    def comment(self) -> Area:
        """The frame in which people write what they think."""
        top = FIRST_ROW + self.row * self.items + 7.0
        return Area(MARGIN, top, PAGE[0] - 2 * MARGIN, self.codes["3"].top - 3.0 - top)

    def item(self, place: int) -> Area:
        """The whole row of an item, words and boxes."""
        return Area(MARGIN, FIRST_ROW + place * self.row, PAGE[0] - 2 * MARGIN, self.row)
