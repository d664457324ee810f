"""A file of dossiers chosen on the page is imported by a job, and the page shows how far it is."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from logbook.clock import Clock
from logbook.database.tables import dossier_imports, dossier_upload_parts, dossier_uploads, dossiers, journal
from logbook.dossiers import importing, uploads
from logbook.installation import Installation
from scheduler.import_dossiers import ImportsDue
from tests.logbook.console.conftest import SignIn
from tests.logbook.console.test_dossiers_pages import post, send, words
from tests.logbook.dossiers.files import as_csv, row

PAGE = "/console/dossiers/import"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of ten rows, so that a file of few rows has many."""
    monkeypatch.setattr(importing, "BATCH", 10)


@pytest.fixture
def head(signed_in: SignIn) -> FlaskClient:
    return signed_in("head_of_desk")


def chosen(browser: FlaskClient, rows: list[list[object]]) -> str:
    """A file that was chosen and ordered; the address of its page."""
    looked = send(browser, as_csv(rows))
    assert looked.status_code == 303
    ordered = post(browser, looked.headers["Location"], looked.headers["Location"])
    assert ordered.status_code == 303
    return ordered.headers["Location"]


def month(count: int, name: str = "A") -> list[list[object]]:
    return [row(f"{name}-{number:03d}") for number in range(count)]


def parts(most: int) -> Callable[[], bool]:
    """A lease that is held for so many steps."""
    asked: Iterator[bool] = iter([True] * most)
    return lambda: next(asked, False)


def job(installation: Installation) -> ImportsDue:
    return ImportsDue(installation.database, installation.clock)


def left(installation: Installation) -> tuple[int, int, int]:
    """How many uploads, parts of them, and dossiers there are."""
    with installation.database.reading() as conn:
        tables = (dossier_uploads, dossier_upload_parts, dossiers)
        uploaded, waiting, stored = (
            conn.execute(select(func.count()).select_from(one)).scalar_one() for one in tables
        )
    return uploaded, waiting, stored


@pytest.mark.row("002-32")
def test_the_page_shows_how_far_the_import_is_and_at_the_end_what_it_did(
    installation: Installation, head: FlaskClient
) -> None:
    page = chosen(head, [*month(45), row("")])
    seen = words(head.get(page).text)
    assert "Đang nhập hồ sơ" in seen
    assert "0 % 0 trên 45 dòng." in seen
    assert 'max="45" value="0"' in head.get(page).text
    assert job(installation).run_once(parts(2)) == 2
    assert "44 % 20 trên 45 dòng. Tải lại trang 20 hồ sơ mới" in words(head.get(page).text)
    part = head.get(page, headers={"X-Fragment": "1"}).text
    assert ("20 trên 45 dòng" in part, "<html" in part) == (True, False)
    assert job(installation).run_once(lambda: True) == 4
    done = words(head.get(page).text)
    assert "Đã nhập hồ sơ 45 hồ sơ mới 0 hồ sơ thay đổi 0 hồ sơ như cũ 1 dòng không nhận" in done
    assert "Cột “Mã hồ sơ” để trống." in done
    assert "data-poll" not in head.get(page).text
    assert left(installation) == (1, 0, 45)
    with installation.database.reading() as conn:
        assert conn.execute(select(dossier_imports.c.new, dossier_imports.c.by)).all() == [
            (45, "head_of_desk")
        ]
        acts = conn.execute(select(journal.c.who).where(journal.c.act == "import_dossiers")).all()
    assert acts == [("head_of_desk",)]


@pytest.mark.row("002-32")
def test_a_second_person_sees_that_an_import_runs_and_waits_for_it(
    installation: Installation, head: FlaskClient, signed_in: SignIn
) -> None:
    first = chosen(head, month(25))
    job(installation).run_once(parts(1))
    clerk = signed_in("clerk")
    form = words(clerk.get(PAGE).text)
    assert "Đang nhập một tệp của Người head_of_desk" in form
    assert "10 trên 25 dòng" in form
    assert "Xem tiến độ" not in form
    assert "Xem tiến độ" in words(head.get(PAGE).text)
    assert clerk.get(first).headers["Location"].endswith("not_done=dossier_upload_gone")
    second = chosen(clerk, month(5, "B"))
    assert "Đang chờ tệp của Người head_of_desk nhập xong trước." in words(clerk.get(second).text)
    job(installation).run_once(lambda: True)
    assert "Đã nhập hồ sơ 25 hồ sơ mới" in words(head.get(first).text)
    assert "Đã nhập hồ sơ 5 hồ sơ mới" in words(clerk.get(second).text)
    assert "Đang nhập một tệp" not in words(clerk.get(PAGE).text)


@pytest.mark.row("002-32")
def test_an_order_that_is_sent_twice_imports_once(installation: Installation, head: FlaskClient) -> None:
    page = chosen(head, month(3))
    assert post(head, PAGE, page).headers["Location"] == page
    job(installation).run_once(lambda: True)
    assert post(head, PAGE, page).headers["Location"] == page
    assert job(installation).run_once(lambda: True) == 0
    assert "Đã nhập hồ sơ 3 hồ sơ mới" in words(head.get(page).text)


@pytest.mark.row("002-32")
def test_a_file_nobody_orders_and_an_import_that_is_over_are_removed_after_two_hours(
    installation: Installation, head: FlaskClient, signed_in: SignIn
) -> None:
    done = chosen(head, month(12))
    job(installation).run_once(lambda: True)
    looked = send(signed_in("clerk"), as_csv(month(25, "B"))).headers["Location"]
    assert left(installation) == (2, 3, 12)
    later = Clock(installation.clock.now() + uploads.KEPT + timedelta(minutes=1))
    ImportsDue(installation.database, later).run_once(lambda: True)
    assert left(installation) == (0, 0, 12)
    for browser, page in ((head, done), (signed_in("clerk"), looked)):
        assert "not_done=dossier_upload_gone" in browser.get(page).headers["Location"]
    assert "not_done=dossier_upload_gone" in post(head, PAGE, done).headers["Location"]


@pytest.mark.row("002-32")
def test_an_import_that_breaks_says_so_keeps_no_file_and_lets_the_next_one_in(
    installation: Installation, head: FlaskClient, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, other = chosen(head, month(25)), chosen(signed_in("clerk"), month(5, "B"))
    job(installation).run_once(parts(1))

    def broken(*_: object) -> None:
        raise RuntimeError("as the test wants")

    with monkeypatch.context() as patch:
        patch.setattr(importing.Batches, "bring_in", broken)
        job(installation).run_once(lambda: True)
    seen = words(head.get(page).text)
    assert "Việc nhập dừng sau 10 trên 25 dòng" in seen
    job(installation).run_once(lambda: True)
    assert "Đã nhập hồ sơ 5 hồ sơ mới" in words(signed_in("clerk").get(other).text)
    assert left(installation) == (2, 0, 15)
    again = chosen(head, month(25))
    job(installation).run_once(lambda: True)
    assert "15 hồ sơ mới 0 hồ sơ thay đổi 10 hồ sơ như cũ" in words(head.get(again).text)


@pytest.mark.row("002-32")
def test_columns_the_file_has_not_are_left_alone_and_overlapping_months_update(
    installation: Installation, head: FlaskClient
) -> None:
    chosen(head, month(12))
    job(installation).run_once(lambda: True)
    page = chosen(head, [*month(11), row("A-011", finished="", outcome="Đang xử lý"), row("A-012")])
    job(installation).run_once(lambda: True)
    assert re.findall(r"<b>(\d+)</b>", head.get(page).text) == ["1", "1", "11", "0"]


def test_two_schedulers_import_no_part_twice(installation: Installation, head: FlaskClient) -> None:
    page = chosen(head, month(30))
    one, two = job(installation), dataclasses.replace(job(installation))
    while one.run_once(parts(1)) or two.run_once(parts(1)):
        pass
    assert "Đã nhập hồ sơ 30 hồ sơ mới" in words(head.get(page).text)
