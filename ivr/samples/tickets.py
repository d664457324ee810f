"""Samples of tickets: opened by call or by hand, and led on by the usual verbs, each in its story."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from ivr.samples.month import SampleMonth
from logbook.clock import local
from logbook.ids import TicketId
from logbook.tickets import groups, moves, open_by_hand, openings
from logbook.tickets import tickets as book
from logbook.tickets.deadlines import extended_to
from logbook.tickets.open_by_hand import ManualEntry
from logbook.tickets.openings import Minutes
from logbook.tickets.verbs.extend import Extend
from logbook.tickets.verbs.registry import verbs
from logbook.tickets.verbs.write import WriteContent

Story = Mapping[str, Any]


def add(month: SampleMonth) -> None:
    """Put what is opened by hand on the agenda; calls open the others."""
    for story in month.words["stories"]:
        if story["channel"] != "hotline":
            month.at(moment_of(month, story), partial(_open, month, story))
    month.at(month.until - timedelta(minutes=20), partial(_same_matter, month))


def moment_of(month: SampleMonth, story: Story) -> datetime:
    """Return when a story begins: `back` counts working days from the last one."""
    days = month.days
    day = days[max(0, len(days) - 1 - int(story["back"]))]
    return min(month.on(day, float(story.get("part", 0.2))), month.until - timedelta(minutes=90))


def go_on(month: SampleMonth, story: Story, ticket_id: TicketId, step: int) -> None:
    """Put the next step of a story on the agenda, so many working hours later."""
    steps = story.get("steps", ())
    if step < len(steps):
        moment = month.hours_later(month.clock.now(), float(steps[step].get("after", 1)))
        month.at(moment, partial(_step, month, story, ticket_id, step))


def _open(month: SampleMonth, story: Story, conn: Connection) -> None:
    now, clerk, settings = month.clock.now(), month.people["clerk"], month.hotline.settings
    channel, opening = story["channel"], None
    if channel in openings.CHANNELS:
        day = local(now).date()
        minutes = Minutes(channel, day, clerk.name, month.words["witness"], 1, f"{day:%d%m}/BB-MAU", "")
        opening = openings.record(conn, minutes, clerk, today=day, now=now)
    who = {} if story.get("anonymous") else {"name": story["name"], "address": month.words["address"]}
    entry = ManualEntry(
        channel=channel,
        caller_type=story.get("caller_type", "individual"),
        content=story["content"],
        summary=story["summary"],
        number=story.get("number", ""),
        anonymous=bool(story.get("anonymous")),
        opening_id=opening,
        **who,
    )
    opened = open_by_hand.enter(
        conn,
        entry,
        actor=clerk.login,
        notice_due_at=month.times.office.add_days(now, settings.complaint.notice_days),
        answer_due_at=month.times.office.add_days(now, settings.complaint.answer_days),
        now=now,
        secret=settings.secret_key.get_secret_value(),
    )
    month.made.setdefault("tickets", {})[story["summary"]] = opened.ticket.id
    go_on(month, story, opened.ticket.id, 0)


def _step(month: SampleMonth, story: Story, ticket_id: TicketId, place: int, conn: Connection) -> None:
    """Apply one verb as whoever the story names; its words come from the story, else from the common ones."""
    step = story["steps"][place]
    verb = step["verb"]
    details = {**month.words["usual"].get(verb, {}), **step}
    for name in ("verb", "after", "by"):
        details.pop(name, None)
    ticket = book.of_id(conn, ticket_id)
    if verb == WriteContent.name:
        details |= {"content": story["content"], "summary": story["summary"]}
        details |= {} if story.get("anonymous") else {"caller_name": story["name"]}
        month.made.setdefault("tickets", {})[story["summary"]] = ticket_id
    if verb == Extend.name:
        part = month.hotline.settings.tickets
        days = details.pop("days")
        details["answer_due_at"] = extended_to(ticket, days, part, month.times.office, month.clock.now())
    if "about" in details:
        details["subject_ids"] = [month.people[role].id for role in details.pop("about")]
    actor = month.people[step.get("by", "clerk")].login
    moves.apply(
        conn, ticket_id, verbs()[verb](**{"reason": "", **details}), actor=actor, now=month.clock.now()
    )
    go_on(month, story, ticket_id, place + 1)


def _same_matter(month: SampleMonth, conn: Connection) -> None:
    """Two people brought one case: their tickets form one group."""
    known = month.made.get("tickets", {})
    pair = [known[summary] for summary in month.words["group"] if summary in known]
    if len(pair) == 2:
        one, other = (book.of_id(conn, ticket_id) for ticket_id in pair)
        groups.join(conn, one, other, month.people["clerk"], month.clock.now(), None)
