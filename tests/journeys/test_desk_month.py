"""The head of the one-stop desk through a month: samples, then a file, slips, quota, review, letter."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from ivr.app import create_app
from ivr.cli import tongdai
from ivr.line.hotline import open_hotline
from ivr.samples import fill
from logbook.accounts.demo_accounts import demo_accounts
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.tables import dossiers
from logbook.dossiers.months import Month
from logbook.ratings import instruments
from logbook.ratings.paper import printed
from logbook.ratings.paper.printed import BlankSlip
from logbook.settings.loading import Settings, load_settings
from scheduler.import_dossiers import ImportsDue
from tests import frozen
from tests.browsers import with_browsers
from tests.logbook.dossiers.files import CANARIES, as_csv, row
from tests.logbook.printing import printed as reader
from tests.logbook.ratings import photographed
from tests.logbook.ratings.photographed import Filled, Light

NOW = datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
FINISHED, TYPED, IN_FILE, PHOTOGRAPHED = 24, 5, 3, 2
MONTH = "/console/dossiers/months/2026-11"
WHY = {"owner": "Nguyễn Thị Bình", "cause": "Chờ trích lục bản đồ của huyện", "remedy": "Đã cử người đi lấy"}


def november() -> list[list[Any]]:
    """What the desk's software lists: finished dossiers, one more finished late, one open and late."""
    done = [row(f"H32-{number:04d}") for number in range(1, FINISHED)]
    late = row(
        f"H32-{FINISHED:04d}", received="02/11/2026 08:00", due="05/11/2026", finished="09/11/2026 09:00"
    )
    still = row("H32-9001", due="12/11/2026", finished="", outcome="Đang xử lý", field="Đất đai")
    return [*done, late, still, row("", procedure="x")]


class Desk:
    """The office's pages as one of its people uses them."""

    def __init__(self, browser: FlaskClient, url: str) -> None:
        """`browser` is signed in."""
        self.browser, self.url = browser, url

    def see(self, page: str) -> str:
        """The words of a page."""
        answer = self.browser.get(page, base_url=self.url)
        assert answer.status_code == 200, (page, answer.status_code)
        return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())

    def send(self, page: str, to: str = "", **fields: Any) -> TestResponse:
        """A form of a page, sent as its button does."""
        token = re.search(
            r'name="form_token" value="([0-9a-f]{64})"', self.browser.get(page, base_url=self.url).text
        )
        assert token is not None, page
        data = {"form_token": token[1], **fields}
        return self.browser.post(to or page, base_url=self.url, data=data)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "var"))
    return load_settings(
        {**frozen.OFFICE, "TONGDAI_DATABASE_URL": database_url, "TONGDAI_DATA": str(tmp_path / "var")}
    )


@pytest.mark.proof
@pytest.mark.row("003-01", "003-05", "002-16", "002-22", "002-32", "002-34")
def test_the_heads_month_from_the_sample_to_the_closed_review(
    settings: Settings, database: Database, tmp_path: Path, libreoffice: str
) -> None:
    fill.fill(settings, NOW, Month(2026, 10))
    head = at_the_desk(settings, database)
    every_page_shows_the_sample_month(head)
    a_file_is_imported(head, database)
    slips_come_in(head, settings, database, tmp_path)
    the_quota_is_printed()
    the_review_closes_only_when_all_is_explained(head, database)
    the_letter_reads_right(head, database, tmp_path, libreoffice)


def at_the_desk(settings: Settings, database: Database) -> Desk:
    app = with_browsers(create_app(open_hotline(settings, Clock(NOW), database)))
    with database.writing() as conn:
        known = {role: (login, word) for login, word, role in demo_accounts(conn, settings, NOW)}
    login, password = known["head_of_desk"]
    browser, url = app.test_client(), settings.public_url
    desk = Desk(browser, url)
    form = browser.get("/console/sign-in", base_url=url).text
    token = re.search(r'name="form_token" value="([^"]+)"', form)
    fields = {"login": login, "password": password, "form_token": token[1] if token else ""}
    assert browser.post("/console/sign-in", data=fields, base_url=url).status_code == 303
    return desk


def every_page_shows_the_sample_month(head: Desk) -> None:
    rules = {
        str(rule) for rule in head.browser.application.url_map.iter_rules() if "GET" in (rule.methods or ())
    }
    seen, poor = 0, []
    for page in sorted(one for one in rules if one.startswith("/console/") and "<" not in one):
        answer = head.browser.get(page, base_url=head.url)
        if answer.status_code == 200 and "</html>" in answer.text:
            seen += 1
            poor += [page] if "DỮ LIỆU MẪU" not in answer.text else []
    assert (seen >= 12, poor) == (True, [])
    october = head.see("/console/dossiers/months/2026-10")
    assert re.search(r"[1-9]\d* hồ sơ đã giải quyết, [1-9]\d* phiếu", october)
    assert "Không có hồ sơ" in head.see("/console/dossiers/months/2026-06")


def a_file_is_imported(head: Desk, database: Database) -> None:
    file = (io.BytesIO(as_csv(november())), "thang-11.csv")
    looked = head.send("/console/dossiers/import", file=file)
    page = looked.headers["Location"]
    preview = head.see(page)
    assert "25 hồ sơ mới" in preview
    assert "1 dòng không nhận" in preview
    assert not any(canary in preview for canary in CANARIES)
    assert head.send(page).status_code == 303
    ImportsDue(database, Clock(NOW)).run_once(lambda: True)
    assert "Đã nhập hồ sơ 25 hồ sơ mới 0 hồ sơ thay đổi 0 hồ sơ như cũ 1 dòng không nhận" in head.see(page)


def slips_come_in(head: Desk, settings: Settings, database: Database, tmp_path: Path) -> None:
    for number in range(1, TYPED + 1):
        marks = {f"a{place}": str(5 - place % 2) for place in range(1, 6)}
        fields = {"number": f"T-{number:03d}", "reference": f"H32-{number:04d}", "respondent": "individual"}
        assert head.send("/console/slips/new", **fields, **marks).status_code == 303
    twice = head.send("/console/slips/new", **{**fields, "number": "T-999"}, **marks)
    assert twice.status_code == 400, "one slip a dossier"
    listed = tmp_path / "phieu.csv"
    with listed.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Số phiếu", "Mã hồ sơ", "Đối tượng", "1", "2", "3", "4", "5", "Ý kiến"])
        for number in range(TYPED + 1, TYPED + IN_FILE + 1):
            writer.writerow([f"F-{number:03d}", f"H32-{number:04d}", "Cá nhân", 5, 4, 4, 5, 5, ""])
    done = CliRunner().invoke(tongdai, ["import", "slips", str(listed), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["new"]) == (0, IN_FILE), done.output
    photographs_come_in(settings, database, tmp_path)


def photographs_come_in(settings: Settings, database: Database, tmp_path: Path) -> None:
    """Two printed slips, filled in with a pen and photographed together, read by the command."""
    form, agency = instruments.for_slips(settings), settings.office.agency
    first = TYPED + IN_FILE + 1
    blanks = [BlankSlip(f"P-{n:03d}", f"H32-{n:04d}") for n in range(first, first + PHOTOGRAPHED)]
    with database.writing() as conn:
        printed.record(conn, blanks, form, None, NOW)
    papers = [
        photographed.filled(Filled(one.number, (5, 4, 5, 4, 3), styles=["cross"]), Random(7), agency=agency)
        for one in blanks
    ]
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "IMG_1.jpg").write_bytes(photographed.photograph(papers, 1, Light(0.4, size=(2000, 1500))))
    done = CliRunner().invoke(tongdai, ["import", "slips", "--photos", str(folder), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["new"]) == (0, PHOTOGRAPHED), done.output


def the_quota_is_printed() -> None:
    done = CliRunner().invoke(tongdai, ["quota", "2026-11", "--json"])
    slips = TYPED + IN_FILE + PHOTOGRAPHED
    assert json.loads(done.stdout) == {
        "month": "2026-11",
        "finished": FINISHED,
        "slips": slips,
        "required": FINISHED // 2,
        "missing": FINISHED // 2 - slips,
        "reached": False,
    }


def the_review_closes_only_when_all_is_explained(head: Desk, database: Database) -> None:
    with database.reading() as conn:
        query = select(dossiers.c.reference, dossiers.c.id)
        ids = {row.reference: row.id for row in conn.execute(query)}
    mine = [ids[f"H32-{FINISHED:04d}"], ids["H32-9001"]]
    closing = {
        "conclusion": "Phê bình bộ phận đất đai vì chậm trả",
        "responsibility": "Ông An rút kinh nghiệm",
    }
    refused = head.send(MONTH, f"{MONTH}/close", **closing)
    assert (refused.status_code, "chưa giải trình" in refused.text) == (400, True)
    for one in late_of_the_samples(head, ids):
        assert (
            head.send(f"/console/dossiers/{one}", f"/console/dossiers/{one}/explain", **WHY).status_code
            == 303
        )
    for one in mine:
        assert head.send(MONTH, f"{MONTH}/close", **closing).status_code == 400
        thin = head.send(
            f"/console/dossiers/{one}", f"/console/dossiers/{one}/explain", **WHY | {"cause": "x"}
        )
        assert thin.status_code == 400, "one character is not a cause"
        assert (
            head.send(f"/console/dossiers/{one}", f"/console/dossiers/{one}/explain", **WHY).status_code
            == 303
        )
    assert head.send(MONTH, f"{MONTH}/close", **closing).status_code == 303
    assert "Phê bình bộ phận đất đai vì chậm trả" in head.see(MONTH)


def late_of_the_samples(head: Desk, ids: dict[str, int]) -> list[int]:
    """Samples of October that are still open and late belong to the review of November as well."""
    page = head.browser.get(MONTH, base_url=head.url).text
    listed = {int(one) for one in re.findall(r'href="/console/dossiers/(\d+)"', page)}
    samples = {number for reference, number in ids.items() if reference.startswith("MAU-")}
    return sorted(listed & samples)


def the_letter_reads_right(head: Desk, database: Database, tmp_path: Path, libreoffice: str) -> None:
    with database.reading() as conn:
        query = select(dossiers.c.id).where(dossiers.c.reference == "H32-9001")
        one = conn.execute(query).scalar_one()
    page = f"/console/dossiers/{one}"
    new_date = (NOW + timedelta(days=5)).date()
    assert head.send(page, f"{page}/apology", new_date=str(new_date)).status_code == 303
    letter = head.browser.get(f"{page}/apology.docx", base_url=head.url)
    (tmp_path / "letter.docx").write_bytes(letter.data)
    profile, into = f"-env:UserInstallation=file://{tmp_path / 'profile'}", ["--outdir", str(tmp_path)]
    convert = [
        libreoffice,
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        *into,
        str(tmp_path / "letter.docx"),
    ]
    subprocess.run(convert, capture_output=True, check=True, timeout=180)
    pages = reader.words((tmp_path / "letter.pdf").read_bytes(), tmp_path).split("\f")
    text = [" ".join(page.split()) for page in pages if page.strip()]
    assert len(text) == 1, "one page"
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "THƯ XIN LỖI",
        "H32-9001",
        "hẹn trả kết quả ngày 12/11/2026",
        f"Ngày hẹn trả kết quả mới: {new_date:%d/%m/%Y}",
        "chân thành xin lỗi",
        "0258.3842.102",
        "DỮ LIỆU MẪU",
    ):
        assert said in text[0], said
