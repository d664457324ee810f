"""Obstacles: entered once, removed once with a note, and shown as they stood at the period's end."""

import pytest

from logbook.accounts import audit_log
from logbook.database.engine import Database
from logbook.reports import obstacles
from tests.logbook.book_of_cases import hire
from tests.logbook.reports.busy_book import at

BEGINS, ENDS = at("2026-11-13 16:00"), at("2026-11-20 16:00")


@pytest.mark.row("001-18")
def test_open_ones_and_those_removed_in_the_period_are_told_as_they_stood_then(database: Database) -> None:
    with database.writing() as conn:
        head = hire(conn, at("2026-10-01 09:00"))["head_of_office"]

        def entered(text: str, when: str, gone: str | None = None) -> None:
            number = obstacles.enter(conn, text, "Đỗ Văn Hải", head, at(when))
            assert number is not None
            if gone is not None:
                assert obstacles.resolve(conn, number, f"xong {text}", head, at(gone))

        entered("gone before", "2026-11-02 09:00", "2026-11-13 15:59")
        entered("gone at its beginning", "2026-11-02 09:00", "2026-11-13 16:00")
        entered("open", "2026-11-02 09:00")
        entered("gone at its end", "2026-11-19 09:00", "2026-11-20 16:00")
        entered("entered at its end", "2026-11-20 16:00")
        seen = obstacles.reported(conn, BEGINS, ENDS)
    assert [(one.text, one.resolution) for one in seen] == [
        ("gone at its beginning", "xong gone at its beginning"),
        ("open", ""),
        ("gone at its end", ""),
    ]
    assert seen[0].resolved_at == BEGINS
    assert seen[2].resolved_at is None


@pytest.mark.row("001-18")
def test_an_obstacle_is_removed_once_with_a_note_and_stays_in_the_book(database: Database) -> None:
    with database.writing() as conn:
        head = hire(conn, at("2026-10-01 09:00"))["head_of_office"]
        number = obstacles.enter(conn, " máy in \n hỏng\x00 ", "Tổ", head, at("2026-11-16 09:00"))
        assert number is not None
        for text, owner in ((" ", "Tổ"), ("máy in", "\n")):
            with pytest.raises(ValueError, match="words"):
                obstacles.enter(conn, text, owner, head, at("2026-11-16 09:00"))
        with pytest.raises(ValueError, match="words"):
            obstacles.resolve(conn, number, " ", head, at("2026-11-17 09:00"))
        assert [one.text for one in obstacles.open_ones(conn)] == ["máy in hỏng"]
        assert obstacles.resolve(conn, number, "đã thay", head, at("2026-11-17 09:00"))
        assert not obstacles.resolve(conn, number, "khác", head, at("2026-11-18 09:00"))
        assert not obstacles.resolve(conn, 999, "khác", head, at("2026-11-18 09:00"))
        assert obstacles.open_ones(conn) == []
        assert [(one.resolution, one.resolved_at) for one in obstacles.resolved(conn, 9)] == [
            ("đã thay", at("2026-11-17 09:00"))
        ]
        assert obstacles.resolved(conn, 9, before=number) == []
        acts = [line.act for line in reversed(audit_log.recent(conn, 9, subject=f"obstacle:{number}"))]
    assert acts == ["enter_obstacle", "resolve_obstacle"]


def test_a_form_sent_twice_enters_one_and_the_same_trouble_another_day_is_another(database: Database) -> None:
    with database.writing() as conn:
        head = hire(conn, at("2026-10-01 09:00"))["head_of_office"]
        moments = ("2026-11-16 09:00", "2026-11-16 23:59", "2026-11-17 00:00")
        numbers = [obstacles.enter(conn, "máy in hỏng", "Tổ", head, at(when)) for when in moments]
        assert [number is None for number in numbers] == [False, True, False]
        assert len(obstacles.open_ones(conn)) == 2
