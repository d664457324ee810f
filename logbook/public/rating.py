"""`/r/<code>`: the rating form behind a QR code; GET writes nothing, one code makes one rating (T-19).

A code is a one-time code, or that of a place whose form takes a one-time code beside the marks.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from logbook.clock import local
from logbook.database.engine import DatabaseBusyError
from logbook.database.samples import any_samples
from logbook.guards import everyone, guarded_by
from logbook.installation import Installation
from logbook.officials import register
from logbook.officials.register import Official
from logbook.plain_text import TooLongError
from logbook.ratings import by_token, places, tokens
from logbook.ratings.by_token import RatingRefusedError, Sent
from logbook.ratings.places import RatingPlace

STYLE = (Path(__file__).parent / "templates" / "public" / "rate.css").read_text(encoding="utf-8").strip()
"""The form's look, inside the page: on a slow network each file of its own costs a third of a second."""
STYLE_ALLOWED = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""What a Content-Security-Policy says to allow exactly this style."""
LARGEST = 32 * 1024
"""Bytes of a form; a comment at its longest takes up to nine a letter."""
Page = tuple[str, int]
_TURNED_AWAY = {"rate_too_often": 429}


def blueprint(installation: Installation) -> Blueprint:
    """The form of a code and its sending; no cookie is set, no address is kept."""
    pages = Blueprint("rating", __name__, template_folder="templates")

    @pages.get("/r")
    @guarded_by(everyone)
    def rate_enter() -> BaseResponse | str:
        code = tokens.spelt(request.args.get("code", ""))
        if code:
            return redirect(url_for("rating.rate", code=code), 303)
        return _page(installation, "public/rate_enter.html")

    @pages.get("/r/<code>")
    @guarded_by(everyone)
    def rate(code: str) -> Page:
        with installation.database.reading() as conn:
            token = tokens.find(conn, code, installation.clock.now())
            place = places.find(conn, code) if token is None else None
        if token is None and place is None:
            return _said(installation, "rate_code_unknown", 404)
        again = token is not None and token.response_id is not None
        return _form(installation, place, again=again), 200

    @pages.post("/r/<code>")
    @guarded_by(everyone)
    def rate_now(code: str) -> Page:
        request.max_content_length = request.max_form_memory_size = LARGEST
        return _guessed(installation, code) or _sent(installation, code)

    @pages.errorhandler(DatabaseBusyError)
    def busy(_problem: DatabaseBusyError) -> Page:
        return _said(installation, "rate_busy", 503)

    @pages.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Page:
        status = error.code or 500
        return _said(installation, "rate_too_long" if status == 413 else "rate_busy", status)

    return pages


def nowhere(installation: Installation) -> str:
    """The page of an address where there is no form."""
    return _page(installation, "public/rate_said.html", key="rate_nowhere", wrong=True, enter=True)


def _sent(installation: Installation, code: str) -> Page:
    """Store what was typed, or show the form again with what is wrong."""
    with installation.database.reading() as conn:
        place = places.find(conn, code)
    try:
        with installation.database.writing() as conn:
            sent = _typed(installation, {one.id for one in register.listed(conn, _today(installation))})
            outcome = by_token.store(conn, installation.settings, code, sent, installation.clock.now())
    except TooLongError:
        return _form(installation, place, wrong="rate_too_long"), 400
    except RatingRefusedError as refused:
        key = str(refused.args[0])
        if key == "rate_code_unknown":
            return _said(installation, key, 404)
        return _form(installation, place, wrong=key), _TURNED_AWAY.get(key, 400)
    return _said(installation, f"rate_{outcome}", 200)


def _guessed(installation: Installation, code: str) -> Page | None:
    """Turn a code away that is none, or sent too often; after many guesses nothing is written more."""
    now = installation.clock.now()
    with installation.database.reading() as conn:
        if by_token.is_spent(conn, code, now):
            return _said(installation, "rate_too_often", 429)
        if by_token.is_known(conn, code, now):
            return None
        counts = by_token.may_guess(conn, now)
    if not counts:
        return _said(installation, "rate_too_many_guesses", 429)
    with installation.database.writing() as conn:
        by_token.guessed(conn, now)
    return _said(installation, "rate_code_unknown", 404)


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
        token=form.get("token", "")[:200],
        screened_out=form.get("screening", "") == "no",
        name=form.get("name", ""),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _form(
    installation: Installation, place: RatingPlace | None, *, again: bool = False, wrong: str = ""
) -> str:
    with installation.database.reading() as conn:
        serving = register.listed(conn, _today(installation))
    asked = by_token.instrument(installation.settings)
    chosen = request.form.get("official")
    if chosen is None and place is not None and place.official_id is not None:
        chosen = str(place.official_id)
    return _page(
        installation,
        "public/rate.html",
        asked=asked,
        marks=range(asked.highest, asked.lowest - 1, -1),
        officials=serving,
        initials=initials,
        chosen=chosen or "",
        place=place,
        procedures=installation.settings.procedures,
        again=again,
        wrong=wrong,
        form=request.form,
        most=by_token.LONGEST_COMMENT,
        asks_name=by_token.asks_name(installation.settings),
    )


def initials(official: Official) -> str:
    """Return the first letters of the first and the last word of a name: "Trần Thị Bình" -> "TB"."""
    words = official.name.partition("(")[0].split()
    return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper() if words else "?"


def _said(installation: Installation, key: str, status: int) -> Page:
    wrong, enter = status >= 400, status == 404
    return _page(installation, "public/rate_said.html", key=key, wrong=wrong, enter=enter), status


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
        style=Markup(STYLE),  # noqa: S704 a file of ours, and its hash is what browsers allow
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
