"""Slips filled in by pens and photographed by telephones, from a seed: light, angle, blur and noise vary.

`python -m tests.logbook.ratings.photographed 1 2000` reads the slips of seeds 1 to 2000, about two a second.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random

import numpy as np
import typst
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from logbook.console.words import Words
from logbook.printing import TEMPLATES
from logbook.ratings import instruments
from logbook.ratings.paper import reader
from logbook.ratings.paper.layout import Area, SlipLayout
from logbook.ratings.paper.printed import BlankSlip
from logbook.reports.survey import slip_sheets
from logbook.texts.catalogue import load_texts

AGENCY = "Ủy ban nhân dân xã Đại Lãnh"
DPI = 300
PX = DPI / 25.4
STYLES = ("cross", "tick", "fill", "pencil", "overshoot", "slash")


@dataclass
class Filled:
    """A slip as somebody filled it in: the marks they meant, and how they drew them."""

    number: str
    marks: tuple[int | None, ...]
    respondent: int | None = None
    reference: str = ""
    styles: Sequence[str] = STYLES
    crossed_out: dict[int, int] = field(default_factory=dict)
    """By row, a mark that was made and struck out again."""
    beside: set[int] = field(default_factory=set)
    """Rows in which somebody wrote beside the boxes."""
    comment: bool = False
    by_row: bool = False
    """Whether the rows are drawn in one style each, in order."""


@dataclass
class Light:
    """How a photograph is taken; `harshness` 0 is a scanner, 1 a telephone by a window, 2 a bad one."""

    harshness: float = 1.0
    size: tuple[int, int] = (1600, 1200)
    rotation: float | None = None
    """Degrees; by the seed where there is none."""
    quality: int = 80
    hide: str = ""
    """Corners that a thumb lies on."""


@cache
def blank(number: str, reference: str = "", key: str = "thuong-lo-5", agency: str = AGENCY) -> Image.Image:
    """The printed slip in grey, 300 dots an inch."""
    asked = next(one for one in instruments.shipped() if one.key == key)
    data = slip_sheets.data(agency, asked, [BlankSlip(number, reference)], Words(load_texts()["vi"]))
    made = typst.compile(
        TEMPLATES / f"{slip_sheets.TEMPLATE}.typ",
        root=TEMPLATES,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        format="png",
        ppi=DPI,
    )
    return Image.open(io.BytesIO(made)).convert("L")


def filled(slip: Filled, random: Random, *, key: str = "thuong-lo-5", agency: str = AGENCY) -> Image.Image:
    """The slip with its marks."""
    paper = blank(slip.number, slip.reference, key, agency).copy()
    pen = ImageDraw.Draw(paper)
    asked = next(one for one in instruments.shipped() if one.key == key)
    form = SlipLayout.of(asked)
    style = random.choice(list(slip.styles))
    for row, mark in enumerate(slip.marks):
        if mark is not None:
            drawn = slip.styles[row % len(slip.styles)] if slip.by_row else style
            draw(pen, form.boxes[row][mark - 1], drawn, random)
        if row in slip.crossed_out:
            struck = form.boxes[row][slip.crossed_out[row] - 1]
            draw(pen, struck, "cross", random)
            for _ in range(4):
                draw(pen, struck, "overshoot", random)
        if row in slip.beside:
            last = form.boxes[row][-1]
            circle = _px(last, 2.0)
            pen.ellipse(circle, outline=60, width=5)
    if slip.respondent is not None:
        draw(pen, form.respondents[slip.respondent - 1], style, random)
    if slip.comment:
        _scribble(pen, form.comment, random)
    return paper


def draw(pen: ImageDraw.ImageDraw, area: Area, style: str, random: Random) -> None:
    """Make one mark as people do."""
    x, y, side = area.left, area.top, area.width

    def at(across: float, down: float) -> tuple[float, float]:
        across, down = (each + random.uniform(-0.08, 0.08) for each in (across, down))
        return (x + across * side) * PX, (y + down * side) * PX

    ink, width, low, high = random.randint(20, 95), random.uniform(0.35, 0.7), 0.18, 0.82
    if style == "pencil":
        ink, width = random.randint(110, 155), random.uniform(0.3, 0.45)
        style = random.choice(["cross", "tick", "slash"])
    if style == "overshoot":
        low, high, style = -0.12, 1.12, "cross"
    lines: list[list[tuple[float, float]]] = []
    if style == "cross":
        lines = [[at(low, low), at(high, high)], [at(high, low), at(low, high)]]
    elif style == "slash":
        lines = [[at(high, low), at(low, high)]]
    elif style == "tick":
        lines = [[at(0.2, 0.5), at(0.42, 0.8), at(0.85, 0.12)]]
    elif style == "fill":
        lines, width = [[at(0.15 + 0.7 * (n % 2), 0.15 + 0.05 * n) for n in range(15)] for _ in range(2)], 0.8
    for line in lines:
        pen.line(line, fill=ink, width=max(1, round(width * PX)), joint="curve")


def photograph(papers: Sequence[Image.Image], seed: int, light: Light | None = None) -> bytes:
    """Lay the papers side by side on a table and take a picture of them, as JPEG."""
    light = light or Light()
    random = Random(seed)
    noise = np.random.default_rng(seed)
    hard = light.harshness
    sheet = Image.new("L", (sum(one.width for one in papers), papers[0].height), 250)
    left = 0
    for one in papers:
        sheet.paste(one, (left, 0))
        left += one.width
    for corner in light.hide:
        _thumb(sheet, corner)
    width, height = light.size if sheet.width > sheet.height else light.size[::-1]
    table = Image.new("L", (width, height), random.randint(40, 150))
    _lay(table, sheet, random, light)
    picture = np.asarray(table, dtype=np.float32)
    picture *= _shade(picture.shape, random, hard)
    picture = picture * random.uniform(1 - 0.35 * min(hard, 1.6), 1.0)
    soft = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    scale = max(light.size) / 2400
    soft = soft.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.4 + 1.0 * hard) * scale))
    grain = noise.normal(0, random.uniform(1, 1 + 5 * hard), picture.shape).astype(np.float32)
    grey = np.clip(np.asarray(soft, dtype=np.float32) + grain, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).convert("RGB").save(file, "JPEG", quality=light.quality)
    return file.getvalue()


def _lay(table: Image.Image, sheet: Image.Image, random: Random, light: Light) -> None:
    width, height = table.size
    hard = light.harshness
    turn = light.rotation if light.rotation is not None else random.uniform(-8, 8) * hard
    fill = random.uniform(0.8, 0.93)
    scale = min(width / sheet.width, height / sheet.height) * fill
    angle = np.deg2rad(turn)
    if abs(np.sin(angle)) > 0.5:
        scale = min(width / sheet.height, height / sheet.width) * fill
    else:
        scale *= 1 - 0.35 * abs(np.sin(angle))
    corners = []
    for u, v in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        x, y = u * sheet.width * scale, v * sheet.height * scale
        spread = 0.035 * hard * min(width, height)
        corners.append(
            (
                width / 2 + x * np.cos(angle) - y * np.sin(angle) + random.uniform(-spread, spread),
                height / 2 + x * np.sin(angle) + y * np.cos(angle) + random.uniform(-spread, spread),
            )
        )
    source = ((0, 0), (sheet.width, 0), sheet.size, (0, sheet.height))
    numbers = _coefficients(corners, source)
    kind, how = Image.Transform.PERSPECTIVE, Image.Resampling.BICUBIC
    laid = sheet.transform(table.size, kind, numbers, how, fillcolor=0)
    mask = Image.new("L", sheet.size, 255).transform(table.size, kind, numbers, fillcolor=0)
    table.paste(laid, mask=mask)


def _shade(shape: tuple[int, ...], random: Random, hard: float) -> NDArray[np.float32]:
    """A slope of light, and the soft edge of a shadow across."""
    y, x = np.mgrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j].astype(np.float32)
    slope = 1 - 0.35 * hard * (random.uniform(-1, 1) * x + random.uniform(-1, 1) * y + 0.5)
    angle, place = random.uniform(0, 6.28), random.uniform(-0.3, 0.3)
    depth = random.uniform(0, 0.3 * hard)
    edge = random.uniform(0.01, 0.1)
    side = (np.cos(angle) * x + np.sin(angle) * y - place) / edge
    shadow = 1 - min(depth, 0.6) / (1 + np.exp(-np.clip(side, -20, 20)))
    shade: NDArray[np.float32] = np.clip(slope, 0.3, 1.1).astype(np.float32) * shadow.astype(np.float32)
    return shade


def _thumb(sheet: Image.Image, corner: str) -> None:
    form = SlipLayout(5, 5)
    area = form.codes[corner]
    ImageDraw.Draw(sheet).ellipse(_px(area, 2.0), fill=150)


def _scribble(pen: ImageDraw.ImageDraw, area: Area, random: Random) -> None:
    x, y = area.left + 6, area.top + 8
    for _ in range(30):
        step = random.uniform(1, 3)
        pen.line([(x * PX, y * PX), ((x + step) * PX, (y + random.uniform(-2, 2)) * PX)], fill=60, width=5)
        x += step
        if x > area.right - 8:
            x, y = area.left + 6, y + 7


def _px(area: Area, out: float = 0.0) -> tuple[float, float, float, float]:
    return (
        (area.left - out) * PX,
        (area.top - out) * PX,
        (area.right + out) * PX,
        (area.bottom + out) * PX,
    )


def _coefficients(
    there: Sequence[tuple[float, float]], here: Sequence[tuple[float, float]]
) -> tuple[float, ...]:
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(there, here, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    right = [value for point in here for value in point]
    return tuple(float(value) for value in np.linalg.solve(np.array(rows), np.array(right)))


def some_marks(random: Random, items: int = 5) -> tuple[int | None, ...]:
    """Marks as people give them: mostly good, some left out."""
    return tuple(
        random.choices([None, 1, 2, 3, 4, 5], [0.03, 0.04, 0.06, 0.15, 0.32, 0.4])[0] for _ in range(items)
    )


def at_random(seed: int) -> tuple[Filled, bytes]:
    """One slip filled in and photographed by the seed: how it was meant, and the picture."""
    random = Random(seed)
    harshness = random.uniform(0.2, 1.4)
    slip = Filled(f"P-{seed % 4:04d}", some_marks(random), random.choice([None, 1, 2]))
    return slip, photograph([filled(slip, random)], seed, Light(harshness))


@dataclass
class Score:
    """What the reader made of many slips."""

    answers: int = 0
    asked: int = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, seed: int) -> None:
        """Read the slip of one seed; a picture that is not read as one slip counts as wrong."""
        slip, picture = at_random(seed)
        (found,) = reader.read(picture)
        if not isinstance(found, reader.ReadSlip):
            self.wrong.append(f"{seed}: {found}")
            return
        for row, meant in zip(
            (*found.answers, found.respondent), (*slip.marks, slip.respondent), strict=True
        ):
            self.answers += 1
            self.asked += not row.sure
            if row.sure and row.mark != meant:
                self.wrong.append(f"{seed}: {row} where {meant} was meant")


if __name__ == "__main__":
    score, (first, last) = Score(), (int(each) for each in sys.argv[1:3])
    for number in range(first, last + 1):
        score.count(number)
    print(f"answers {score.answers}, asked {score.asked}, wrong {len(score.wrong)}", *score.wrong, sep="\n")
