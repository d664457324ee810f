"""What one more office costs a process: what is equal is held once, and who rests holds nothing open."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from ivr.offices.cells import REST_AFTER, Cells
from ivr.offices.dispatcher import Dispatcher
from ivr.offices.opening import opens
from ivr.running.shared_routes import SharedRoutes
from logbook.database.engine import AMONG_MANY_KIB
from logbook.database.held_once import compiled_statements
from logbook.offices.register import OfficeRegister
from logbook.texts.catalogue import load_texts
from tests.ivr.offices.house import ENVIRON, Province
from tests.logbook.offices.made import make_installation

CODES = tuple(str(code) for code in range(22501, 22505))
MOST_OBJECTS = 4000
"""Blocks of memory that one more office may keep: shared 2,100, each for itself 14,000."""


@pytest.fixture
def province(tmp_path: Path, migrated_file: Path) -> Iterator[Province]:
    made = Province.of(make_installation(tmp_path, CODES, book=migrated_file), ["voice"])
    yield made
    made.cells.close()


def test_one_more_office_that_answers_calls_keeps_little_of_its_own(province: Province) -> None:
    for code in CODES[:2]:
        province.caller(code).press("4").press("5").hang_up()
    gc.collect()
    before, statements = sys.getallocatedblocks(), len(compiled_statements())
    for code in CODES[2:]:
        province.caller(code).press("4").press("5").hang_up()
    gc.collect()
    assert (sys.getallocatedblocks() - before) / len(CODES[2:]) < MOST_OBJECTS
    assert len(compiled_statements()) == statements, "a statement is compiled once, not once an office"
    with province.cell(CODES[2]).hotline.database.writing() as conn:
        assert conn.exec_driver_sql("PRAGMA cache_size").scalar() == -AMONG_MANY_KIB


def test_offices_share_equal_parts_of_their_settings_and_no_secret(province: Province) -> None:
    one, other = (province.cell(code).hotline.settings for code in CODES[:2])
    assert one.duty is other.duty
    assert one.line is not other.line
    assert one.line.number != other.line.number
    assert one.auth_token.get_secret_value() != other.auth_token.get_secret_value()
    assert one.secret_key.get_secret_value() != other.secret_key.get_secret_value()
    assert one.data_folder != other.data_folder


def test_an_office_nobody_asks_for_holds_no_file_open_and_answers_the_next_caller(
    tmp_path: Path, migrated_file: Path
) -> None:
    now = [1000.0]
    register = OfficeRegister(make_installation(tmp_path, CODES[:2], book=migrated_file))
    cells = Cells(register, opens(ENVIRON, ["voice"]), 10, lambda: now[0])
    province = Province(register, cells, Dispatcher(register, cells, load_texts()["vi"]))
    for code in CODES[:2]:
        province.caller(code).press("4").press("5").hang_up()
    assert _books_open(tmp_path) == set(CODES[:2])
    now[0] += REST_AFTER - 1
    province.caller(CODES[0]).press("4").hang_up()
    now[0] += 2
    cells.look()
    assert _books_open(tmp_path) == {CODES[0]}
    assert cells.open_codes() == [CODES[1], CODES[0]]
    province.caller(CODES[1]).press("4").press("5").hang_up()
    assert _books_open(tmp_path) == set(CODES[:2])
    cells.close()
    assert _books_open(tmp_path) == set()


def _books_open(folder: Path) -> set[str]:
    """The codes of the offices whose book this process has open."""
    links = Path("/proc/self/fd")
    if not links.is_dir():
        pytest.skip("open files are seen in /proc")
    found = set()
    for link in links.iterdir():
        try:
            file = link.readlink()
        except OSError:
            continue
        if file.is_relative_to(folder / "offices") and file.name == "tongdai.db":
            found.add(file.relative_to(folder / "offices").parts[0])
    return found


class _Application(Flask):
    url_map_class = SharedRoutes


def _answering(word: str, path: str = "/say/<int:number>") -> Flask:
    app = _Application("ivr", static_folder=None)
    app.add_url_rule(path, "say", lambda number: f"{word} {number}")
    return app


def test_applications_with_equal_paths_share_them_and_each_answers_itself() -> None:
    one, other, third = _answering("one"), _answering("other"), _answering("third", "/say/<number>")
    for app, word in ((one, "one"), (other, "other"), (third, "third")):
        assert app.test_client().get("/say/5").text == f"{word} 5"
        with app.test_request_context("/"):
            assert app.url_for("say", number=5) == "/say/5"
    assert one.url_map._matcher is other.url_map._matcher
    assert one.test_client().get("/say/x").status_code == 404
    assert third.test_client().get("/say/x").text == "third x"
    more = _answering("more")
    more.add_url_rule("/more", "more", lambda: "more")
    assert more.test_client().get("/more").text == "more"
    assert more.url_map._matcher is not one.url_map._matcher
    assert one.test_client().get("/more").status_code == 404
