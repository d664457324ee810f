"""Writes a month's notice for the board: .docx in the layout of NĐ 30/2020, and as data for a PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logbook.publications.notice_figures import CriterionShown, GroupShown
from logbook.publications.notices import PARTS, Notice
from logbook.reports.document import (
    AGENCY_SIDE,
    CAPITALS,
    MOTTO,
    MOTTO_LINE,
    STATE_SIDE,
    agency_lines,
    date_line,
)
from logbook.reports.letter import BODY, LEFT_SIDE, MIDDLE, WIDTH, LetterColumn, LetterDocument, into
from logbook.settings.loading import Settings

Says = Callable[..., str]


def written(notice: Notice, settings: Settings, says: Says) -> bytes:
    """Return the notice as .docx: a draft says so until a leader has approved it."""
    told = told_of(notice, settings, says)
    letter = LetterDocument(told["subject"], settings.office.agency)
    left, right = letter.columns((AGENCY_SIDE, STATE_SIDE))
    for text in agency_lines(settings.office.agency):
        into(left, text.upper(), CAPITALS, bold=True)
    letter.rule(AGENCY_SIDE * 0.4, AGENCY_SIDE, left)
    into(left, told["number"], 13)
    into(right, told["state"], CAPITALS, bold=True)
    into(right, told["motto"], MOTTO, bold=True)
    letter.rule(MOTTO_LINE, STATE_SIDE, right)
    into(right, told["date"], MOTTO, italic=True)
    letter.gap()
    if told["draft"]:
        letter.line(told["draft"], bold=True, align=LEFT_SIDE, indent=False)
    letter.line(told["kind"], bold=True, align=MIDDLE, indent=False)
    letter.line(told["subject"], bold=True, align=MIDDLE, indent=False)
    letter.rule(55, WIDTH)
    letter.gap()
    letter.line(told["opening"])
    letter.line(told["dossiers"])
    for table in told["tables"]:
        letter.line(table["title"], bold=True, indent=False, keep=bool(table["rows"]))
        if not table["rows"]:
            continue
        widths = (74.0, 28.0, 28.0, 35.0)
        columns = [
            LetterColumn(name, width, LEFT_SIDE if at == 0 else MIDDLE)
            for at, (name, width) in enumerate(zip(told["columns"], widths, strict=True))
        ]
        letter.table(columns, table["rows"])
    letter.line(told["rule"], italic=True)
    if told["promises"]:
        letter.line(told["promises_title"], bold=True, indent=False, keep=True)
        letter.lines("\n".join(f"– {one}" for one in told["promises"]))
    for part in told["parts"]:
        letter.heading(part["title"])
        letter.lines(part["words"])
    letter.line(told["closing"], keep=True)
    below, signs = letter.columns((WIDTH / 2, WIDTH / 2))
    into(below, told["recipients_title"], 12, bold=True, italic=True, align=LEFT_SIDE)
    for recipient in told["recipients"]:
        into(below, recipient, 11, align=LEFT_SIDE)
    for line in told["signs"]:
        into(signs, line, BODY, bold=True)
    for _ in range(4):
        signs.add_paragraph()
    into(signs, told["signer"], BODY, bold=True)
    return letter.saved()


def told_of(notice: Notice, settings: Settings, says: Says) -> dict[str, Any]:
    """Return every word of the notice, as .docx and PDF both print them."""
    part, figures = settings.reports.monthly, notice.figures
    official = next((one for one in settings.notifications.officials if one.role == part.signer), None)
    hidden = says("result_hidden_note", smallest=figures.smallest) if figures.hides else ""
    return {
        "agency": list(agency_lines(settings.office.agency)),
        "number": says("report_doc_number", number=" " * 7, sign=settings.publications.notice_sign),
        "state": says("report_doc_state"),
        "motto": says("report_doc_motto"),
        "date": date_line(settings.reports.place, notice.approved_at or notice.counted_at, says),
        "draft": "" if notice.is_approved else says("report_doc_draft"),
        "kind": says("notice_doc_kind"),
        "subject": says("notice_doc_subject", month=notice.month.shown),
        "opening": says("notice_doc_opening", agency=settings.office.agency, month=notice.month.shown),
        "dossiers": _dossiers(notice, says),
        "columns": [
            says("result_criterion"),
            says("result_answers"),
            says("result_satisfied"),
            says("notice_doc_verdict"),
        ],
        "tables": [_table(group, says) for group in figures.groups],
        "promises_title": says("result_promises"),
        "promises": [says("result_promise", name=one.name, n=one.n) for one in figures.promises],
        "rule": f"{says('result_rule')} {hidden}".strip(),
        "parts": [{"title": says(f"notice_{one}"), "words": getattr(notice, one)} for one in PARTS],
        "closing": says("notice_doc_closing", agency=settings.office.agency),
        "recipients_title": says("report_doc_recipients"),
        "recipients": [
            says("notice_doc_board"),
            says("notice_doc_web"),
            f"- {says('report_doc_archive')}",
        ],
        "signs": [line for line in (part.signed_for, part.signer_title) if line],
        "signer": official.name if official else "",
    }


def _dossiers(notice: Notice, says: Says) -> str:
    told = notice.figures
    lines = [
        says("result_finished_few") if told.finished is None else says("result_finished", n=told.finished)
    ]
    if told.slips is not None:
        lines.append(says("result_slips", n=told.slips))
    if told.reached is not None:
        key = "result_quota_reached" if told.reached else "result_quota_missed"
        lines.append(says(key, percent=told.percent))
    return " ".join(lines)


def _table(group: GroupShown, says: Says) -> dict[str, object]:
    people = says("result_few") if group.n is None else says("result_people", n=group.n)
    rows = [[one.name, *_cells(one, says)] for one in group.criteria if group.n is not None]
    return {"title": f"{group.title}. {says(f'result_channel_{group.channel}')}: {people}", "rows": rows}


def _cells(one: CriterionShown, says: Says) -> tuple[str, str, str]:
    hidden = says("result_hidden")
    if one.n is None:
        return hidden, hidden, "–"
    percent = "–" if one.percent is None else f"{one.percent:.1f} %".replace(".", ",")
    return str(one.n), percent, says(f"result_verdict_{one.verdict}") if one.verdict else "–"
