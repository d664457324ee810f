"""Samples of the one-stop desk: dossiers as its software lists them week by week, slips, and late reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ivr.samples.month import SampleMonth
from logbook.clock import local
from logbook.dossiers import importing, lists, month_end, remarks
from logbook.dossiers.draft import STORED, Draft, Outcome
from logbook.dossiers.months import Month
from logbook.ratings import instruments, slips
from logbook.ratings.slip_values import Respondent, TypedSlip

DOSSIERS, SLIPS = 168, 62
EARLIER = 12
"""Working days before the month in which its first dossiers were received."""
LAST_FILE = timedelta(minutes=50)
"""How long before the end the last file was brought in."""
COLUMNS = ("received", "due", "finished", "accepted", *STORED)
"""A file that has every column."""


def add(month: SampleMonth) -> None:
    """Put the imports of each week, the slips and what people add on the agenda."""
    found = [_dossier(month, number) for number in range(1, DOSSIERS + 1)]
    days = [*month.days[4::5], month.days[-1]]
    for moment in [*(month.on(day, 0.06) for day in days), month.until - LAST_FILE]:
        month.call_at(moment, partial(_import, month, found))
    month.at(month.until - timedelta(minutes=40), partial(_late, month))
    month.at(month.until - timedelta(minutes=38), partial(_remarks, month))
    month.at(month.until - timedelta(minutes=35), partial(_month_end, month))
    month.call_at(month.until - timedelta(minutes=30), partial(_slips, month, found))


def _dossier(month: SampleMonth, number: int) -> Draft:
    """One dossier as it will have gone by the end, whether or not that end is reached."""
    dice, (procedure, field) = month.dice, month.pick("procedures")
    days = month.days
    back = month.days_before(EARLIER)
    received = month.on(dice.choice([*back, *days]), dice.random() * 0.95)
    online, term = dice.random() < 0.45, dice.choice((1, 3, 5, 5, 10, 15))
    due = month.times.office.add_days(received, term)
    pace = dice.choices((0.25, 0.6, 0.95, 1.3), (30, 40, 24, 6))[0]
    finished: datetime | None = month.hours_later(received, max(1.0, term * 7.5 * pace))
    outcome, supplements = Outcome.DONE, 0
    kind = dice.random()
    if kind < 0.03:
        outcome, finished = Outcome.SUSPENDED, None
    elif kind < 0.07:
        outcome, finished, supplements = Outcome.SUPPLEMENTING, None, 2 if kind < 0.045 else 1
    elif kind < 0.1:
        outcome = Outcome.REFUSED
    accepted = month.hours_later(received, dice.choice((1, 2, 4, 6, 7))) if online else None
    if online and number % 40 == 0:
        accepted = finished = None
    return Draft(
        reference=f"MAU-{received:%y%m}-{number:04d}",
        procedure=procedure,
        field=field,
        received_at=received.replace(microsecond=0),
        due_at=due,
        finished_at=finished and finished.replace(microsecond=0),
        official=dice.choice([one["name"] for one in month.words["people"] if not one.get("team")]),
        online=online,
        accepted_at=accepted and accepted.replace(microsecond=0),
        supplements=supplements,
        outcome=outcome.value,
    )


def _import(month: SampleMonth, found: Sequence[Draft]) -> None:
    """Bring the file of that moment into the database: what was received, and what had been done, by then."""
    now = month.clock.now()
    rows = [_by(draft, now) for draft in found if draft.received_at < now]
    result = importing.store(month.hotline.database, COLUMNS, rows, now)
    with month.hotline.database.writing() as conn:
        importing.write_down(conn, importing.counts_of(result), month.people["desk_officer"], now)


def _by(draft: Draft, now: datetime) -> Draft:
    if draft.finished_at is not None and draft.finished_at >= now:
        draft = replace(draft, finished_at=None, outcome=Outcome.RUNNING.value)
    if draft.accepted_at is not None and draft.accepted_at >= now:
        draft = replace(draft, accepted_at=None)
    return draft


def _slips(month: SampleMonth, found: Sequence[Draft]) -> None:
    """Type the slips of finished dossiers, batch by batch, one of them void."""
    by = month.until - LAST_FILE
    done = [draft for draft in found if draft.finished_at is not None and draft.finished_at < by]
    done = sorted(done, key=lambda draft: draft.finished_at or month.until)
    month.dice.shuffle(done)
    for number, draft in enumerate(done[:SLIPS], 1):
        with month.hotline.database.writing() as conn:
            _slip(month, number, draft, conn)


def _slip(month: SampleMonth, number: int, draft: Draft, conn: Connection) -> None:
    dice, settings = month.dice, month.hotline.settings
    asked = instruments.for_slips(settings)
    mood = dice.choices((2, 3, 4, 5), (4, 8, 44, 44))[0]
    marks = tuple(min(5, max(1, mood + dice.choice((0, 0, 0, 0, -1, 1)))) for _ in asked.criteria)
    entry = TypedSlip(
        f"MAU-{number:04d}",
        draft.reference,
        dice.choices(list(Respondent), (85, 15))[0],
        marks,
        month.pick("praise" if mood > 3 else "blame") if dice.random() < 0.3 else "",
    )
    kept = slips.enter(conn, entry, asked, month.clock.now(), by=month.people["survey_lead"].id)
    if number == 20:
        slips.void(conn, kept.id, kept.version, month.words["void"])


def _late(month: SampleMonth, conn: Connection) -> None:
    """Explain the late dossiers but two, and write to whoever waited."""
    now, head = month.clock.now(), month.people["head_of_desk"]
    late = lists.late_of(conn, Month.of(month.on(month.first_day, 0)).begins, now, now)
    mine = [line.dossier for line in late if line.dossier.reference.startswith("MAU-")]
    for place, dossier in enumerate(mine[2:]):
        why = month.words["late"][place % len(month.words["late"])]
        remarks.explain(conn, dossier.id, dossier.official, why["cause"], why["remedy"], head, now)
        if place % 2 == 0:
            today = local(now).date()
            remarks.apologise(conn, dossier.id, today + timedelta(days=3), today, head, now)
            if place % 4 == 0:
                remarks.apology_sent(conn, dossier.id, today, head, now)


def _remarks(month: SampleMonth, conn: Connection) -> None:
    """Requests for papers by their document, and two differences between paper and software."""
    now, officer = month.clock.now(), month.people["desk_officer"]
    part = month.hotline.settings.dossiers
    at = lists.moments(now, month.times.office, part)
    for view in (lists.WorkList.WAITING, lists.WorkList.SUPPLEMENTS):
        for line in lists.listed(conn, view, at, part):
            dossier = line.dossier
            if dossier.reference.startswith("MAU-"):
                document = f"{dossier.id + 10}/YC-MC (mẫu)"
                remarks.ask_papers(conn, dossier.id, document, local(now).date(), officer, now)
    running = lists.listed(conn, lists.WorkList.RUNNING, at, part)
    mine = [line.dossier for line in running if line.dossier.reference.startswith("MAU-")][:2]
    for dossier, note in zip(mine, month.words["mismatches"], strict=False):
        remarks.mark_mismatch(conn, dossier.id, note["on_paper"], note["note"], officer, now)
        if note.get("settled"):
            remarks.settle_mismatch(conn, dossier.id, note["settled"], officer, now)


def _month_end(month: SampleMonth, conn: Connection) -> None:
    """The meeting and the remedies of the month's end, unless the office has a record of its own."""
    now, head = month.clock.now(), month.people["head_of_desk"]
    of = Month.of(month.on(month.first_day, 0))
    if month_end.meeting(conn, of) is None:
        record = month.words["meeting"]
        month_end.record_meeting(conn, of, month.days[-1], record["present"], record["summary"], head, now)
    for remedy in month.words["remedies"]:
        due = local(now).date() + timedelta(days=14)
        number = month_end.add_remedy(conn, of, remedy["text"], remedy["owner"], due, head, now)
        if remedy.get("result"):
            month_end.remedy_done(conn, number, remedy["result"], head, now)
