"""What becomes of a slip read off a photograph: sure, asked about, known already, or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from logbook.ratings import slip_lookup, slips
from logbook.ratings.instruments import Instrument
from logbook.ratings.paper import layout, printed, readings
from logbook.ratings.paper.layout import SlipLayout
from logbook.ratings.paper.printed import PrintedSlip
from logbook.ratings.paper.readings import Reading, ReadingProblem
from logbook.ratings.slip_values import Answers, PaperSlip, Respondent, SlipRefusedError, Source, TypedSlip


class Standing(StrEnum):
    """What a person has to do about a slip that was read."""

    SURE = "sure"
    ASKED = "asked"
    KNOWN = "known"
    DIFFERS = "differs"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class JudgedReading:
    """A reading, where it stands and why; `slip` is the one in the book under the same number."""

    reading: Reading
    standing: Standing
    reasons: tuple[ReadingProblem, ...]
    reference: str
    answers: Answers
    slip: PaperSlip | None = None

    @property
    def respondent(self) -> Respondent:
        """An organisation where that box is marked; as on a typed slip, no mark is an individual."""
        return Respondent.ORGANISATION if self.reading.respondent.mark == 2 else Respondent.INDIVIDUAL

    @property
    def entry(self) -> TypedSlip:
        """What would be entered."""
        return TypedSlip(self.reading.number, self.reference, self.respondent, self.answers)


def judge(
    conn: Connection, found: Sequence[Reading], instrument: Instrument, agency: str
) -> list[JudgedReading]:
    """Look at every reading beside the book, in the order they came."""
    numbers = [one.number for one in found if one.number]
    office = layout.office_of(agency)
    twice = Counter(one.number for one in found if one.problem is None and one.office == office)
    batch = printed.of_numbers(conn, numbers)
    entered = {slip.number: slip for slip in slip_lookup.of_numbers(conn, numbers)}
    return [
        _judged(conn, one, instrument, office, batch, entered.get(one.number), twice[one.number] > 1)
        for one in found
    ]


def _judged(
    conn: Connection,
    reading: Reading,
    instrument: Instrument,
    office: str,
    batch: Mapping[str, PrintedSlip],
    slip: PaperSlip | None,
    twice: bool,
) -> JudgedReading:
    known = batch.get(reading.number)
    reference = known.reference if known is not None else ""
    answers = tuple(None if row.mark is None else row.mark - 1 + instrument.lowest for row in reading.answers)
    refused = _refused(reading, instrument, office, known)
    if refused is not None:
        return JudgedReading(reading, Standing.REFUSED, (refused,), reference, answers)
    if slip is not None:
        same = slip.valid and reading.is_sure and slip.answers == answers
        standing = Standing.KNOWN if same else Standing.DIFFERS
        return JudgedReading(reading, standing, (), reference or slip.reference, answers, slip)
    reasons = tuple(_questions(reading, known, twice=twice))
    judged = JudgedReading(reading, Standing.ASKED if reasons else Standing.SURE, reasons, reference, answers)
    if not reasons:
        try:
            slips.check(conn, judged.entry, instrument)
        except SlipRefusedError as problem:
            return JudgedReading(
                reading, Standing.ASKED, (ReadingProblem(problem.key, problem.words),), reference, answers
            )
    return judged


def _refused(
    reading: Reading, instrument: Instrument, office: str, known: PrintedSlip | None
) -> ReadingProblem | None:
    if reading.problem is not None:
        return reading.problem
    if reading.office != office:
        return ReadingProblem("photo_other_office", {"number": reading.number})
    other = known is not None and known.form != instrument.identity
    if other or reading.form != SlipLayout.of(instrument):
        return ReadingProblem("photo_other_form", {"number": reading.number})
    return None


def _questions(reading: Reading, known: PrintedSlip | None, *, twice: bool) -> list[ReadingProblem]:
    found: list[ReadingProblem] = []
    if known is None:
        found.append(ReadingProblem("photo_number_unknown", {"number": reading.number}))
    if twice:
        found.append(ReadingProblem("photo_twice_waiting", {"number": reading.number}))
    if not reading.is_sure:
        found.append(ReadingProblem("photo_marks_unsure", {}))
    if known is not None and not known.reference:
        found.append(ReadingProblem("photo_reference_missing", {}))
    return found


def confirm(
    conn: Connection, judged: Sequence[JudgedReading], instrument: Instrument, by: int | None, now: datetime
) -> list[PaperSlip]:
    """Enter what is sure as typed slips are entered, and delete what was read; what cannot be entered stays.

    What is known already is deleted. A reading somebody else confirmed meanwhile is left out.
    """
    entered: list[PaperSlip] = []
    for one in judged:
        if one.standing is Standing.KNOWN:
            readings.drop(conn, one.reading.id)
        if one.standing is not Standing.SURE:
            continue
        try:
            with conn.begin_nested():
                if readings.drop(conn, one.reading.id):
                    slip = slips.enter(conn, one.entry, instrument, now, by=by, source=Source.PHOTO)
                    entered.append(slip)
        except SlipRefusedError:  # another slip of this batch has its dossier; the page says so
            continue
    return entered
