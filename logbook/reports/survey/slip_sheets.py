"""Slips to be printed, as PDF: A5, or two on A4, each with its number in words and at every corner."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import segno

from logbook import printing
from logbook.ratings.instruments import Instrument
from logbook.ratings.paper import layout
from logbook.ratings.paper.layout import CORNERS, Area, CornerCode, SlipLayout
from logbook.ratings.paper.printed import BlankSlip
from logbook.reports.shown import Says

MOST = 200
"""Slips of one file."""
TEMPLATE = "survey_slips"


def pdf(
    agency: str, instrument: Instrument, slips: Sequence[BlankSlip], says: Says, at: datetime, *, two: bool
) -> bytes:
    """Return the slips as PDF in this order, one a page of A5, or `two` side by side on A4.

    Raises printing.PrintingMissingError.
    """
    return printing.pdf(TEMPLATE, data(agency, instrument, slips, says, two=two), at)


def data(
    agency: str, instrument: Instrument, slips: Sequence[BlankSlip], says: Says, *, two: bool = False
) -> Mapping[str, object]:
    """Return what the template draws: every place in millimetres, every sentence, and the QR codes."""
    form = SlipLayout.of(instrument)
    words_end = form.boxes[0][0].left - 3
    office = layout.office_of(agency)
    return {
        "two": two,
        "page": layout.PAGE,
        "margin": layout.MARGIN,
        "frame": layout.FRAME,
        "agency": agency,
        "title": instrument.title,
        "basis": says("slip_print_basis", basis=instrument.legal_basis),
        "codes": [_told(form.codes[corner]) for corner in CORNERS],
        "reference": _told(form.reference),
        "respondents": [_told(area) for area in form.respondents],
        "comment": _told(form.comment),
        "marks": [str(mark) for mark in range(instrument.lowest, instrument.highest + 1)],
        "items": [
            {
                "name": item.name,
                "area": _told(form.item(place)),
                "words": words_end - layout.MARGIN,
                "boxes": [_told(area) for area in form.boxes[place]],
            }
            for place, item in enumerate(instrument.criteria)
        ],
        "says": {
            "dossier": says("slip_print_dossier"),
            "respondent": f"{says('slip_respondent')}:",
            "respondents": [says("slip_respondent_individual"), says("slip_respondent_organisation")],
            "help": says("slip_print_help"),
            "comment": f"{says('slip_comment')}:",
            "thanks": says("slip_print_thanks"),
        },
        "slips": [
            {
                "number": says("slip_print_number", number=one.number),
                "reference": one.reference,
                "codes": [
                    _drawn(CornerCode(office, one.number, form.items, form.marks, corner).text)
                    for corner in CORNERS
                ],
            }
            for one in slips
        ],
    }


def _told(area: Area) -> dict[str, float]:
    return asdict(area)


def _drawn(text: str) -> str:
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="svg", border=0, xmldecl=False, omitsize=True)
    return picture.getvalue().decode()
