"""The pictures of docs/architecture.md are what the code says, and a key goes the way that is drawn."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.script import Script
from ivr.line.hotline import Hotline
from tests.house import PACKAGES, ROOT
from tests.ivr.conftest import app, hotline, settings
from tests.suite.architecture import whole
from tests.suite.architecture.key_press import WAY
from tests.suite.architecture.pictures import FOLDER, PICTURES

__all__ = ["app", "hotline", "settings"]
PAGE = ROOT / "docs" / "architecture.md"


def test_every_picture_is_drawn_from_the_code_as_it_is_now_and_shown() -> None:
    stale = {name for name, draw in PICTURES.items() if (FOLDER / f"{name}.svg").read_text("utf-8") != draw()}
    assert stale == set(), "make pictures"
    assert {file.stem for file in FOLDER.iterdir()} == set(PICTURES)
    shown = re.findall(r"!\[([^\]]{20,})\]\(architecture/([a-z-]+)\.svg\)", PAGE.read_text("utf-8"))
    assert [name for _, name in shown] == list(PICTURES)
    for name in PICTURES:
        assert ET.parse(FOLDER / f"{name}.svg").getroot().tag.endswith("svg")


def test_whoever_begins_to_read_is_led_to_the_pictures_and_they_are_about_this_program() -> None:
    for guide in ("README.md", "CONTRIBUTING.md", "docs/README.md"):
        assert "architecture.md)" in (ROOT / guide).read_text("utf-8"), guide
    assert set(whole.started()) == set(whole.WHAT), "every process that is started has its words"
    assert [step.file for step in WAY if not (ROOT / step.file).is_file()] == []


@contextmanager
def passed() -> Iterator[list[tuple[str, str]]]:
    """Every function of ours that is entered, and each commit, in their order."""
    seen: list[tuple[str, str]] = []
    ours = {f"{ROOT / package}/": package for package in PACKAGES}

    def note(frame: FrameType, what: str, _value: object) -> None:
        name = frame.f_code.co_filename
        if what == "call" and any(name.startswith(root) for root in ours):
            seen.append((name.removeprefix(f"{ROOT}/"), frame.f_code.co_name))

    def committed(_conn: object) -> None:
        seen.append(("logbook/database/engine.py", "COMMIT"))

    event.listen(Engine, "commit", committed)
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)
        event.remove(Engine, "commit", committed)


def test_a_pressed_key_takes_the_way_that_is_drawn_and_is_committed_before_it_is_answered(
    hotline: Hotline, app: Flask
) -> None:
    kept = hotline.settings
    script = Script(kept.public_url, kept.auth_token.get_secret_value(), kept.account_sid)
    browser = app.test_client(use_cookies=False)
    for step in script.rating():
        with passed() as seen:
            answer = browser.post(
                step.path,
                data=step.body,
                content_type="application/x-www-form-urlencoded",
                headers={"X-Twilio-Signature": step.signature},
            )
        assert answer.status_code == step.status
        if ("logbook/calls/ratings.py", "rate") in seen:
            break
    else:
        pytest.fail("no key rated anything")
    commits = [at for at, one in enumerate(seen) if one[1] == "COMMIT"]
    assert len(commits) == 1, "one request is one transaction"
    at = -1
    for step_drawn in WAY:
        wanted = (step_drawn.file, step_drawn.function)
        assert wanted in seen[at + 1 :], (
            f"{wanted} does not come after {seen[at] if at >= 0 else 'the request'}"
        )
        at = seen.index(wanted, at + 1)
