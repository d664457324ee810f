"""`/tra-loi`: answers to citizens, worded so that nobody recognises a neighbour (002-27, redaction)."""

from __future__ import annotations

from flask import Response, request

from logbook.public.frame import PublicFrame
from logbook.publications import publications

PAGE = 20
LAST_PAGE = 500
LONGEST_SEARCH = 200


def add(pages: PublicFrame) -> None:
    """The list, newest first, with its search; and each answer at an address of its own."""

    @pages.page("/tra-loi")
    def answers() -> Response | tuple[Response, int]:
        words = " ".join(request.args.get("tim", "")[:LONGEST_SEARCH].split())
        number = _page_number(request.args.get("trang", "1"))
        if number is None:
            return pages.not_found()
        with pages.reading() as conn:
            standing = publications.stamp(conn)
        name = "" if words else f"/tra-loi?{number}"
        return pages.answer(name, (standing, words, number), lambda: _list(pages, number, words))

    @pages.page("/tra-loi/<int(max=2147483647):publication_id>")
    def answer(publication_id: int) -> Response | tuple[Response, int]:
        with pages.reading() as conn:
            standing = publications.stamp(conn)
            one = publications.shown_one(conn, publication_id)
        if one is None:
            return pages.not_found()
        return pages.answer(
            request.path,
            standing,
            lambda: pages.show("answer.html", "answers", request.path, one=one),
        )


def _list(pages: PublicFrame, number: int, words: str) -> str:
    with pages.reading() as conn:
        found = publications.shown(conn, PAGE + 1, (number - 1) * PAGE, words)
    return pages.show(
        "answers.html",
        "answers",
        "/tra-loi",
        found=found[:PAGE],
        words=words,
        at_page=number,
        has_more=len(found) > PAGE,
        longest=LONGEST_SEARCH,
    )


def _page_number(text: str) -> int | None:
    """A page of the list; None for what is none."""
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        return None
    return int(text) if 1 <= int(text) <= LAST_PAGE else None
