"""What each part answers, the front's own apology included: every answer protects its reader (S13)."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from ivr.line.hotline import Hotline, open_hotline
from ivr.running.listening import PAGES_ADDRESS, PAGES_WORD
from ivr.running.security_headers import of_bare_answers
from ivr.worker import Part, application_of

HTTPS = "Strict-Transport-Security"
AWAY = {PAGES_ADDRESS: "127.0.0.1:1", PAGES_WORD: "word"}
"""Nobody listens there."""
ASKED: dict[Part, dict[tuple[str, str], int]] = {
    "line": {
        ("GET", "/"): 503,
        ("POST", "/console/sign-in"): 503,
        ("GET", "/healthz"): 200,
        ("POST", "/ivr/voice"): 415,
        ("GET", "/ivr/nowhere"): 404,
    },
    "voice": {("GET", "/provider/2010-04-01/x"): 401, ("GET", "/nowhere"): 404, ("PUT", "/healthz"): 405},
    "web": {("GET", "/console/"): 303, ("GET", "/style.css"): 200, ("GET", "/r/nobody"): 404},
    "pages": {("GET", "/"): 403},
}


@pytest.mark.row("S13")
@pytest.mark.parametrize("url", ["https://tongdai.example", "http://127.0.0.1:8000"])
def test_every_answer_of_every_part_protects_its_reader(hotline: Hotline, url: str) -> None:
    settings = replace(hotline.settings, public_url=url)
    house = open_hotline(settings, hotline.clock, hotline.database)
    wanted = dict(of_bare_answers(url))
    wrong = []
    for part, asked in ASKED.items():
        client = Client(application_of(part, house, AWAY), use_cookies=False)
        for (method, path), status in asked.items():
            with client.open(path, method=method, base_url=url) as answer:
                there = {name: answer.headers.getlist(name) for name in (*wanted, HTTPS)}
                missing = [name for name in wanted if len(there[name]) != 1]
                asks = there[HTTPS] == [wanted[HTTPS]] if HTTPS in wanted else not there[HTTPS]
                if answer.status_code != status or missing or not asks:
                    wrong.append((part, method, path, answer.status_code, missing))
    assert wrong == []
