"""Samples of what citizens may see: an answered complaint, a monthly notice, lines of the publicity log."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, select

from ivr.samples.month import SampleMonth
from logbook.clock import local
from logbook.database.tables import tickets as rows
from logbook.dossiers.months import Month
from logbook.publications import notices, publications, publicity
from logbook.publications.notices import PostingPlace, PostingProof
from logbook.publications.publications import PublicDraft
from logbook.publications.publicity import ToldPublicity
from logbook.tickets import tickets


def add(month: SampleMonth) -> None:
    """Put them at the end of the agenda, when tickets are answered and slips are in."""
    for ahead, details in enumerate(month.words["publicity"]):
        day = month.days[ahead * len(month.days) // 4]
        month.at(month.on(day, 0.6), partial(_told, month, details))
    month.at(month.until - timedelta(minutes=4), partial(_answer, month))
    month.at(month.until - timedelta(minutes=3), partial(_notice, month))


def _told(month: SampleMonth, details: dict[str, str], conn: Connection) -> None:
    now = month.clock.now()
    told = ToldPublicity(local(now).date(), **details)
    publicity.enter(conn, told, month.hotline.settings.publications, month.people["clerk"], now)


def _answer(month: SampleMonth, conn: Connection) -> None:
    """Publish one answered case, as two people would."""
    settings, now = month.hotline.settings, month.clock.now()
    answered = select(rows.c.id).where(rows.c.state.in_(("answered", "closed"))).order_by(rows.c.id)
    for ticket_id in conn.execute(answered).scalars().all():
        ticket = tickets.of_id(conn, ticket_id)
        if publications.why_not(ticket) is None:
            draft = PublicDraft(**month.words["published"])
            made = publications.write(conn, ticket, draft, 0, settings, month.people["clerk"], now)
            publications.publish(conn, made, 1, settings, month.people["head_of_office"], now)
            return


def _notice(month: SampleMonth, conn: Connection) -> None:
    """Count, approve and post the notice of the month before."""
    settings, now, people = month.hotline.settings, month.clock.now(), month.people
    of, today = Month.of(now).plus(-1), local(now).date()
    if notices.find(conn, of) is not None:
        return
    notices.consolidate(conn, of, 0, settings, people["head_of_office"], now)
    words = [month.words["notice"][part] for part in notices.PARTS]
    notices.write(conn, of, words, 1, settings, people["head_of_office"], now)
    notices.approve(conn, of, 2, settings, people["chairman"], now)
    where, page = settings.publications.board, f"{settings.public_url}/ket-qua/{of}"
    board, web = PostingProof("Sổ niêm yết"), PostingProof(page)
    notices.post(conn, of, PostingPlace.BOARD, today, where, board, people["survey_lead"], now)
    notices.post(conn, of, PostingPlace.WEB, today, "", web, people["clerk"], now)
