"""`tongdai calls`, `tickets`, `ratings`, `officials`: lists rows as a table or as one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy import Connection

from ivr.commands.book import opened

Row = Mapping[str, Any]
MOST = click.IntRange(1, 1_000_000)

WORDS = {
    "guidance": "hướng dẫn",
    "complaint": "phản ánh",
    "status": "tra cứu",
    "rating": "đánh giá",
    "clerk": "gặp cán bộ",
    "goodbye": "kết thúc đủ",
    "hung_up": "người gọi gác máy",
    "lost": "mất liên lạc",
    "individual": "cá nhân",
    "organisation": "tổ chức",
    "new": "mới",
    "classified": "đã phân loại",
    "assigned": "đã giao",
    "transferred": "đã chuyển",
    "waiting_for_caller": "chờ người dân bổ sung",
    "answered": "đã trả lời",
    "closed": "đã đóng",
    "guided": "đã hướng dẫn",
    "unclassified": "chưa phân loại",
    "started": "đang làm",
    "partial": "một phần",
    "complete": "đủ",
    "refused": "từ chối",
    "pending": "đang lấy về",
    "stored": "đã lưu",
    "absent": "không có tiếng",
    "unplayable": "không nghe được",
    "given_up": "chưa tải được",
    "removed": "đã xóa theo hạn",
    "civil_servant": "cán bộ, công chức",
    "worker": "người lao động",
    "militia": "dân quân",
    "youth": "đoàn viên, thanh niên",
    "front": "Mặt trận",
    "association": "hội, đoàn thể",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, newest first.")
@click.option("--most", type=MOST, default=50, show_default=True, help="How many rows.")
def calls(as_json: bool, most: int) -> None:
    """List telephone calls, newest first."""
    from logbook.calls import history

    def rows(conn: Connection) -> Iterator[Row]:
        for call in history.recent(conn, most):
            yield {
                "sid": call.sid,
                "started_at": call.started_at,
                "caller": _masked(call.caller_number),
                "purpose": call.purpose,
                "outcome": call.outcome,
                "turns": call.turn,
                "seconds": call.duration,
            }

    _show(rows, as_json, ("Bắt đầu", "Số gọi", "Việc", "Kết thúc", "Lượt", "Giây"), 1)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, newest first.")
@click.option("--most", type=MOST, default=50, show_default=True, help="How many rows.")
def tickets(as_json: bool, most: int) -> None:
    """List tickets, newest first."""
    from logbook.recordings import recordings
    from logbook.tickets import tickets

    def rows(conn: Connection) -> Iterator[Row]:
        for ticket in tickets.recent(conn, most):
            audio = None if ticket.recording_id is None else recordings.find(conn, ticket.recording_id)
            yield {
                "code": ticket.code,
                "opened_at": ticket.opened_at,
                "caller": _masked(ticket.caller_number),
                "caller_type": ticket.caller_type,
                "state": ticket.state,
                "answer_due_at": ticket.answer_due_at,
                "audio": None if audio is None else audio.state,
                "audio_seconds": None if audio is None else audio.seconds,
            }

    _show(
        rows,
        as_json,
        ("Mã", "Tiếp nhận", "Số gọi", "Người gọi", "Trạng thái", "Hạn trả lời", "Ghi âm", "Giây"),
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, newest first.")
@click.option("--most", type=MOST, default=50, show_default=True, help="How many rows.")
def ratings(as_json: bool, most: int) -> None:
    """List ratings, newest first."""
    from logbook.calls import ratings

    def rows(conn: Connection) -> Iterator[Row]:
        for response in ratings.recent(conn, most):
            yield {
                "id": response.id,
                "started_at": response.started_at,
                "state": response.state,
                "ratings": response.ratings,
            }

    _show(rows, as_json, ("Bắt đầu", "Tình trạng", "Điểm từng tiêu chí"), 1)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, by name.")
def officials(as_json: bool) -> None:
    """List the register of officials, by name; telephone numbers are masked."""
    from logbook.officials import register

    def rows(conn: Connection) -> Iterator[Row]:
        for one in register.listed(conn):
            yield {
                "key": one.key,
                "name": one.name,
                "title": one.title,
                "unit": one.unit,
                "organisation": one.organisation.value,
                "from": one.since,
                "until": one.until,
                "account": one.login,
                "telephone": None if one.telephone is None else _masked(one.telephone),
            }

    _show(
        rows,
        as_json,
        ("Mã", "Họ tên", "Chức danh", "Đơn vị", "Tổ chức", "Từ", "Đến", "Tài khoản", "Điện thoại"),
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def instruments(as_json: bool) -> None:
    """List the instruments of the survey: what is asked, by which channels, and what it rests on."""
    from logbook.ratings.instruments import registry
    from logbook.settings.loading import load_settings

    for one in registry(load_settings()).values():
        if as_json:
            details = one.model_dump(mode="json") | {"scale": [one.lowest, one.highest]}
            click.echo(json.dumps(details, ensure_ascii=False))
            continue
        click.echo(f"{one.key} {one.version}  {one.title}\n  {one.legal_basis}; {', '.join(one.channels)}")
        for criterion in one.criteria:
            click.echo(f"  - {criterion.name}")


def _show(
    rows: Callable[[Connection], Iterator[Row]],
    as_json: bool,
    head: Sequence[str],
    skip: int = 0,
) -> None:
    with _book() as conn:
        found = list(rows(conn))
    if as_json:
        for row in found:
            click.echo(json.dumps({key: _plain(value) for key, value in row.items()}, ensure_ascii=False))
        return
    if not found:
        click.echo("Chưa có gì trong sổ.")
        return
    table = [tuple(head), *(tuple(_word(value) for value in list(row.values())[skip:]) for row in found)]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@contextmanager
def _book() -> Iterator[Connection]:
    with opened() as (database, _), database.reading() as conn:
        yield conn


def _masked(number: str | None) -> str:
    from logbook import phone_numbers

    return "ẩn số" if number is None else phone_numbers.masked(number)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _word(value: object) -> str:
    from logbook.clock import local

    match value:
        case None:
            return "–"
        case datetime():
            return local(value).strftime("%d/%m/%Y %H:%M")
        case date():
            return value.strftime("%d/%m/%Y")
        case dict():
            return " ".join(f"{key}={'bỏ qua' if mark is None else mark}" for key, mark in value.items())
        case str():
            return WORDS.get(value, value)
        case _:
            return str(value)
