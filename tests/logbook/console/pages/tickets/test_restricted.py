"""Khiếu nại and tố cáo on the screen: for named viewers, masked, each opening in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from logbook.accounts import audit_log
from logbook.calls.calls import Call
from logbook.console.pages.tickets import restricted as restricted_page
from logbook.database.tables import people, restricted_records, tickets
from logbook.installation import Installation
from logbook.tickets import restricted
from logbook.tickets.open_by_phone import OpenedTicket
from tests.logbook.console.conftest import SignIn, form_token

SHOWN, MASKED = "0912.345.678", "0912••••••"


@pytest.fixture
def record(installation: Installation, phone: Callable[..., Call]) -> int:
    """A record of a caller who was guided; its id."""
    with installation.database.writing() as conn:
        restricted.guided(conn, phone(conn), installation.clock.now())
        return int(conn.execute(select(restricted_records.c.id)).scalar_one())


@pytest.fixture
def named(installation: Installation, signed_in: SignIn) -> FlaskClient:
    """The head of the office, named to see restricted records."""
    browser = signed_in("head_of_office")
    with installation.database.writing() as conn:
        conn.execute(update(people).values(sees_restricted=True))
    return browser


def lines(installation: Installation, subject: str) -> list[tuple[str, str]]:
    with installation.database.reading() as conn:
        return [(line.act, line.reason) for line in audit_log.recent(conn, 9, subject=subject)]


@pytest.mark.row("T-10")
def test_whoever_is_not_named_sees_nothing_and_no_menu_entry(record: int, signed_in: SignIn) -> None:
    head = signed_in("head_of_office")
    assert "/console/restricted" not in head.get("/console/").text
    for path in ("restricted", f"restricted/{record}"):
        assert head.get(f"/console/{path}").status_code == 403


def test_the_list_masks_the_number_and_opening_a_record_is_journalled(
    record: int, installation: Installation, named: FlaskClient
) -> None:
    listed = named.get("/console/restricted").text
    assert MASKED in listed
    assert SHOWN not in listed
    assert lines(installation, f"restricted:{record}") == []
    opened = named.get(f"/console/restricted/{record}").text
    assert MASKED in opened
    assert SHOWN not in opened
    assert lines(installation, f"restricted:{record}") == [("open_restricted", "")]


def test_the_number_is_shown_for_a_reason_only_and_the_reason_is_journalled(
    record: int, installation: Installation, named: FlaskClient
) -> None:
    form = {"form_token": form_token(named.get(f"/console/restricted/{record}").text)}
    refused = named.post(f"/console/restricted/{record}/show", data={**form, "reason": " \n"})
    assert (refused.status_code, SHOWN in refused.text) == (400, False)
    shown = named.post(f"/console/restricted/{record}/show", data={**form, "reason": "gọi lại"})
    assert (shown.status_code, SHOWN in shown.text) == (200, True)
    assert ("show_caller", "gọi lại") in lines(installation, f"restricted:{record}")


@pytest.mark.row("T-10")
def test_guided_tickets_stand_there_by_code_but_not_the_one_about_the_viewer(
    installation: Installation,
    named: FlaskClient,
    phone: Callable[..., Call],
    complain: Callable[..., OpenedTicket],
) -> None:
    with installation.database.writing() as conn:
        codes = [complain(conn, phone(conn, sid)).code for sid in ("CA1", "CA2", "CA3")]
        viewer = conn.execute(select(people.c.id)).scalar_one()
        kinds: tuple[dict[str, Any], ...] = (
            {"state": "guided", "kind": "denunciation"},
            {"state": "guided", "subject_ids": [viewer]},
            {"state": "new"},
        )
        for code, columns in zip(codes, kinds, strict=True):
            conn.execute(update(tickets).where(tickets.c.code == code).values(**columns))
    page = named.get("/console/restricted").text
    assert [code in page for code in codes] == [True, False, False]
    assert "Tố cáo" in page


def test_the_records_are_paged_without_a_gap(
    installation: Installation,
    named: FlaskClient,
    phone: Callable[..., Call],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restricted_page, "PAGE", 2)
    with installation.database.writing() as conn:
        for number in range(3):
            restricted.guided(conn, phone(conn, f"CA{number}"), installation.clock.now())
        ids = conn.execute(select(restricted_records.c.id).order_by(restricted_records.c.id)).scalars().all()
    first = named.get("/console/restricted").text
    second = named.get(f"/console/restricted?before={ids[1]}").text
    assert [f"/restricted/{one}" in first for one in ids] == [False, True, True]
    assert [f"/restricted/{one}" in second for one in ids] == [True, False, False]


@pytest.mark.parametrize("path", ["999", "2147483648", "99999999999999999999", "x", "0"])
def test_a_record_that_is_not_there_is_not_found(path: str, named: FlaskClient) -> None:
    assert named.get(f"/console/restricted/{path}").status_code == 404
