"""`tongdai user`: accounts from the server's own keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.commands.user import user
from logbook.accounts import accounts, administration, audit_log, second_factor
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.settings.environment import DEMO_SECRET_KEY as KEY

PASSWORD = "correct horse battery"
NEW = "a new sentence to remember"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path))
    monkeypatch.delenv("TONGDAI_DATABASE_URL", raising=False)
    made = Database(f"sqlite:///{tmp_path / 'tongdai.db'}")
    made.upgrade(Clock().now())
    yield made
    made.close()


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(user, list(words), input=typed)


def add(login: str = "quan", role: str = "administrator", typed: str = f"{PASSWORD}\n") -> Result:
    return run("add", login, "--name", "Trần Quản", "--role", role, "--password-stdin", typed=typed)


def test_the_first_administrator_signs_in_with_the_password_from_standard_input(book: Database) -> None:
    done = add()
    assert (done.exit_code, PASSWORD in done.output) == (0, False)
    with book.reading() as conn:
        known = accounts.known_by_password(conn, "quan", PASSWORD)
        assert [(line.who, line.act) for line in audit_log.recent(conn, 9)] == [("cli", "add_person")]
    assert known is not None
    assert (known.role, known.name, known.must_change_password) == ("administrator", "Trần Quản", False)


def test_a_password_is_asked_twice_and_never_shown(book: Database) -> None:
    words = ("add", "lan", "--name", "Lan", "--role", "clerk")
    done = run(*words, typed=f"{PASSWORD}\nother\n{PASSWORD}\n{PASSWORD}\n")
    assert (done.exit_code, PASSWORD in done.output) == (0, False)
    with book.reading() as conn:
        assert accounts.known_by_password(conn, "lan", PASSWORD) is not None


@pytest.mark.parametrize(
    ("role", "typed", "told"),
    [
        ("king", f"{PASSWORD}\n", "Không có vai trò này"),
        ("clerk", "short\n", "ít nhất mười"),
        ("clerk", "", "ít nhất mười"),
    ],
)
def test_what_is_refused_is_said_in_one_sentence(book: Database, role: str, typed: str, told: str) -> None:
    done = add("lan", role, typed)
    assert (done.exit_code, told in done.output, "Traceback" in done.output) == (1, True, False)
    with book.reading() as conn:
        assert accounts.listed(conn) == []


@pytest.mark.row("T-14")
def test_a_reset_gives_a_new_password_and_can_take_a_lost_second_factor(book: Database) -> None:
    add()
    with book.writing() as conn:
        second_factor.keep(conn, accounts.listed(conn)[0].id, second_factor.new_secret(), KEY)
    assert run("reset", "QUAN", "--password-stdin", typed=f"{NEW}\n").exit_code == 0
    with book.reading() as conn:
        assert accounts.known_by_password(conn, "quan", NEW) is not None
        assert second_factor.is_set(conn, accounts.listed(conn)[0].id)
    run("reset", "quan", "--password-stdin", "--drop-second-factor", typed=f"{NEW}\n")
    with book.reading() as conn:
        assert not second_factor.is_set(conn, accounts.listed(conn)[0].id)


@pytest.mark.row("T-10")
def test_the_last_administrator_is_not_disabled(book: Database) -> None:
    add()
    add("lan", "clerk")
    assert run("disable", "lan").exit_code == 0
    refused = run("disable", "quan")
    assert (refused.exit_code, "người quản trị cuối cùng" in refused.output) == (1, True)
    with book.reading() as conn:
        assert [account.login for account in administration.listed(conn) if not account.disabled_at] == [
            "quan"
        ]


def test_the_list_names_everybody_with_what_is_special(book: Database) -> None:
    assert "Chưa có ai" in run("list").output
    add()
    run("add", "lan", "--name", "Lan", "--role", "clerk", "--restricted", "--password-stdin", typed=PASSWORD)
    run("disable", "lan")
    seen = run("list").output
    assert "quan" in seen
    assert "đã khóa; xem khiếu nại, tố cáo" in seen


def test_an_unknown_login_is_named(book: Database) -> None:
    done = run("disable", "nobody")
    assert (done.exit_code, "Không có người dùng nobody" in done.output) == (1, True)


def test_a_book_that_is_not_there_yet_asks_for_the_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "empty"))
    assert "tongdai db upgrade" in add().output


@pytest.mark.row("B-14")
@pytest.mark.parametrize(
    "piped",
    [
        b"\xef\xbb\xbf%s\r\n" % PASSWORD.encode(),
        b"%s" % PASSWORD.encode(),
        b"\n%s\n" % PASSWORD.encode(),
        b"\xef\xbb\xbf\r\n%s\r\n" % PASSWORD.encode(),
        f"{PASSWORD}\r\n".encode("utf-16"),
        "\ufeff".encode("utf-16-be") + f"{PASSWORD}\n".encode("utf-16-be"),
    ],
)
def test_a_mark_or_a_line_end_around_a_piped_password_is_no_part_of_it(book: Database, piped: bytes) -> None:
    words = ["add", "quan", "--name", "Quản", "--role", "administrator", "--password-stdin"]
    done = CliRunner().invoke(user, words, input=piped)
    assert done.exit_code == 0, done.output
    with book.reading() as conn:
        assert accounts.known_by_password(conn, "quan", PASSWORD) is not None


@pytest.mark.row("B-14")
def test_a_password_that_is_no_text_is_refused_in_one_sentence(book: Database) -> None:
    words = ["add", "quan", "--name", "Quản", "--role", "administrator", "--password-stdin"]
    done = CliRunner().invoke(user, words, input=b"caf\xe9 caf\xe9 caf\xe9\n")
    assert (done.exit_code, "UTF-8" in done.output, "Traceback" in done.output) == (1, True, False)
