"""`tongdai close` and `tongdai reopen`: shut the line by hand for a storm, an election, a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from sqlalchemy import Connection

from ivr.commands.book import opened


@click.command()
@click.argument("reason")
@click.option("--from", "begins", help="When it begins, e.g. 2026-11-26T08:00; now when left out.")
@click.option("--until", help="When the line opens again by itself; until `tongdai reopen` when left out.")
@click.option("--by", "who", default="quản trị", show_default=True, help="Who decided it.")
def close(reason: str, begins: str | None, until: str | None, who: str) -> None:
    """Close the line by hand; callers hear REASON and may still leave a complaint."""
    from logbook.calendar import closures
    from logbook.plain_text import TooLongError, whole_text

    try:
        reason = whole_text(reason, 500)
    except TooLongError as words:
        message = f"lý do dài {words.given} chữ, nhận nhiều nhất {words.limit} chữ"
        raise click.BadParameter(message, param_hint="REASON") from None
    if not reason:
        raise click.BadParameter("cần ghi lý do để đọc cho người gọi", param_hint="REASON")
    with _book() as (conn, now):
        starts = _moment(begins) if begins else now
        ends = _moment(until) if until else None
        if ends is not None and ends <= starts:
            raise click.BadParameter("thời điểm kết thúc phải sau thời điểm bắt đầu", param_hint="--until")
        closures.close_line(conn, starts, ends, reason, who, now)
    click.echo(f"Đã đóng đường dây: {reason}." + ("" if until else " Mở lại bằng: tongdai reopen"))


@click.command()
def reopen() -> None:
    """End every closure by hand that holds now."""
    from logbook.calendar import closures

    with _book() as (conn, now):
        ended = closures.reopen_line(conn, now)
    click.echo("Đã mở lại đường dây." if ended else "Đường dây không bị đóng tay lúc này.")


@contextmanager
def _book() -> Iterator[tuple[Connection, datetime]]:
    with opened() as (database, now), database.writing() as conn:
        yield conn, now


def _moment(text: str) -> datetime:
    from logbook.clock import parse_moment

    try:
        return parse_moment(text)
    except ValueError as problem:
        raise click.BadParameter(f"không đọc được thời điểm: {text}") from problem
