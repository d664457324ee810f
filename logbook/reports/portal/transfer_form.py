"""Builds the form that passes a case on to the body whose business it is (NĐ 20/2008 Art 9, NĐ 30/2020)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logbook import phone_numbers
from logbook.clock import local
from logbook.reports.document import (
    AGENCY_SIDE,
    CAPITALS,
    MOTTO,
    MOTTO_LINE,
    STATE_SIDE,
    agency_lines,
    date_line,
)
from logbook.reports.letter import BODY, LEFT_SIDE, MIDDLE, WIDTH, LetterDocument, into
from logbook.reports.shown import Says
from logbook.settings.loading import Settings
from logbook.tickets.tickets import Ticket

DOTS = "." * 60


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """What is passed on, to whom, when; `with_caller`: who brought it goes along."""

    ticket: Ticket
    portal_code: str | None
    to: str
    at: datetime
    with_caller: bool


def written(order: TransferOrder, settings: Settings, says: Says, mark: str = "") -> bytes:
    """Return the form as .docx, to be numbered and signed; a `mark` stands on its pages."""
    office, ticket = settings.office, order.ticket
    letter = LetterDocument(says("portal_form_kind"), office.agency)
    if mark:
        letter.mark(mark)
    _head(letter, settings, order.at, says)
    letter.line(says("portal_form_addressed", who=order.to or DOTS), align=MIDDLE, indent=False)
    received = {"day": _day(ticket.opened_at), "agency": office.agency}
    letter.line(says("portal_form_received", how=says(f"portal_form_by_{_way(ticket)}"), **received))
    for name, text in _facts(order, settings, says):
        letter.line(f"{says(name)}: {text}", align=LEFT_SIDE)
    letter.line(f"{says('portal_form_content')}:", keep=True)
    letter.lines(ticket.content or DOTS)
    to = order.to or DOTS
    letter.line(says("portal_form_passed_on", agency=office.agency, to=to))
    ours = {"agency": office.agency, "number": settings.line.number_shown}
    letter.line(says("portal_form_result", **ours), keep=True)
    below, signs = letter.columns((WIDTH / 2, WIDTH / 2))
    into(below, says("report_doc_recipients"), 12, bold=True, italic=True, align=LEFT_SIDE)
    for recipient in ("portal_form_copy_same", "portal_form_copy_citizen", "portal_form_copy_archive"):
        into(below, says(recipient), 11, align=LEFT_SIDE)
    into(signs, says("portal_form_signs_for"), BODY, bold=True)
    into(signs, says("portal_form_signer"), BODY, bold=True)
    for _ in range(4):
        signs.add_paragraph()
    return letter.saved()


def _head(letter: LetterDocument, settings: Settings, at: datetime, says: Says) -> None:
    left, right = letter.columns((AGENCY_SIDE, STATE_SIDE))
    for text in agency_lines(settings.office.agency):
        into(left, text.upper(), CAPITALS, bold=True)
    letter.rule(AGENCY_SIDE * 0.4, AGENCY_SIDE, left)
    into(left, says("report_doc_number", number=" " * 7, sign="PC-UBND"), 13)
    into(right, says("report_doc_state"), CAPITALS, bold=True)
    into(right, says("report_doc_motto"), MOTTO, bold=True)
    letter.rule(MOTTO_LINE, STATE_SIDE, right)
    into(right, date_line(settings.reports.place, at, says), MOTTO, italic=True)
    letter.gap()
    letter.line(says("portal_form_kind"), bold=True, align=MIDDLE, indent=False)
    letter.line(says("portal_form_subject"), bold=True, align=MIDDLE, indent=False)
    letter.rule(55, WIDTH)
    letter.gap()


def _facts(order: TransferOrder, settings: Settings, says: Says) -> list[tuple[str, str]]:
    ticket = order.ticket
    category = settings.tickets.category(ticket.category)
    kind = says(f"ticket_kind_{ticket.kind}")
    facts = [
        ("portal_form_code", ticket.code),
        ("portal_form_portal_code", order.portal_code or says("portal_form_none")),
        ("portal_form_about", kind if category is None else f"{kind}; {category.name}"),
    ]
    if ticket.anonymous or not order.with_caller:
        kept = "portal_form_anonymous" if ticket.anonymous else "portal_form_kept"
        return [*facts, ("portal_form_caller", says(kept, agency=settings.office.agency))]
    number = ticket.caller_number
    known = (
        ("portal_form_caller", ticket.caller_name),
        ("portal_form_address", ticket.caller_address),
        ("portal_form_number", phone_numbers.dotted(number) if number else None),
    )
    return [*facts, *((name, text or DOTS) for name, text in known)]


def _way(ticket: Ticket) -> str:
    """How it came, as far as a form says: by telephone, else by another way."""
    return "phone" if ticket.channel == "hotline" else "other"


def _day(moment: datetime) -> str:
    return f"{local(moment):%d/%m/%Y}"
