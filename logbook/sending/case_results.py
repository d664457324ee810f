"""Words the results of cases for the chairman, and picks the channel; never a case's content (R9)."""

from __future__ import annotations

from collections.abc import Sequence

from logbook.clock import local
from logbook.sending import limits
from logbook.settings.channels import kind_of
from logbook.settings.config_file import TicketsPart
from logbook.settings.loading import Settings
from logbook.settings.notifications import OfficialPart
from logbook.texts.catalogue import Catalogue
from logbook.tickets.results import CaseResult, by_ticket


def lines(catalogue: Catalogue, part: TicketsPart, results: Sequence[CaseResult]) -> list[str]:
    """Return one line a ticket, in the order of `results`, with everything that became of it."""
    return [_line(catalogue, part, group) for group in by_ticket(results)]


def became(catalogue: Catalogue, one: CaseResult) -> str:
    """Return what became of a case and when, as a part of a sentence: "đã trả lời 25/11/2026 09:10"."""
    params = {"when": f"{local(one.row.at):%d/%m/%Y %H:%M}"}
    if one.row.kind == "transferred":
        params["body"] = one.ticket.transferred_to or catalogue.sentence("result_body_unknown")
    if one.row.kind == "closed":
        params["outcome"] = catalogue.sentence(f"ticket_outcome_{one.row.outcome}")
    return catalogue.sentence(f"result_{one.row.kind}", params)


def _line(catalogue: Catalogue, part: TicketsPart, group: Sequence[CaseResult]) -> str:
    ticket = group[0].ticket
    category = part.category(ticket.category)
    topic = catalogue.sentence(f"ticket_topic_{ticket.topic or 'other'}")
    return catalogue.sentence(
        "news_result",
        {
            "code": ticket.code,
            "kind": catalogue.sentence(f"ticket_kind_{ticket.kind}"),
            "category": topic if category is None else category.name,
            "became": "; ".join(became(catalogue, one) for one in group),
        },
    )


def channel(settings: Settings, official: OfficialPart) -> str | None:
    """Return the first way of `notifications.results.channels` that reaches the official; None: none."""
    for name in settings.notifications.results.channels:
        if kind_of(name).by_number:
            if limits.reached(official.number, name, settings) is not None:
                return name
        elif settings.channel_address(official.id, name) is not None:
            return name
    return None
