"""The headers that protect the reader of an answer, whoever made it: a page, the front, the server (S13)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Fields = tuple[tuple[str, str], ...]
ONE_YEAR = 365 * 24 * 3600
"""Seconds a browser asks for this name by https only."""
_NOTHING_INSIDE = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")


def of_every_answer(public_url: str) -> Fields:
    """What stands on every answer that says nothing else; https is asked for where the office has it."""
    secure = public_url.startswith("https://")
    return (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
        *((("Strict-Transport-Security", f"max-age={ONE_YEAR}"),) if secure else ()),
    )


def of_bare_answers(public_url: str) -> Fields:
    """The same for an answer without a page: nothing is loaded from it and no frame shows it."""
    return (*of_every_answer(public_url), _NOTHING_INSIDE)


def protected(application: WSGIApplication, fields: Fields) -> WSGIApplication:
    """Add to each answer of `application` those of `fields` that it does not have."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            there = {name.lower() for name, _ in headers}
            missing = [(name, value) for name, value in fields if name.lower() not in there]
            return start_response(status, [*headers, *missing], *exc_info)

        return application(environ, start)

    return answer
