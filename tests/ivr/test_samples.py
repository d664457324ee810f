"""The sample month: written through the ordinary doors, marked everywhere, and removed without a trace."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from docx import Document
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ivr.app import create_app
from ivr.cli import tongdai
from ivr.line.hotline import open_hotline
from ivr.samples import fill, removal
from logbook.accounts import audit_log
from logbook.accounts.demo_accounts import LOGINS, demo_accounts
from logbook.calls import rating_counts
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.database.samples import any_samples
from logbook.database.tables import dossiers, metadata, people, samples, slips, tickets, token_ratings
from logbook.dossiers.months import Month
from logbook.ids import TicketId
from logbook.ratings import by_token, tags, tokens
from logbook.ratings.by_token import Sent
from logbook.settings.loading import Settings, load_settings
from logbook.tickets import history
from logbook.tickets.lifecycle import TicketOutcome, TicketState
from tests import frozen
from tests.caller import Caller
from tests.logbook.dossiers.shelf import Shelf
from tests.town_hall import move

NOW = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)
RECORDS_IT = frozenset({"journal", "journal_head", "alembic_version"})
"""What must keep that there were samples; everything else is as if there had been none."""
pytestmark = pytest.mark.proof


def settings_at(url: str, folder: Path, **more: str) -> Settings:
    return load_settings({**frozen.OFFICE, "TONGDAI_DATABASE_URL": url, "TONGDAI_DATA": str(folder), **more})


@pytest.fixture
def office(database: Database, database_url: str, tmp_path: Path) -> Settings:
    """An office with cases of its own: a complaint by telephone, dossiers with slips, a plan of duty."""
    settings = settings_at(database_url, tmp_path / "var")
    hotline = open_hotline(settings, Clock(NOW), database)
    fill._prepared(settings, NOW)
    app = create_app(hotline)
    real = Caller(app, settings.auth_token.get_secret_value(), public_url=settings.public_url)
    real.press("2").press("1").press("1").speak().press("1").hang_up()
    Shelf(database).put(4, finished="2026-11-20 10:00", slips=2)
    return settings


def rows(database: Database) -> dict[str, list[Any]]:
    with database.reading() as conn:
        return {
            table.name: sorted(map(repr, conn.execute(select(table)).all()))
            for table in metadata.sorted_tables
            if table.name not in RECORDS_IT
        }


def sound(database: Database) -> bool:
    with database.reading() as conn:
        return history.verify(conn) is None and audit_log.verify(conn) is None


def test_what_was_filled_and_removed_leaves_every_table_as_it_was(
    office: Settings, database: Database
) -> None:
    before, files = rows(database), sorted(office.data_folder.rglob("*.wav"))
    counts = fill.fill(office, NOW)
    assert counts["dossiers"] >= 100
    assert sound(database)
    removed = removal.remove(office, NOW)
    assert (removed.kept, sound(database)) == (0, True)
    assert rows(database) == before
    assert sorted(office.data_folder.rglob("*.wav")) == files


def test_the_month_has_tickets_in_every_state_and_ratings_on_every_channel(
    office: Settings, database: Database
) -> None:
    fill.fill(office, NOW, Month(2026, 11), seed=3)
    with database.reading() as conn:
        found = conn.execute(select(tickets.c.state, tickets.c.outcome)).all()
        channels = set(conn.execute(select(metadata.tables["responses"].c.channel)).scalars())
        late = conn.execute(select(dossiers.c.id).where(dossiers.c.finished_at > dossiers.c.due_at)).all()
        online = conn.execute(select(dossiers.c.id).where(dossiers.c.online)).all()
        running = conn.execute(select(dossiers.c.id).where(dossiers.c.finished_at.is_(None))).all()
        typed = conn.execute(select(slips.c.id).where(~slips.c.valid)).all()
        waiting = conn.execute(select(metadata.tables["deliveries"]).where(_is_due())).all()
    assert {row.state for row in found} == set(TicketState)
    assert {row.outcome for row in found} >= set(TicketOutcome)
    assert channels == {"hotline", "paper", "qr"}
    assert min(map(len, (late, online, running, typed))) > 0
    assert len(waiting) <= 1, "only the real complaint waits to be told: no sample rings a telephone"


def _is_due() -> Any:
    return metadata.tables["deliveries"].c.state == "due"


def test_the_same_seed_and_month_give_the_same_month(office: Settings, database: Database) -> None:
    def told() -> list[Any]:
        with database.reading() as conn:
            query = select(dossiers.c.reference, dossiers.c.due_at, dossiers.c.finished_at)
            typed = select(slips.c.number, slips.c.comment).order_by(slips.c.number)
            said = select(tickets.c.summary, tickets.c.state, tickets.c.outcome, tickets.c.opened_at)
            return [
                *conn.execute(query.order_by(dossiers.c.reference)).all(),
                *conn.execute(typed).all(),
                *conn.execute(said.order_by(tickets.c.opened_at, tickets.c.summary)).all(),
            ]

    fill.fill(office, NOW, seed=7)
    first = told()
    removal.remove(office, NOW)
    fill.fill(office, NOW, seed=7)
    assert told() == first


def test_a_sample_that_a_real_case_stands_on_stays_and_is_still_marked(
    office: Settings, database: Database
) -> None:
    fill.fill(office, NOW)
    with database.writing() as conn:
        noted = {int(key) for key in conn.execute(_keys("tickets")).scalars()}
        sample = min(noted)
        real = conn.execute(select(tickets.c.id).where(tickets.c.id.not_in(noted))).scalar_one()
        move(conn, TicketId(sample), "note", actor="canbotruc", reason="Xem mẫu", now=NOW)
        audit_log.write(conn, "canbotruc", "view", f"ticket:{sample}", NOW)
        official = min(int(key) for key in conn.execute(_keys("officials")).scalars())
        key = conn.execute(
            select(metadata.tables["officials"].c.key).where(metadata.tables["officials"].c.id == official)
        ).scalar_one()
        absences = metadata.tables["duty_absences"]
        conn.execute(
            absences.insert().values(
                person=key,
                first_day=date(2026, 12, 1),
                last_day=date(2026, 12, 1),
                part="whole",
                made_by="totruong",
                made_at=NOW,
            )
        )
    removed = removal.remove(office, NOW)
    assert removed.kept == 1
    with database.reading() as conn:
        assert list(conn.execute(select(tickets.c.id)).scalars()) == [real]
        assert any_samples(conn)
    assert sound(database)


def _keys(kind: str) -> Any:
    return select(samples.c.key).where(samples.c.kind == kind)


def test_history_of_a_real_ticket_cannot_be_deleted_even_beside_samples(
    office: Settings, database: Database
) -> None:
    fill.fill(office, NOW)
    events = metadata.tables["ticket_events"]
    with database.reading() as conn:
        noted = {int(key) for key in conn.execute(_keys("tickets")).scalars()}
        real = conn.execute(select(tickets.c.id).where(tickets.c.id.not_in(noted))).scalar_one()
    with pytest.raises(Exception, match="append-only"), database.writing() as conn:
        conn.execute(events.delete().where(events.c.ticket_id == real))


def test_every_page_and_every_document_says_that_it_shows_samples(
    office: Settings, database: Database
) -> None:
    fill.fill(office, NOW)
    hotline = open_hotline(office, Clock(NOW), database)
    app = create_app(hotline)
    with database.writing() as conn:
        shown = {role: (login, password) for login, password, role in demo_accounts(conn, office, NOW)}
    client = app.test_client()
    sign_in(client, *shown["chairman"])
    seen = 0
    for rule in sorted({str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}):
        if "<" in rule or not rule.startswith("/console/"):
            continue
        answer = client.get(rule, base_url=office.public_url)
        if answer.status_code == 200 and answer.mimetype == "text/html" and "</html>" in answer.text:
            seen += 1
            assert "DỮ LIỆU MẪU" in answer.text, rule
    assert seen >= 12
    assert "DỮ LIỆU MẪU" in client.get("/", base_url=office.public_url).text
    listed = client.get("/console/reports", base_url=office.public_url).text
    report = re.search(r"/console/reports/(\d+)", listed)
    assert report is not None
    files = [
        client.get(f"/console/reports/{report[1]}/{kind}", base_url=office.public_url)
        for kind in ("document", "workbook")
    ]
    header = Document(io.BytesIO(files[0].data)).sections[0].header
    assert "DỮ LIỆU MẪU" in "".join(one.text for one in header.paragraphs)
    book = CalamineWorkbook.from_filelike(io.BytesIO(files[1].data))
    sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    assert all("DỮ LIỆU MẪU" in str(sheet[2][0]) for sheet in sheets)


def sign_in(client: Any, login: str, password: str) -> None:
    base = "http://127.0.0.1:8000"
    page = client.get("/console/sign-in", base_url=base)
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    fields = {"login": login, "password": password, "form_token": token[1] if token else ""}
    answer = client.post("/console/sign-in", data=fields, base_url=base)
    assert answer.status_code == 303, answer.text[:500]


def test_a_second_fill_is_refused_and_a_trial_or_production_takes_no_samples(
    database_url: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_at(database_url, tmp_path / "var")
    fill.fill(settings, NOW)
    with pytest.raises(fill.SamplesThereError):
        fill.fill(settings, NOW)
    for mode in ("trial", "production"):
        monkeypatch.setattr("logbook.settings.loading.load_settings", lambda mode=mode: real(settings, mode))
        monkeypatch.setenv("TONGDAI_DATABASE_URL", database_url)
        for word in ("fill", "remove"):
            done = CliRunner().invoke(tongdai, ["demo", word])
            assert done.exit_code == 1
            assert "TONGDAI_MODE=demo" in done.output


def real(settings: Settings, mode: str) -> Settings:
    from dataclasses import replace

    return replace(settings, mode=mode)  # type: ignore[arg-type]


def test_counts_and_tags_of_samples_go_with_them_and_those_of_real_ratings_stay(
    office: Settings, database: Database
) -> None:
    with database.writing() as conn:
        code = tokens.make(conn, 1, "x", NOW)[0]
        by_token.store(conn, office, code, Sent((5, 4, 1), None, "", "Chờ lâu."), NOW)
        real = conn.execute(select(token_ratings.c.response_id)).scalar_one()
        tags.put(conn, real, ["xin-loi"])
    before = rows(database)
    fill.fill(office, NOW)
    with database.writing() as conn:
        sampled = conn.execute(select(token_ratings.c.response_id)).scalars().all()
        for response_id in sampled:
            tags.put(conn, response_id, ["xin-loi", "xin-chao"] if response_id != real else ["xin-loi"])
        assert len(sampled) > 1
        assert rating_counts.wrong(conn) == []
    removal.remove(office, NOW)
    with database.reading() as conn:
        assert rating_counts.wrong(conn) == []
    assert rows(database) == before


def test_the_people_of_the_month_are_the_sample_accounts(office: Settings, database: Database) -> None:
    fill.fill(office, NOW)
    with database.reading() as conn:
        assert set(conn.execute(select(people.c.login)).scalars()) == set(LOGINS.values())
