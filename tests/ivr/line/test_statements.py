"""How many statements a webhook needs: each costs callers time, and the database's one writer's turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.script import Script
from ivr.line.hotline import Hotline
from logbook.database.tables import closures, day_overrides, line_edits, prompt_clips, prompt_codes

MOST = {
    "rating": [4, 5, 7, 7, 7, 7, 8, 5],
    "complaint": [4, 4, 4, 5, 9, 2, 12, 7],
}
"""Statements of each webhook of the bench's two calls at most, without begin and commit."""


KEPT_A_WHILE = (closures, day_overrides, line_edits, prompt_clips, prompt_codes)
"""Calendar, sentences, recorded prompts and their codes: read now and then, whatever is asked meanwhile."""


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if not any(f"FROM {table.name}" in statement for table in KEPT_A_WHILE):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.row("P1")
def test_a_webhook_asks_the_database_no_more_than_it_must(hotline: Hotline, app: Flask) -> None:
    settings = hotline.settings
    assert len(settings.ratings.criteria) == 5  # as the bench's call answers
    script = Script(settings.public_url, settings.auth_token.get_secret_value(), settings.account_sid)
    browser = app.test_client(use_cookies=False)
    needed: dict[str, list[int]] = {}
    for what, steps in (("rating", script.rating()), ("complaint", script.complaint())):
        needed[what] = []
        for step in steps:
            with counted() as seen:
                answer = browser.post(
                    step.path,
                    data=step.body,
                    content_type="application/x-www-form-urlencoded",
                    headers={"X-Twilio-Signature": step.signature},
                )
            assert (answer.status_code, step.contains in answer.text) == (step.status, True), step.path
            needed[what].append(len(seen))
    too_many = {
        what: (found, MOST[what])
        for what, found in needed.items()
        if len(found) != len(MOST[what]) or any(a > b for a, b in zip(found, MOST[what], strict=True))
    }
    assert too_many == {}
