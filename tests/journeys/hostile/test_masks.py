"""No page, file, list or log shows a case's code beside the digits that prove it (S9, T-28)."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections import Counter, deque
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from werkzeug.test import TestResponse

from ivr.commands import listing
from logbook.database.tables import calls, journal, tickets
from tests.browser import full_house
from tests.browser.office import PASSWORD, Office, serving
from tests.browsers import Browser
from tests.people import ABROAD, FARMER, NEIGHBOUR, SHOP

PROVEN_BY = (FARMER, NEIGHBOUR, SHOP, ABROAD)
READERS = ("clerk", "chairman")
MOST = 4
"""Pages of one kind that are opened; one kind is one view."""
_GAP = r"[\s.()\-]*"
_HEX = re.compile(r"[0-9a-f]{16,}")
_AFTER_MASK = re.compile(r"•[\s.]*[0-9]")
_LINK = re.compile(r'(?:href|src)="(/console[^"#]*)')


def leaks(text: str) -> list[str]:
    """What in `text` shows more of a caller's number than how it begins."""
    bare = _HEX.sub("", text)
    found = [f"after a mask: {one}" for one in _AFTER_MASK.findall(bare)]
    for number in PROVEN_BY:
        national = number.removeprefix("+84").removeprefix("+1")
        if re.search(_GAP.join(national), bare):
            found.append(f"the whole of {number}")
        if re.search(rf"(?<![0-9]){number[-4:]}(?![0-9])", bare):
            found.append(f"the last four of {number}")
    return found


def readable(answer: TestResponse) -> str:
    """The text of a page, or of every part of a file."""
    data: bytes = answer.data
    answer.close()
    if (answer.mimetype or "").startswith(("image/", "audio/", "application/pdf")):
        return ""  # a picture, a sentence, a sheet to hang up: no number is written by the program
    if not data.startswith(b"PK"):
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = [name for name in parts.namelist() if not name.endswith((".png", ".jpeg", ".emf"))]
        words = [name for name in names if "sharedStrings" in name or name.startswith("word/")]
        return "\n".join(parts.read(name).decode() for name in words)


@pytest.fixture
def office(tmp_path: Path, migrated_file: Path) -> Iterator[Office]:
    book = tmp_path / "logbook.db"
    shutil.copyfile(migrated_file, book)
    with serving(book) as opened:
        opened.staff()
        full_house.furnish(opened)
        yield opened


def reader(office: Office, login: str) -> Browser:
    browser = Browser(office.app)
    answer = browser.post("/console/sign-in", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 303
    return browser


def view_of(office: Office, address: str) -> str:
    return str(office.app.url_map.bind("").match(address.partition("?")[0])[0])


def opened(office: Office, login: str) -> Iterator[tuple[str, TestResponse]]:
    """Every page `login` comes to by any link, a few of each kind, with the files behind links."""
    browser, seen, kinds = reader(office, login), set(), Counter[str]()
    waiting = deque(full_house.pages(office, MOST))
    while waiting:
        address = waiting.popleft()
        if address in seen or address.startswith(("/console/recordings/", "/console/nowhere")):
            continue
        seen.add(address)
        kind = view_of(office, address)
        kinds[kind] += 1
        if kinds[kind] > (12 if kind == "console.report_cases" else MOST + 4):
            continue
        answer = browser.get(address)
        if answer.status_code != 200:
            answer.close()
            continue
        yield address, answer
        if answer.mimetype == "text/html":
            waiting += [found.replace("&amp;", "&") for found in _LINK.findall(answer.text)]


@pytest.mark.row("S9")
@pytest.mark.row("T-28")
def test_no_page_shows_more_of_a_callers_number_than_how_it_begins(office: Office) -> None:
    wrong, views, masked = [], set(), set()
    for login in READERS:
        for address, answer in opened(office, login):
            text = readable(answer)
            views.add(view_of(office, address))
            if "••••••" in text:
                masked.add(view_of(office, address))
            wrong += [f"{login} {address}: {leak}" for leak in leaks(text)]
    assert wrong == []
    assert {"console.report_cases", "console.report_workbook", "console.report_document"} <= views
    shown = {"tickets", "ticket", "calls", "call", "callbacks", "restricted", "report_cases", "told"}
    assert {f"console.{name}" for name in shown} <= masked


@pytest.mark.row("S9")
@pytest.mark.row("T-28")
def test_what_is_sent_as_a_file_or_after_a_form_shows_no_more_either(office: Office) -> None:
    clerk, wrong = reader(office, "head_of_office"), []
    page = clerk.get("/console/tickets?which=all").text
    token_of = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert token_of is not None
    for kind in ("csv", "xlsx"):
        for asked in ("", "5678", "0912 345 678", "912345678", "(0258) 3842-500"):
            form = {"form_token": token_of[1], "format": kind, "which": "all", "q": asked}
            answer = clerk.post("/console/tickets/export", data=form)
            assert answer.status_code == 200, answer.text
            wrong += [f"{kind} {asked}: {leak}" for leak in leaks(readable(answer))]
    with office.hotline.database.reading() as conn:
        code = conn.execute(select(tickets.c.code).where(tickets.c.caller_number == FARMER)).scalars().first()
        call_id = conn.execute(select(calls.c.id).where(calls.c.caller_number == FARMER)).scalars().first()
        kept = conn.execute(select(journal.c.details, journal.c.reason, journal.c.subject)).all()
    wrong += [f"journal {line}: {leak}" for line in kept for leak in leaks(" ".join(line))]
    assert wrong == []
    for address in (f"/console/tickets/{code}", f"/console/calls/{call_id}"):
        path = f"{address}/caller" if "tickets" in address else f"{address}/number"
        shown = clerk.post(path, data={"form_token": token_of[1]})
        assert "0912.345.678" in shown.text, "shown when asked for"
        assert leaks(clerk.get(address).text) == [], "and masked again the next time"


@pytest.mark.row("S9")
@pytest.mark.row("T-28")
def test_lists_of_the_command_line_show_no_more_either(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_DATABASE_URL", office.hotline.settings.database_url)
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    for command, options in product((listing.tickets, listing.calls), ([], ["--json"])):
        seen = CliRunner().invoke(command, options)
        assert seen.exit_code == 0, seen.output
        assert "0912••••••" in seen.output
        assert leaks(seen.output) == [], (command.name, options)
