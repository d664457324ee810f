"""`tongdai api` gives a token, lists it without it, and revokes it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ivr.cli import tongdai
from logbook.accounts import api_clients
from logbook.database.engine import Database


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
    return CliRunner()


@pytest.mark.row("T-04")
def test_a_token_is_printed_once_listed_without_it_and_revoked(run: CliRunner, database: Database) -> None:
    made = run.invoke(tongdai, ["api", "new", "Tỉnh", "--right", "tickets", "--right", "calls"])
    assert made.exit_code == 0, made.output
    token = made.stdout.splitlines()[0]
    assert token.startswith("tdai_")
    listed = run.invoke(tongdai, ["api", "list"]).stdout
    assert "Tỉnh" in listed
    assert token not in listed
    assert run.invoke(tongdai, ["api", "revoke", "1"]).exit_code == 0
    assert "hết dùng" in run.invoke(tongdai, ["api", "list"]).stdout
    again = run.invoke(tongdai, ["api", "revoke", "1"])
    assert again.exit_code == 1
    assert "Không có mã truy cập số 1" in again.output
    with database.reading() as conn:
        assert [one.revoked_at is not None for one in api_clients.listed(conn)] == [True]


def test_an_unknown_right_is_named_with_those_there_are(run: CliRunner) -> None:
    refused = run.invoke(tongdai, ["api", "new", "Tỉnh", "--right", "everything"])
    assert refused.exit_code == 1
    assert "everything" in refused.output
    assert "tickets" in refused.output
