"""The month's notice: counted, written, approved, printed, posted by two officials with proof (003-13)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import accounts
from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import LARGEST_FORM, ConsoleFrame
from logbook.console.pages.tickets.ticket import version_seen
from logbook.database.errors import StaleVersionError
from logbook.dossiers.months import Month
from logbook.printing import PrintingMissingError, pdf
from logbook.publications import notices
from logbook.publications.findings import Finding
from logbook.publications.gate import GateRefusedError
from logbook.publications.notices import LARGEST_PHOTO, PARTS, PostingPlace, PostingProof
from logbook.publications.publications import NotPublishableError
from logbook.sending.alarms import alarms

Page = str | tuple[str, int] | Response
ONE = "/notices/<month>"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Step = Callable[[Connection, Month], None]


def add(desk: ConsoleFrame) -> None:
    """`/console/notices`, each month with its steps, its documents and the proofs of its postings."""

    @desk.page("/notices", Act.SEE_NOTICES)
    def notices_page() -> str:
        last = Month.of(desk.now).plus(-1)
        with desk.reading() as conn:
            times, _ = desk.installation.calendars.now(conn)
            by_day = desk.settings.publications.notice_by_day
            return desk.show(
                "notices.html",
                here="notices_page",
                found=[(one, notices.of_notice(conn, one.id)) for one in notices.listed(conn)],
                last=last,
                missing=notices.missing(conn, by_day, times.office, alarms.begun_at(conn), desk.now),
            )

    @desk.page(ONE, Act.SEE_NOTICES)
    def notice(month: str) -> str:
        with desk.reading() as conn:
            return _shown(desk, conn, _month(month))

    _add_writing(desk)
    _add_posting(desk)
    _add_papers(desk)


def _add_writing(desk: ConsoleFrame) -> None:
    @desk.page(f"{ONE}/count", Act.WRITE_NOTICE, methods=("POST",))
    def count_notice(month: str) -> Page:
        version = version_seen()
        return _step(
            desk,
            month,
            lambda conn, of: notices.consolidate(conn, of, version, desk.settings, desk.person, desk.now),
        )

    @desk.page(f"{ONE}/write", Act.WRITE_NOTICE, methods=("POST",))
    def write_notice(month: str) -> Page:
        version = version_seen()
        words = [request.form.get(name, "").replace("\r\n", "\n") for name in PARTS]
        return _step(
            desk,
            month,
            lambda conn, of: notices.write(conn, of, words, version, desk.settings, desk.person, desk.now),
        )

    @desk.page(f"{ONE}/approve", Act.APPROVE_NOTICE, methods=("POST",))
    def approve_notice(month: str) -> Page:
        version = version_seen()
        return _step(
            desk,
            month,
            lambda conn, of: notices.approve(conn, of, version, desk.settings, desk.person, desk.now),
        )


def _add_posting(desk: ConsoleFrame) -> None:
    @desk.page(f"{ONE}/post", Act.POST_NOTICE, methods=("POST",), largest=LARGEST_FORM + LARGEST_PHOTO)
    def post_notice(month: str) -> Page:
        form, photo = request.form, request.files.get("photo")
        if form.get("place", "") not in list(PostingPlace):
            abort(400)
        place, posted_on = PostingPlace(form["place"]), _day(form.get("posted_on", ""))
        proof = PostingProof(form.get("address", ""), photo.read(LARGEST_PHOTO + 1) if photo else b"")
        where = form.get("where", "")
        return _step(
            desk,
            month,
            lambda conn, of: notices.post(conn, of, place, posted_on, where, proof, desk.person, desk.now),
        )

    @desk.page(f"{ONE}/photo/<place>", Act.SEE_NOTICES)
    def notice_photo(month: str, place: str) -> Response:
        with desk.reading() as conn:
            found = notices.photo(conn, _month(month), place)
        if found is None:
            abort(404)
        return send_file(io.BytesIO(found[0]), found[1])


def _add_papers(desk: ConsoleFrame) -> None:
    @desk.page(f"{ONE}/document", Act.SEE_NOTICES)
    def notice_document(month: str) -> Response:
        with desk.reading() as conn:
            found = notices.find(conn, _month(month)) or abort(404)
        from logbook.console.views import notice_letter  # a writer is loaded when somebody wants a file

        file = notice_letter.written(found, desk.settings, desk.words)
        return send_file(io.BytesIO(file), DOCX, as_attachment=True, download_name=f"thong-bao-{month}.docx")

    @desk.page(f"{ONE}/sheet", Act.SEE_NOTICES)
    def notice_sheet(month: str) -> Page:
        from logbook.console.views import notice_letter

        with desk.reading() as conn:
            found = notices.find(conn, _month(month)) or abort(404)
            try:
                told = notice_letter.told_of(found, desk.settings, desk.words)
                file = pdf("notice", told, found.approved_at or found.counted_at)
            except PrintingMissingError as missing:
                return _shown(desk, conn, found.month, wrong=str(missing.args[0])), 503
        return send_file(io.BytesIO(file), "application/pdf", download_name=f"thong-bao-{month}.pdf")


def _step(desk: ConsoleFrame, month: str, step: Step) -> Page:
    """Do one step of a month's notice, or say what is in its way with the words kept."""
    of = _month(month)
    with desk.writing() as conn:
        try:
            step(conn, of)
        except GateRefusedError as refused:
            return _shown(desk, conn, of, findings=refused.findings), 400
        except NotPublishableError as refused:
            return _shown(desk, conn, of, wrong=str(refused.args[0])), 400
        except StaleVersionError:
            return _shown(desk, conn, of, wrong="publication_changed"), 409
        return desk.back("notice", "notice_said_kept", month=month)


def _shown(
    desk: ConsoleFrame,
    conn: Connection,
    of: Month,
    *,
    findings: tuple[Finding, ...] = (),
    wrong: str = "",
) -> str:
    found = notices.find(conn, of)
    posted = {one.place: one for one in notices.of_notice(conn, found.id)} if found else {}
    typed = {name: request.form.get(name, getattr(found, name) if found else "") for name in PARTS}
    return desk.show(
        "notice.html",
        here="notices_page",
        month=of,
        runs=of >= Month.of(desk.now),
        found=found,
        parts=PARTS,
        typed=typed,
        posted=posted,
        places=list(PostingPlace),
        names={one.id: one.name for one in accounts.listed(conn, desk.now)},
        mine=found is not None and desk.person.id in found.writer_ids,
        today=local(desk.now).date(),
        board=desk.settings.publications.board,
        web=f"{desk.settings.public_url}/ket-qua/{of}",
        findings=findings,
        wrong=wrong,
    )


def _month(text: str) -> Month:
    try:
        return Month.read(text)
    except ValueError:
        abort(404)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return date.min
