"""Slips photographed by telephone: many at once, what is sure confirmed together, what is unsure asked.

A photograph is read in a thread that does nothing else, so that other pages and callers never wait for it.
It is not kept: what stays until somebody has confirmed it is the slip alone.
"""

from __future__ import annotations

import io

from flask import abort, redirect, request, send_file, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.ratings import campaign, instruments, slips
from logbook.ratings.paper import judging, pieces, readings
from logbook.ratings.paper.judging import JudgedReading, Standing
from logbook.ratings.paper.photo import MOST_BYTES, PhotoRefusedError
from logbook.ratings.slip_values import Respondent, SlipRefusedError, Source, TypedSlip
from logbook.retention import rules
from logbook.search import ticket_filters

Page = tuple[str, int] | Response | str
ONE = "/slips/photos/<int(max=2147483647):reading_id>"
LARGEST_UPLOAD = 64 * 1024 * 1024
"""Bytes of one form: ten photographs of a telephone. With script each photograph is sent by itself."""


def add(desk: ConsoleFrame) -> None:
    """`/console/slips/photos`: what waits, the photographs, one slip, its picture."""

    @desk.page("/slips/photos", Act.ENTER_SLIPS)
    def slip_photos() -> str:
        return _list(desk)

    @desk.page("/slips/photos/read", Act.ENTER_SLIPS, methods=("POST",), largest=LARGEST_UPLOAD)
    def slip_photos_read() -> Page:
        return _read(desk)

    @desk.page("/slips/photos/confirm", Act.ENTER_SLIPS, methods=("POST",))
    def slip_photos_confirm() -> Response:
        return _confirm(desk)

    @desk.page(ONE, Act.ENTER_SLIPS)
    def slip_photo(reading_id: int) -> str:
        return _one(desk, reading_id)

    @desk.page(ONE, Act.ENTER_SLIPS, methods=("POST",))
    def slip_photo_enter(reading_id: int) -> Page:
        return _enter(desk, reading_id)

    @desk.page(f"{ONE}/drop", Act.ENTER_SLIPS, methods=("POST",))
    def slip_photo_drop(reading_id: int) -> Response:
        with desk.writing() as conn:
            rules.mark_unclean(conn)
            readings.drop(conn, reading_id)
            return desk.back("slip_photos", "photo_dropped")

    @desk.page(f"{ONE}/picture", Act.ENTER_SLIPS)
    def slip_photo_picture(reading_id: int) -> Response:
        with desk.reading() as conn:
            found, picture = readings.find(conn, reading_id), readings.picture(conn, reading_id)
        if found is None or picture is None:
            abort(404)
        piece = pieces.cut(picture, found.form, request.args.get("part", ""))
        return send_file(io.BytesIO(piece), "image/jpeg", max_age=0)


def _read(desk: ConsoleFrame) -> Page:
    """Read the photographs one by one; each is kept in a transaction of its own: none read is lost."""
    database = desk.installation.database
    given = [one for one in request.files.getlist("photos") if one.filename]
    with desk.reading() as conn:
        waits = readings.count(conn)
    if not given or waits >= readings.MOST:
        key = "photo_none" if not given else "photo_too_many_waiting"
        return _list(desk, wrong=PhotoRefusedError(key.removeprefix("photo_"), most=str(readings.MOST))), 400
    for one in given:
        content = one.stream.read(MOST_BYTES + 1)
        name = readings.digest(content)
        with desk.reading() as conn:
            known = readings.is_known(conn, name)
        found = None if known else readings.try_reading(content)
        if found is not None:
            with database.writing() as conn:
                readings.keep(conn, name, one.filename or "", found, desk.person.id, desk.now)
    if request.headers.get("X-Fragment"):
        return Response(status=204)
    return redirect(url_for("console.slip_photos"), code=303)


def _judged(desk: ConsoleFrame, conn: Connection) -> list[JudgedReading]:
    asked = instruments.for_slips(desk.settings)
    return judging.judge(conn, readings.waiting(conn), asked, desk.settings.office.agency)


def _list(desk: ConsoleFrame, wrong: PhotoRefusedError | None = None) -> str:
    with desk.reading() as conn:
        found = _judged(desk, conn)
    return desk.show(
        "slip_photos.html",
        here="slips_page",
        groups={standing: [one for one in found if one.standing is standing] for standing in Standing},
        count=len(found),
        wrong=wrong,
        most=LARGEST_UPLOAD // 1024 // 1024,
        days=readings.KEPT.days,
    )


def _confirm(desk: ConsoleFrame) -> Response:
    """Enter what was shown as sure; what came meanwhile, or is no longer sure, waits."""
    shown = {ticket_filters.whole(one) for one in request.form.getlist("reading")}
    with desk.writing() as conn:
        chosen = [one for one in _judged(desk, conn) if one.reading.id in shown]
        rules.mark_unclean(conn)
        asked = instruments.for_slips(desk.settings)
        entered = judging.confirm(conn, chosen, asked, desk.person.id, desk.now)
        if entered:
            numbers = ", ".join(slip.number for slip in entered)
            audit_log.write(
                conn,
                desk.person,
                "confirm_photos",
                "slips",
                desk.now,
                "",
                count=len(entered),
                numbers=numbers,
            )
        return desk.back("slip_photos", "photo_confirmed", done=bool(entered))


def _found(desk: ConsoleFrame, reading_id: int) -> tuple[JudgedReading, int | None]:
    """Return what was read, and the next reading that somebody is asked about."""
    with desk.reading() as conn:
        every = _judged(desk, conn)
    found = next((one for one in every if one.reading.id == reading_id), None)
    asked = [one.reading.id for one in every if one.standing is Standing.ASKED and one is not found]
    following = next((each for each in asked if each > reading_id), None)
    return found or abort(404), following or next(iter(asked), None)


def _one(desk: ConsoleFrame, reading_id: int, wrong: SlipRefusedError | None = None) -> str:
    found, _ = _found(desk, reading_id)
    return desk.show(
        "slip_photo.html",
        here="slips_page",
        one=found,
        asked=instruments.for_slips(desk.settings),
        form=request.form,
        wrong=wrong,
        enterable=found.standing in (Standing.ASKED, Standing.SURE),
    )


def _enter(desk: ConsoleFrame, reading_id: int) -> Page:
    """Enter one slip as somebody read it off the picture, through the door that typed slips go through."""
    found, following = _found(desk, reading_id)
    if found.standing not in (Standing.ASKED, Standing.SURE):
        return desk.back("slip_photo", "photo_not_enterable", done=False, reading_id=reading_id)
    try:
        entry = _typed(found)
        with desk.writing() as conn:
            rules.mark_unclean(conn)
            if not readings.drop(conn, reading_id):
                return desk.back("slip_photos", "photo_gone", done=False)
            asked = instruments.for_slips(desk.settings)
            made = slips.enter(conn, entry, asked, desk.now, by=desk.person.id, source=Source.PHOTO)
            outside = campaign.is_outside(desk.settings, made.finished_at)
            said = "slip_entered_outside" if outside else "slip_entered"
            if following is not None:
                return desk.back("slip_photo", said, reading_id=following)
            return desk.back("slip_photos", said)
    except SlipRefusedError as refused:
        return _one(desk, reading_id, refused), 400


def _typed(found: JudgedReading) -> TypedSlip:
    form = request.form
    marks = [_mark(form.get(f"a{place}", ""), place) for place in range(1, len(found.answers) + 1)]
    organisation = form.get("respondent") == Respondent.ORGANISATION
    return TypedSlip(
        found.reading.number,
        form.get("reference", "")[:200],
        Respondent.ORGANISATION if organisation else Respondent.INDIVIDUAL,
        tuple(marks),
        form.get("comment", ""),
    )


def _mark(text: str, place: int) -> int | None:
    """A row that nobody answered is 0; one that was left empty in the form has not been looked at."""
    typed = text.strip()
    if typed in ("0", "-"):
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 3):
        raise SlipRefusedError("answer_no_number", place=str(place))
    return int(typed)
