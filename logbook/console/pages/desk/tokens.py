"""Page of one-time rating codes: shown once as QR codes, on screen or on paper."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.views.qr import qr_path
from logbook.ratings import tokens
from logbook.search import ticket_filters

MOST = 60
"""Codes on one sheet."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One code: how it is typed, its address, and its QR code as an SVG path."""

    code: str
    address: str
    path: str
    size: int


def add(desk: ConsoleFrame) -> None:
    """`/console/tokens`."""

    @desk.page("/tokens", Act.ENTER_SLIPS)
    def tokens_page() -> str:
        return desk.show("tokens.html", here="slips_page", made=(), most=MOST, wrong=False)

    @desk.page("/tokens", Act.ENTER_SLIPS, methods=("POST",))
    def tokens_make() -> Response | tuple[str, int]:
        count = ticket_filters.whole(request.form.get("count")) or 0
        if not 0 < count <= MOST:
            return desk.show("tokens.html", here="slips_page", made=(), most=MOST, wrong=True), 400
        with desk.writing() as conn:
            codes = tokens.make(conn, count, desk.person.login, desk.now)
            audit_log.write(conn, desk.person, "make_tokens", "tokens", desk.now, "", count=count)
            desk.back("tokens_page", "tokens_made_before")  # where a second click leads
        made = [_shown(desk.settings.form_url, code) for code in codes]
        page = desk.show("tokens.html", here="slips_page", made=made, most=MOST, wrong=False)
        answer = Response(page, mimetype="text/html")
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _shown(address: str, code: str) -> Shown:
    url = f"{address}/r/{code}"
    path, size = qr_path(url)
    return Shown("-".join(code[at : at + 4] for at in range(0, len(code), 4)), url, path, size)
