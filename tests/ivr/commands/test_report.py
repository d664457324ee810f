"""`tongdai report` prints what was kept and writes the same document and workbook as the page."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document

from ivr.commands.report import report
from logbook.accounts import accounts
from logbook.database.engine import Database
from logbook.plan import news
from tests import frozen


@pytest.mark.row("002-28")
def test_the_report_to_the_body_above_is_made_printed_and_written_by_command(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 12, 4, 2, tzinfo=UTC)
    for name, value in {**frozen.OFFICE, "TONGDAI_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("logbook.clock.Clock.now", lambda _self: now)
    with database.writing() as conn:
        secret = "correct horse battery"
        number = accounts.add(conn, login="an", name="An", role="clerk", password=secret, now=now)
        who = accounts.find(conn, number)
        assert who is not None
        words = ("Nộp hồ sơ trực tuyến", "https://xa.example/1", "An")
        news.enter(conn, news.TypedNews("news", date(2026, 11, 3), *words), who, now)
    run = CliRunner().invoke
    assert "Chưa có báo cáo của kỳ này." in run(report, ["2026-11", "--superior"]).output
    docx, xlsx = tmp_path / "b.docx", tmp_path / "b.xlsx"
    made_now = run(report, ["2026-11", "--superior", "--make", "--docx", str(docx), "--xlsx", str(xlsx)])
    assert made_now.exit_code == 0, made_now.output
    assert "Báo cáo công tác cải cách hành chính tháng 11 năm 2026" in made_now.output
    assert "Tin, bài đăng trong kỳ: 1" in made_now.output
    assert xlsx.read_bytes()[:2] == b"PK"
    words_of = "\n".join(one.text for one in Document(io.BytesIO(docx.read_bytes())).paragraphs)
    assert "Kính gửi: Ủy ban nhân dân tỉnh Khánh Hòa" in words_of
    told = json.loads(run(report, ["2026-11", "--superior", "--json"]).output)
    values = {one["name"]: one["value"] for one in told["figures"]}
    assert (told["kind"], told["period"], values["news.period"]) == ("superior", "2026-11", 1)
    for wrong in ("2026-12", "2026Q4", "x"):
        assert run(report, [wrong, "--superior", "--make"]).exit_code == 1, wrong
