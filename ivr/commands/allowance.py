"""`tongdai allowance`: prints what the helpers earned in a month."""

from __future__ import annotations

import json
from datetime import date

import click

from ivr.commands.book import opened
from ivr.commands.calendar import parse_month
from logbook.calendar import closures
from logbook.calendar.of_settings import working_times
from logbook.duty.allowance import dotted, of_month
from logbook.settings.errors import SettingsError
from logbook.settings.loading import load_settings


@click.command("allowance")
@click.argument("month")
@click.option("--json", "as_json", is_flag=True, help="Một đối tượng JSON.")
def allowance(month: str, as_json: bool) -> None:
    """Danh sách hỗ trợ kinh phí của một tháng, ví dụ 2026-11."""
    try:
        year, number = parse_month(month)
    except ValueError:
        msg = "Tháng phải có dạng 2026-11, từ năm 2000 đến năm 2099."
        raise click.UsageError(msg) from None
    try:
        settings = load_settings()
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    with opened() as (database, now), database.reading() as conn:
        times = working_times(settings, closures.overrides(conn))
        first = date(year, number, 1)
        found = of_month(conn, settings.duty, times, settings.team.allowance, first, now)
    if as_json:
        rows = [{"person": row.person, "days": row.days, "amount": row.amount} for row in found.rows]
        details = {"month": f"{year}-{number:02d}", "rows": rows, "total": found.total}
        click.echo(json.dumps(details, ensure_ascii=False))
        return
    for row in found.rows:
        click.echo(f"{row.name}: {row.days} ngày, {dotted(row.amount)} đồng")
    click.echo(f"Tổng cộng: {dotted(found.total)} đồng")
