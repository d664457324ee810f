"""Figures of the desk, the line and the notice board that prove tasks of the plan by themselves."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, FromClause, func, or_, select

from logbook.database.tables import (
    call_enquiries,
    calls,
    dossier_imports,
    dossier_mismatches,
    dossiers,
    publicity,
    tickets,
)
from logbook.dossiers import indicators, lists, month_end, quota
from logbook.dossiers.months import Month
from logbook.plan.figures import FigureContext, FigureReading, FigureVerdict, PlanFigure
from logbook.publications import notices
from logbook.publications.notices import PostingPlace
from logbook.tickets.deadlines import WITHOUT_TERMS

_LEAST = timedelta(hours=1)
"""No calendar has a deadline shorter than this; most dossiers need no look into it."""


def _reading(verdict: FigureVerdict, **words: object) -> FigureReading:
    return FigureReading(verdict, {name: str(word) for name, word in words.items()})


def _none_wrong(of: int, wrong: int, **words: object) -> FigureReading:
    """Nothing wrong among some is reached, anything wrong is missed, nothing at all is neither."""
    verdict = FigureVerdict.MISSED if wrong else FigureVerdict.REACHED if of else FigureVerdict.OPEN
    return _reading(verdict, of=of, wrong=wrong, **words)


def _done(context: FigureContext, month: Month, *, done: bool, **words: object) -> FigureReading:
    """What has to be done once a month: missed when the month is over without it."""
    missed = FigureVerdict.MISSED if context.is_over(month) else FigureVerdict.OPEN
    return _reading(FigureVerdict.REACHED if done else missed, **words)


def _some(number: int) -> FigureReading:
    """Something that proves the task by having happened at all."""
    return _reading(FigureVerdict.REACHED if number else FigureVerdict.OPEN, number=number)


def _quota(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    found = quota.of_month(conn, month, context.settings.dossiers.quota_percent)
    words = {"finished": found.finished, "slips": found.slips, "required": found.required}
    if found.reached is None:
        return _reading(FigureVerdict.OPEN, **words)
    return _done(context, month, done=found.reached, **words)


def _notice_posted(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    """The notice of the month before, on the board and on the web, by the set day (003-13)."""
    of = month.plus(-1)
    notice = notices.find(conn, of)
    places = {one.place for one in notices.of_notice(conn, notice.id)} if notice else set()
    words = {"month": of.shown, "places": len(places), "of": len(PostingPlace)}
    if len(places) == len(PostingPlace):
        return _reading(FigureVerdict.REACHED, **words)
    by = month.begins + timedelta(days=context.settings.publications.notice_by_day)
    return _reading(FigureVerdict.MISSED if context.now >= by else FigureVerdict.OPEN, **words)


def _late_share(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    finished = indicators.of_period(conn, month.begins, month.ends).finished
    late, unexplained = lists.late_counted(conn, month.begins, month.ends, context.now)
    return _none_wrong(finished, late, unexplained=unexplained)


def _review_closed(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    return _done(context, month, done=month_end.review(conn, month) is not None)


def _meeting_held(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    return _done(context, month, done=month_end.meeting(conn, month) is not None)


def _online_in_time(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    """Online dossiers accepted, refused or guided within the working hours of the settings (002-19)."""
    part, of, wrong = context.settings.dossiers, 0, 0
    query = select(*lists.COLUMNS).where(
        dossiers.c.online, dossiers.c.received_at >= month.begins, dossiers.c.received_at < month.ends
    )
    for one in (lists.Dossier(*row) for row in conn.execute(query)):
        if one.accepted_at is None and (one.finished_at is not None or one.is_waiting):
            continue
        of += one.accepted_at is not None
        until = one.accepted_at or context.now
        by = lists.accept_by(one, context.office, part) if until - one.received_at > _LEAST else None
        wrong += by is not None and until > by
    return _none_wrong(of, wrong, hours=part.accept_hours)


def _asked_once(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    """No dossier of the month was asked for papers more often than is allowed (002-15)."""
    most = context.settings.dossiers.most_supplements
    within = (dossiers.c.received_at >= month.begins, dossiers.c.received_at < month.ends)
    count = select(func.count(), func.count().filter(dossiers.c.supplements > most)).where(*within)
    of, wrong = conn.execute(count).one()
    return _none_wrong(of, wrong, most=most)


def _paper_in_step(conn: Connection, _: FigureContext, month: Month) -> FigureReading:
    """No difference between paper and software stood open at the end of the month (002-35)."""
    marked = dossier_mismatches.c
    standing = or_(marked.settled_at.is_(None), marked.settled_at >= month.ends)
    finished = indicators.of_period(conn, month.begins, month.ends).finished
    return _none_wrong(finished, _count(conn, dossier_mismatches, marked.marked_at < month.ends, standing))


def _software_list(conn: Connection, _: FigureContext, month: Month) -> FigureReading:
    at = dossier_imports.c.at
    return _some(_count(conn, dossier_imports, at >= month.begins, at < month.ends))


def _answered_in_time(conn: Connection, context: FigureContext, month: Month) -> FigureReading:
    """Complaints whose answer was due in the month: all answered by then.

    A khiếu nại or tố cáo has clocks of its own and is not counted.
    """
    ticket, end = tickets.c, min(month.ends, context.now)
    due = (ticket.answer_due_at >= month.begins, ticket.answer_due_at < end)
    late = or_(
        ticket.answered_at > ticket.answer_due_at,
        ticket.answered_at.is_(None)
        & (ticket.closed_at.is_(None) | (ticket.closed_at > ticket.answer_due_at)),
    )
    counted = (*due, ticket.kind.not_in(WITHOUT_TERMS))
    return _none_wrong(_count(conn, tickets, *counted), _count(conn, tickets, *counted, late))


def _guided(conn: Connection, _: FigureContext, month: Month) -> FigureReading:
    within = (calls.c.started_at >= month.begins, calls.c.started_at < month.ends)
    return _some(_count(conn, calls, *within, calls.c.purpose.in_(("guidance", "clerk"))))


def _asked_about(conn: Connection, _: FigureContext, month: Month) -> FigureReading:
    within = (calls.c.started_at >= month.begins, calls.c.started_at < month.ends)
    of_calls = call_enquiries.join(calls, calls.c.id == call_enquiries.c.call_id)
    return _some(_count(conn, of_calls, *within))


def _made_known(conn: Connection, _: FigureContext, month: Month) -> FigureReading:
    """Lines of the publicity log: loudspeaker, meetings, associations, in person (001-15, 004-12)."""
    days = (publicity.c.held_on >= month.first, publicity.c.held_on < month.plus(1).first)
    return _some(_count(conn, publicity, *days, publicity.c.struck_at.is_(None)))


def _count(conn: Connection, of: FromClause, *where: ColumnElement[bool]) -> int:
    return int(conn.execute(select(func.count()).select_from(of).where(*where)).scalar_one())


DESK_FIGURES = (
    PlanFigure("quota", _quota, "desk_month", ("khao sat muc do hai long",)),
    PlanFigure("notice_posted", _notice_posted, "notices_page", ("va cong khai tai bang niem yet",)),
    PlanFigure("late_share", _late_share, "desk_month", ("som han",)),
    PlanFigure("review_closed", _review_closed, "desk_month", ("giai trinh nguyen nhan ho so tre han",)),
    PlanFigure("meeting_held", _meeting_held, "desk_month", ("thong bao ket qua trong cuoc hop",)),
    PlanFigure("online_in_time", _online_in_time, "dossiers", ("tam gio lam viec", "08 gio lam viec")),
    PlanFigure("asked_once", _asked_once, "dossiers", ("bo sung ho so khong qua",)),
    PlanFigure("paper_in_step", _paper_in_step, "dossiers", ("ho so giay va ho so tren phan mem",)),
    PlanFigure("software_list", _software_list, "dossiers", ("luu tru day du tren phan mem",)),
    PlanFigure("answered_in_time", _answered_in_time, "tickets", ("giai dap, xu ly kip thoi",)),
    PlanFigure("guided", _guided, "calls", ("tan tinh giai dap thac mac",)),
    PlanFigure("asked_about", _asked_about, "calls", ("ve tien do giai quyet ho so",)),
    PlanFigure("made_known", _made_known, "publicity_page", ("day manh thong tin, tuyen truyen",)),
)
"""What the desk, the line and the board count anyway."""
