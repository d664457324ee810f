"""Samples of people and duty: the team, its weeks, an absence, money, and forms written for citizens."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy import Connection

from ivr.samples.month import SampleMonth
from logbook.clock import local
from logbook.duty import absences, budget, team, week, written_forms
from logbook.duty.absences import DayPart
from logbook.duty.on_duty import who_is_on_duty
from logbook.duty.sessions import DutyKind, days_between, sessions_on
from logbook.duty.week import Change
from logbook.duty.written_forms import CheckResult, Confirmed, Manner, WrittenForm
from logbook.officials import register
from logbook.officials.register import OfficialDetails

AHEAD = timedelta(days=7)
"""How far the week sheet is filled in beyond the month."""
FORMS = 34
DESK = "motcua"


def add(month: SampleMonth) -> None:
    """Put people, weeks and forms on the agenda."""
    begins = month.on(month.days[0], 0.0)
    month.at(begins, partial(_register, month))
    month.at(begins + timedelta(minutes=5), partial(_duty, month))
    month.at(begins + timedelta(minutes=10), partial(_budget, month))
    for _ in range(FORMS):
        moment = month.some_moment()
        month.at(moment, partial(_form, month, local(moment).date()))


def _register(month: SampleMonth, conn: Connection) -> None:
    """Enter the people, each name marked as a sample; the young ones and some others are the team."""
    keys, since = [], month.first.replace(month=1, day=1).isoformat()
    for person in month.words["people"]:
        details = OfficialDetails(
            name=person["name"],
            title=person["title"],
            unit=person["unit"],
            organisation=person["organisation"],
            since=since,
            until="",
            login="",
            telephone="",
            photo_consent=False,
        )
        official = register.add(conn, details, month.clock.now())
        if person.get("team"):
            team.join(conn, official.key, month.first, None, "totruong", month.clock.now())
            keys.append(official.key)
        month.made.setdefault("officials", []).append(official)
    month.made["team"] = keys


def _duty(month: SampleMonth, conn: Connection) -> None:
    part = month.hotline.settings.duty
    people = month.made["team"]
    turn, changes = 0, []
    for day in days_between(month.first, local(month.until).date() + AHEAD):
        for kind in (DutyKind.SLIP_TEAM, DutyKind.QR_GUIDE):
            for session in sessions_on(month.times, kind, day):
                if who_is_on_duty(conn, part, month.times, session).version:
                    continue  # somebody has planned it: a sample changes no real week
                pair = people[turn % len(people)], people[(turn + 1) % len(people)]
                changes.append(Change(session, pair if kind is DutyKind.SLIP_TEAM else pair[1:], 0))
                turn += 1
    week.keep(conn, part, month.times, changes, "totruong", month.clock.now())
    away = month.days[len(month.days) // 2]
    absences.enter(
        conn,
        person=people[0],
        first_day=away,
        last_day=away,
        part=DayPart.MORNING,
        stand_in=people[2],
        who="totruong",
        now=month.clock.now(),
    )


def _budget(month: SampleMonth, conn: Connection) -> None:
    for line in month.words["budget"]:
        try:
            line_id = budget.enter(
                conn,
                month.last.year,
                line["model"],
                line["source"],
                line["ceiling"],
                "chanhvanphong",
                month.clock.now(),
            )
        except budget.BudgetRefusedError:
            continue  # the office has a line of that name
        for spent in line["spent"]:
            budget.spend(
                conn,
                line_id,
                month.days[len(month.days) // 3],
                spent["amount"],
                spent["what"],
                "chanhvanphong",
                month.clock.now(),
            )


def _form(month: SampleMonth, day: date, conn: Connection) -> None:
    dice, (procedure, field) = month.dice, month.pick("procedures")
    same_day = dice.random() < 0.7
    form = WrittenForm(
        written_on=day,
        procedure=procedure,
        field=field,
        helper=dice.choice(month.made["team"]),
        manner=dice.choice(list(Manner)),
        asked_for=True,
        check_result=dice.choices(list(CheckResult), (8, 1, 1))[0],
        receipt=f"MAU-BN{dice.randrange(1000, 9999)}",
        appointment=None if same_day else day + timedelta(days=dice.randrange(1, 6)),
        same_day=same_day,
        confirmed_by=dice.choices(list(Confirmed), (9, 1))[0],
    )
    excluded = month.hotline.settings.team.excluded
    written_forms.enter(conn, form, excluded, DESK, month.clock.now())
