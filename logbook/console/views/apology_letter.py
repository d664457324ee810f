"""Builds the letter of apology for a late dossier, with the new date (002-16, NĐ 30/2020).

Whom it goes to stands nowhere in the database: the name is written by hand, from the paper dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from logbook.clock import local
from logbook.dossiers.lists import Dossier
from logbook.dossiers.remarks import ApologyLetter
from logbook.reports.document import (
    AGENCY_SIDE,
    CAPITALS,
    MOTTO,
    MOTTO_LINE,
    STATE_SIDE,
    agency_lines,
    date_line,
)
from logbook.reports.letter import BODY, JUSTIFIED, LEFT_SIDE, MIDDLE, WIDTH, LetterDocument, into
from logbook.settings.loading import Settings

Sentence = Callable[[str, Mapping[str, str]], str]
DOTS = "." * 60


def written(
    dossier: Dossier, apology: ApologyLetter, settings: Settings, sentence: Sentence, mark: str = ""
) -> bytes:
    """Return the letter as .docx, to be numbered, signed and given out; a `mark` stands on its pages."""

    def says(key: str, **words: object) -> str:
        return sentence(key, {name: str(word) for name, word in words.items()})

    office = settings.office
    letter = LetterDocument(says("apology_title"), office.agency)
    if mark:
        letter.mark(mark)
    left, right = letter.columns((AGENCY_SIDE, STATE_SIDE))
    for text in agency_lines(office.agency):
        into(left, text.upper(), CAPITALS)
    into(left, office.desk_name.upper(), CAPITALS, bold=True)
    letter.rule(AGENCY_SIDE * 0.4, AGENCY_SIDE, left)
    into(left, says("report_doc_number", number=" " * 7, sign="TXL-MC"), 13)
    into(right, says("report_doc_state"), CAPITALS, bold=True)
    into(right, says("report_doc_motto"), MOTTO, bold=True)
    letter.rule(MOTTO_LINE, STATE_SIDE, right)
    into(right, date_line(settings.reports.place, apology.at, says), MOTTO, italic=True)
    letter.gap()
    letter.line(says("apology_kind"), bold=True, align=MIDDLE, indent=False)
    letter.line(says("apology_subject"), bold=True, align=MIDDLE, indent=False)
    letter.rule(55, WIDTH)
    letter.gap()
    letter.line(says("apology_to", dots=DOTS), align=LEFT_SIDE, indent=False)
    facts = {
        "reference": dossier.reference,
        "procedure": dossier.procedure,
        "received": _day(dossier.received_at),
        "due": _day(dossier.due_at),
        "desk": office.desk_name,
        "agency": office.agency,
    }
    letter.line(says("apology_received", **facts), align=JUSTIFIED)
    finished = {"finished": _day(dossier.finished_at), **facts}
    letter.line(
        says("apology_sorry" if dossier.finished_at is None else "apology_sorry_finished", **finished)
    )
    letter.line(says("apology_cause", dots=DOTS))
    if dossier.finished_at is None:
        letter.line(says("apology_new_date", day=f"{apology.new_date:%d/%m/%Y}"), bold=True)
    letter.line(says("apology_contact", number=settings.line.number_shown, desk=office.desk_name))
    letter.line(says("apology_thanks"), keep=True)
    letter.gap()
    below, signs = letter.columns((WIDTH / 2, WIDTH / 2))
    into(below, says("report_doc_recipients"), 12, bold=True, italic=True, align=LEFT_SIDE)
    for recipient in ("apology_copy_citizen", "apology_copy_archive"):
        into(below, says(recipient), 11, align=LEFT_SIDE)
    into(signs, says("apology_signer"), BODY, bold=True)
    for _ in range(4):
        signs.add_paragraph()
    return letter.saved()


def _day(moment: datetime | None) -> str:
    return f"{local(moment):%d/%m/%Y}" if moment is not None else "–"
