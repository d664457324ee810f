"""`/r/<code>`: the rating form behind a QR code; GET writes nothing, one code makes one rating (T-19)."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template, request

from logbook.clock import local
from logbook.database.engine import DatabaseBusyError
from logbook.database.samples import any_samples
from logbook.guards import everyone, guarded_by
from logbook.installation import Installation
from logbook.officials import register
from logbook.plain_text import TooLongError
from logbook.ratings import by_token, tokens
from logbook.ratings.by_token import RatingRefusedError, Sent

LARGEST = 32 * 1024
"""Bytes of a form; a comment at its longest takes up to nine a letter."""
Page = tuple[str, int]


def blueprint(installation: Installation) -> Blueprint:
    """The form of a code and its sending; no cookie is set, no address is kept."""
    pages = Blueprint("rating", __name__, template_folder="templates")

    @pages.get("/r/<code>")
    @guarded_by(everyone)
    def rate(code: str) -> Page:
        with installation.database.reading() as conn:
            token = tokens.find(conn, code, installation.clock.now())
        if token is None:
            return _said(installation, "rate_code_unknown", 404)
        return _form(installation, again=token.response_id is not None), 200

    @pages.post("/r/<code>")
    @guarded_by(everyone)
    def rate_now(code: str) -> Page:
        request.max_content_length = request.max_form_memory_size = LARGEST
        try:
            with installation.database.writing() as conn:
                sent = _typed(installation, {one.id for one in register.listed(conn, _today(installation))})
                replaced = by_token.store(conn, installation.settings, code, sent, installation.clock.now())
        except TooLongError:
            return _form(installation, wrong="rate_too_long"), 400
        except RatingRefusedError as refused:
            key = str(refused.args[0])
            if key == "rate_code_unknown":
                return _said(installation, key, 404)
            return _form(installation, wrong=key), 429 if key == "rate_too_often" else 400
        return _said(installation, "rate_replaced" if replaced else "rate_thanks", 200)

    @pages.get("/r.css")
    @guarded_by(everyone)
    def rate_style() -> Response:
        return Response(render_template("public/rate.css"), mimetype="text/css")

    @pages.errorhandler(DatabaseBusyError)
    def busy(_problem: DatabaseBusyError) -> Page:
        return _said(installation, "rate_busy", 503)

    return pages


def _typed(installation: Installation, serving: set[int]) -> Sent:
    form = request.form
    asked = by_token.instrument(installation.settings)
    marks = [_number(form.get(f"a{place}", "")) for place in range(1, len(asked.criteria) + 1)]
    official = _number(form.get("official", ""))
    return Sent(
        tuple(marks),
        official if official in serving else None,
        form.get("procedure", ""),
        form.get("comment", "").replace("\r\n", "\n"),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _form(installation: Installation, *, again: bool = False, wrong: str = "") -> str:
    with installation.database.reading() as conn:
        serving = register.listed(conn, _today(installation))
    asked = by_token.instrument(installation.settings)
    return _page(
        installation,
        "public/rate.html",
        asked=asked,
        marks=range(asked.highest, asked.lowest - 1, -1),
        officials=serving,
        procedures=installation.settings.procedures,
        again=again,
        wrong=wrong,
        form=request.form,
        most=by_token.LONGEST_COMMENT,
    )


def _said(installation: Installation, key: str, status: int) -> Page:
    return _page(installation, "public/rate_said.html", key=key), status


def _page(installation: Installation, template: str, **values: object) -> str:
    settings = installation.settings
    catalogue = installation.texts[settings.line.language]

    def w(key: str, **words: str) -> str:
        return catalogue.sentence(key, words)

    return render_template(
        template,
        w=w,
        language=catalogue.language,
        office=settings.office,
        number=settings.line.number_shown,
        trial=settings.is_trial,
        samples=_samples(installation),
        **values,
    )


def _samples(installation: Installation) -> bool:
    """Whether the page says that it belongs to a sample month; a database that is busy says nothing."""
    if not installation.settings.is_demo:
        return False
    try:
        with installation.database.reading() as conn:
            return any_samples(conn)
    except DatabaseBusyError:
        return False


def _today(installation: Installation) -> date:
    return local(installation.clock.now()).date()
