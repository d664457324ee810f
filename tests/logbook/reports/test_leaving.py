"""What leaves the office with a confirmed monthly report: numbers, signed; no case, no name, no number."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from logbook.accounts import accounts
from logbook.accounts.rights import Person
from logbook.calendar.of_settings import WorkingTimes
from logbook.database.engine import Database
from logbook.database.tables import journal, reports
from logbook.province import signed
from logbook.province.collecting import FIGURES
from logbook.province.figures import OfficeFigures
from logbook.province.signed import FiguresRefusedError, Refusal
from logbook.reports import late, made
from logbook.reports.leaving import issue
from logbook.reports.leaving.from_report import hash_of
from logbook.reports.made import Report
from logbook.reports.periods import MONTHLY, Period, due
from logbook.settings.loading import Settings
from tests.logbook.reports.busy_book import at
from tests.logbook.reports.conftest import Make, Open

NOW = at("2026-12-04 09:00")
MARK = "Nguyễn Thị Đánh Dấu 0912 345 678"
SHAPES = (
    re.compile(r"tongdai-figures/1"),
    re.compile(r"[0-9]{5}"),
    re.compile(r"Xã Đại Lãnh"),
    re.compile(r"20[0-9]{2}-[0-9]{2}"),
    re.compile(r"[0-9a-f]{64}|[0-9a-f]{128}"),
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"),
)
"""Everything in a document that is no number is one of these."""


@pytest.fixture
def november(settings: Settings, times: WorkingTimes) -> Period:
    return next(one for one in due(settings, times, NOW) if (one.kind, one.name) == (MONTHLY, "2026-11"))


def chairman(conn: Connection) -> Person:
    number = accounts.add(
        conn, login="chutich", name="Lê Văn Chủ", role="chairman", password="lua chin ngoai dong", now=NOW
    )
    return Person(number, "chutich", "Lê Văn Chủ", "", "chairman", "vi", False, must_change_password=False)


def confirmed(conn: Connection, report: Report, text: str = MARK) -> Report:
    """The month as the chairman has confirmed it."""
    who = chairman(conn)
    for case in report.counted.late:
        late.keep(conn, report.id, case.code, {"owner": MARK, "cause": MARK, "remedy": MARK}, who, NOW)
    made.confirm(conn, report, report.version, text, who, NOW)
    found = made.of_id(conn, report.id)
    assert found is not None
    return found


def busy(conn: Connection, book: Open) -> None:
    """A month of a commune: ratings of six callers, of whom two answered all; tickets, one answered late."""
    writes = book(conn)
    for day in range(2, 8):
        writes.rate(f"2026-11-{day:02d} 09:00", 5, 4, 5, 3 if day > 5 else None, 5)
    for day in range(9, 16):
        one = writes.ticket(
            f"2026-11-{day:02d} 09:00", kind="feedback", topic="process", category=None, urgent=False
        )
        writes.close(one, f"2026-11-{day + 2:02d} 10:00", cause=MARK, remedy=MARK)
    missed = writes.ticket("2026-10-26 09:00", kind="feedback", topic="process", category=None, urgent=False)
    writes.close(missed, "2026-11-18 09:00", cause=MARK, remedy=MARK)


def leaves(value: Any) -> Iterator[Any]:
    """Every value of a JSON text that is not made of others."""
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def office_of(settings: Settings, folder: Path) -> Settings:
    return dataclasses.replace(settings, data_folder=folder)


@pytest.mark.row("004-18")
def test_the_figures_of_a_month_leave_once_the_chairman_has_confirmed_and_not_before(
    database: Database, settings: Settings, book: Open, make: Make, november: Period, tmp_path: Path
) -> None:
    here = office_of(settings, tmp_path)
    with database.writing() as conn:
        busy(conn, book)
        report = make(conn, november)
    assert issue.issue_due(database, here, NOW) == []
    assert not (tmp_path / FIGURES).exists()
    with database.writing() as conn:
        report = confirmed(conn, report)
    (document,) = issue.issue_due(database, here, NOW)
    file = tmp_path / FIGURES / "22504-2026-11-v1.json"
    assert signed.read(file.read_bytes()) == document
    one = document.figures
    assert (one.office, one.name, one.report, one.report_hash) == (
        "22504",
        "Xã Đại Lãnh",
        report.id,
        hash_of(report),
    )
    assert [(each.part, each.of) for each in one.criteria] == [(6, 6), (6, 6), (6, 6), (None, None), (6, 6)]
    assert (one.deadlines.answer.part, one.deadlines.answer.of) == (7, 8)
    assert (one.index.part, one.hides) == (None, True)
    with database.reading() as conn:
        assert conn.execute(
            select(journal.c.subject).where(journal.c.act == "give_figures")
        ).scalars().all() == [f"report:{report.id}"]


@pytest.mark.row("T-28")
def test_nothing_personal_leaves_whatever_the_report_holds(
    database: Database, settings: Settings, book: Open, make: Make, november: Period, tmp_path: Path
) -> None:
    here = office_of(settings, tmp_path)
    with database.writing() as conn:
        busy(conn, book)
        report = confirmed(conn, make(conn, november))
        kept = json.loads(report.figures)
        marked = {"label": MARK, "cause": MARK, "remedy": MARK, "owner": MARK, "text": MARK, "agency": MARK}
        for one in [*kept["figures"], *kept["late"], *kept["obstacles"], *kept["checks"], kept["letterhead"]]:
            one.update({name: text for name, text in marked.items() if name in one})
        everything = update(reports).where(reports.c.id == report.id)
        conn.execute(everything.values(figures=json.dumps(kept), remarks=MARK, team_part=MARK))
    (document,) = issue.issue_due(database, here, NOW)
    text = document.as_text()
    assert MARK in json.dumps(kept, ensure_ascii=False)
    values = list(leaves(json.loads(text)))
    odd = [
        one
        for one in values
        if not (one is None or type(one) is int or any(shape.fullmatch(one) for shape in SHAPES))
    ]
    assert odd == []
    assert not any(word in text for word in (*MARK.split()[:-3], "0912", "345", "+84"))


@pytest.mark.row("T-28")
def test_a_document_has_no_place_for_a_text(
    database: Database, settings: Settings, book: Open, make: Make, november: Period, tmp_path: Path
) -> None:
    with database.writing() as conn:
        busy(conn, book)
        confirmed(conn, make(conn, november))
    (document,) = issue.issue_due(database, office_of(settings, tmp_path), NOW)
    told = json.loads(document.as_text())["figures"]
    spoilt: list[dict[str, Any]] = [
        told | {"remarks": MARK},
        told | {"name": MARK},
        told | {"report_hash": MARK},
        told | {"office": MARK},
        told | {"month": MARK},
        told | {"counts": told["counts"] | {"calls": MARK}},
        told | {"counts": told["counts"] | {"who": MARK}},
        told | {"criteria": [{"part": 1, "of": 2, "label": MARK}]},
        told | {"criteria": [{"part": 3, "of": 2}]},
        told | {"criteria": [{"part": None, "of": 2}]},
        told | {"confirmed_at": MARK},
    ]
    taken = []
    for one in spoilt:
        try:
            taken.append(OfficeFigures.model_validate_json(json.dumps(one)))
        except ValueError:
            continue
    assert taken == []


def test_a_month_goes_out_once_and_anew_when_another_report_of_it_was_confirmed(
    database: Database, settings: Settings, book: Open, make: Make, november: Period, tmp_path: Path
) -> None:
    here = office_of(settings, tmp_path)
    with database.writing() as conn:
        busy(conn, book)
        report = confirmed(conn, make(conn, november))
    assert len(issue.issue_due(database, here, NOW)) == 1
    assert issue.issue_due(database, here, NOW) == []
    file = tmp_path / FIGURES / "22504-2026-11-v1.json"
    file.unlink()
    assert issue.issue_due(database, here, NOW) == []
    assert file.is_file()
    with database.writing() as conn:  # a restored database, in which the chairman confirmed with other words
        conn.execute(update(reports).where(reports.c.id == report.id).values(conclusion="Kết luận khác."))
    (again,) = issue.issue_due(database, here, NOW + timedelta(hours=1))
    assert (again.figures.version, again.file_name) == (2, "22504-2026-11-v2.json")
    assert file.is_file()


def test_an_office_that_is_no_commune_gives_nothing_out(
    database: Database, settings: Settings, book: Open, make: Make, november: Period, tmp_path: Path
) -> None:
    part = settings.office.model_copy(update={"agency": "Trung tâm Phục vụ hành chính công"})
    with database.writing() as conn:
        busy(conn, book)
        confirmed(conn, make(conn, november))
    assert (
        issue.issue_due(database, dataclasses.replace(office_of(settings, tmp_path), office=part), NOW) == []
    )


def test_a_changed_document_no_longer_fits_its_signature(
    database: Database, settings: Settings, book: Open, make: Make, november: Period, tmp_path: Path
) -> None:
    with database.writing() as conn:
        busy(conn, book)
        confirmed(conn, make(conn, november))
    (document,) = issue.issue_due(database, office_of(settings, tmp_path), NOW)
    told = json.loads(document.as_text())
    other = signed.signed(document.figures, bytes(32))
    spoilt = {
        "a figure": (told | {"figures": told["figures"] | {"report": 99}}, Refusal.FORGED),
        "another's key": (told | {"key": other.key}, Refusal.FORGED),
        "another's signature": (told | {"signature": other.signature}, Refusal.FORGED),
        "no key": (told | {"key": ""}, Refusal.FORGED),
        "no hex": (told | {"signature": "zz"}, Refusal.UNREADABLE),
        "more": (told | {"note": MARK}, Refusal.UNREADABLE),
        "less": ({"figures": told["figures"]}, Refusal.UNREADABLE),
        "a list": ([told], Refusal.UNREADABLE),
    }
    found = {}
    for name, (content, _) in spoilt.items():
        with pytest.raises(FiguresRefusedError) as refused:
            signed.read(json.dumps(content).encode())
        found[name] = refused.value.refusal
    assert found == {name: why for name, (_, why) in spoilt.items()}
    for odd in (b"", b"\xff", b"[" * 5000, b"null", b" " * 70_000):
        with pytest.raises(FiguresRefusedError):
            signed.read(odd)
