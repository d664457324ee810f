"""Page of the ticket list: filters, search, saved views, bulk steps, exports."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import accounts
from logbook.accounts.rights import Act, may
from logbook.console.frame import ConsoleFrame
from logbook.console.views import tickets_export
from logbook.ids import PersonId
from logbook.search import counts, saved_views, ticket_filters, ticket_list
from logbook.search.ticket_filters import LISTS, NOBODY, Filters
from logbook.search.ticket_list import TicketQuery
from logbook.tickets import bulk
from logbook.tickets.lifecycle import KINDS, TicketKind, TicketState, TicketTopic
from logbook.tickets.open_by_hand import CHANNELS
from logbook.tickets.verbs import registry
from logbook.tickets.verbs.assign import Assign
from logbook.tickets.verbs.classify import Classify
from logbook.tickets.verbs.mark_urgent import MarkUrgent
from logbook.tickets.verbs.verb import Verb
from logbook.tickets.visibility import visible_to

WORKERS = frozenset({"clerk", "desk_officer", "head_of_desk", "head_of_office", "vice_chairman", "chairman"})
"""Roles a ticket may be given to from the list."""
OPTIONS = {"assigned": "people", "concerned": "people"}
"""Filters whose choices stand under another name than their own."""
Answer = str | tuple[str, int] | Response


def add(desk: ConsoleFrame) -> None:
    """`/console/tickets` and the forms on it."""

    @desk.page("/tickets", Act.SEE_TICKETS)
    def tickets() -> str:
        return _list(desk, ticket_filters.read(request.args))

    @desk.page("/tickets/views", Act.SEE_TICKETS, methods=("POST",))
    def keep_view() -> Answer:
        filters, name = _asked_in_form(), request.form.get("name", "")
        try:
            with desk.writing() as conn:
                saved_views.keep(conn, desk.person.id, name, filters)
        except saved_views.ViewRefusedError as refused:
            return _list(desk, filters, view_name=name, view_wrong=refused.args[0]), 400
        return _to_list(filters, said="tickets_view_kept")

    @desk.page("/tickets/views/<int(max=2147483647):view_id>/delete", Act.SEE_TICKETS, methods=("POST",))
    def forget_view(view_id: int) -> Answer:
        with desk.writing() as conn:
            if not saved_views.forget(conn, desk.person.id, view_id):
                abort(404)
        return desk.back("tickets", "tickets_view_forgotten")

    @desk.page("/tickets/bulk", Act.SEE_TICKETS, methods=("POST",))
    def bulk_step() -> Answer:
        return _bulk(desk)

    @desk.page("/tickets/export", Act.EXPORT, methods=("POST",))
    def export_tickets() -> Answer:
        filters = _asked_in_form()
        order = tickets_export.read(request.form, may(desk.person, Act.SEE_CALLER))
        if order.wrong:
            return _list(desk, filters, export=order), 400
        return tickets_export.sent(desk, filters, order)


def _list(desk: ConsoleFrame, filters: Filters, **typed: object) -> str:
    with desk.reading() as conn:
        asked = TicketQuery(conn, filters, desk.person, desk.now, counts.SOON)
        before = ticket_filters.whole(request.args.get("before"))
        page = asked.page(before)
        widened = None
        if not page.rows and filters.q and filters.which != "all":
            everywhere = dataclasses.replace(filters, which="all")
            asked_anew = TicketQuery(conn, everywhere, desk.person, desk.now, counts.SOON)
            if (anew := asked_anew.page()).rows:
                widened, filters, asked, page, before = filters.which, everywhere, asked_anew, anew, None
        views = saved_views.listed(conn, desk.person.id)
        listed = accounts.listed(conn, desk.now)
        options = _choices(desk, [(one.id, one.name) for one in listed])
        return desk.show(
            "tickets.html",
            here="tickets",
            filters=filters,
            page=page,
            widened=widened,
            count=asked.count(page if before is None else None),
            overdue=_overdue(desk, conn) if filters == Filters() and before is None else 0,
            cap=ticket_list.CAP,
            before=before,
            views=views,
            current=next((view for view in views if view.filters == filters), None),
            deadline=lambda row: ticket_list.deadline(row, desk.now, counts.SOON),
            workers=[one for one in listed if one.role in WORKERS],
            report=_report(request.args),
            chips=_chips(desk, filters, options),
            **options,
            **typed,
        )


def _overdue(desk: ConsoleFrame, conn: Connection) -> int:
    """How many tickets are overdue; the list of all open ones shows it first."""
    return counts.counts(conn, desk.now, counts.SOON, visible_to(desk.person)).overdue


def _choices(desk: ConsoleFrame, everybody: list[tuple[int, str]]) -> Mapping[str, Any]:
    """What can be chosen: plain values for the tabs and steps, (value, text) pairs for the filters."""
    w = desk.words
    return {
        "people_options": everybody,
        "choices": {"lists": LISTS, "bulk_kinds": KINDS},
        "state_options": [(one, w(f"ticket_state_{one}")) for one in TicketState],
        "kind_options": [(one, w(f"ticket_kind_{one}")) for one in TicketKind],
        "topic_options": [(one, w(f"ticket_topic_{one}")) for one in TicketTopic],
        "category_options": [(one.key, one.name) for one in desk.settings.tickets.categories],
        "channel_options": [(one, w(f"ticket_channel_{one}")) for one in ("hotline", *CHANNELS)],
    }


def _chips(desk: ConsoleFrame, filters: Filters, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each filter that is set, by its name and in words."""
    w, chips = desk.words, []
    for name in ("state", "kind", "topic", "category", "channel", "assigned", "concerned", "since", "until"):
        value = getattr(filters, name)
        if value is None:
            continue
        known = dict(options[f"{OPTIONS.get(name, name)}_options"]) if name not in {"since", "until"} else {}
        details = w("tickets_nobody") if (name, value) == ("assigned", NOBODY) else known.get(value)
        if details is None:
            details = w.day(value) if name in {"since", "until"} else str(value)
        label = w(f"tickets_filter_{name}")
        chips.append((name, f"{label}: {details}"))
    return chips


def _bulk(desk: ConsoleFrame) -> Answer:
    filters, verb = _asked_in_form(), request.form.get("verb", "")
    picks = bulk.picked(request.form.getlist("pick"))
    known = registry.in_bulk().get(verb)
    if known is None or known.right is None:
        abort(400)
    if not may(desk.person, known.right):
        abort(403)
    if not picks:
        return _list(desk, filters, bulk_wrong="tickets_bulk_nothing"), 400
    with desk.writing() as conn:
        step = _step(conn, known)
        if step is not None:
            outcome = bulk.on_each(conn, picks, step, desk.person, desk.now)
    if step is None:
        ticked = frozenset(pick.code for pick in picks)
        return _list(desk, filters, bulk_wrong=f"tickets_bulk_choose_{verb}", ticked=ticked), 400
    refused = ",".join(f"{code}.{why}" for code, why in outcome.refused)
    return _to_list(filters, verb=verb, done=str(len(outcome.done)), refused=refused)


def _step(conn: Connection, verb: type[Verb]) -> Verb | None:
    """The step with what was chosen for it; None when it was not chosen."""
    if verb is Assign:
        chosen = ticket_filters.whole(request.form.get("to"))
        person = accounts.find(conn, PersonId(chosen)) if chosen else None
        return Assign(to=person.id) if person is not None and person.role in WORKERS else None
    if verb is Classify:
        kind = request.form.get("kind", "")
        return Classify(kind=kind) if kind in KINDS else None
    return MarkUrgent(urgent=True)


def _report(given: Mapping[str, str]) -> Mapping[str, object] | None:
    """The result of a bulk step, read from the address; None where the address holds nothing sound."""
    verb, done = given.get("verb", ""), ticket_filters.whole(given.get("done"))
    if verb not in registry.in_bulk() or done is None:
        return None
    pairs = [part.partition(".")[::2] for part in given.get("refused", "").split(",")[:100]]
    refused = [(code, why) for code, why in pairs if code.isdecimal() and why in bulk.REASONS]
    return {"verb": verb, "done": done, "refused": refused}


def _asked_in_form() -> Filters:
    return ticket_filters.read(dict(parse_qsl(request.form.get("query", "")[:2000])))


def _to_list(filters: Filters, **details: str) -> Response:
    return redirect(f"{url_for('console.tickets')}?{filters.as_query(**details)}", code=303)
