"""`tongdai quota`, `index`, `allowance`: print the figures of a month or a period."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import click

from ivr.commands.book import opened
from ivr.commands.calendar import parse_month

if TYPE_CHECKING:
    from logbook.dossiers.quota import Quota

VERDICTS = {"reached": "đạt", "missed": "chưa đạt", "too_few": "chưa đủ mẫu"}


@click.command(help="Số phiếu khảo sát so với số hồ sơ đã giải quyết trong tháng, ví dụ 2026-11.")
@click.argument("month", required=False)
@click.option("--json", "as_json", is_flag=True, help="In kết quả bằng JSON.")
def quota(month: str | None, as_json: bool) -> None:
    """Print the quota of a month; without one, of this month."""
    from logbook.dossiers import quota as quotas
    from logbook.dossiers.months import Month
    from logbook.settings.loading import load_settings

    percent = load_settings().dossiers.quota_percent
    with opened() as (database, now):
        try:
            of = Month.of(now) if month is None else Month.read(month)
        except ValueError:
            raise click.UsageError("Tháng phải có dạng 2026-11, từ năm 2000 đến năm 2099.") from None
        with database.reading() as conn:
            found = quotas.of_month(conn, of, percent)
            fields = quotas.by_field(conn, of, percent)
    if as_json:
        click.echo(json.dumps({"month": str(of), **_figures(found)}, ensure_ascii=False))
        return
    click.echo(f"Tháng {of.shown}: {_said(found)}")
    for one in fields:
        click.echo(f"  {one.field}: {_said(one.quota)}")


def _figures(found: Quota) -> dict[str, object]:
    names = ("finished", "slips", "required", "missing", "reached")
    return {name: getattr(found, name) for name in names}


def _said(found: Quota) -> str:
    if found.reached is None:
        return "không có hồ sơ."
    counts = f"{found.finished} hồ sơ, {found.slips} phiếu, cần {found.required}"
    return f"{counts}: " + ("đạt." if found.reached else f"thiếu {found.missing}.")


@click.command(name="index")
@click.argument("period", required=False)
@click.option("--json", "as_json", is_flag=True, help="In bằng JSON.")
@click.option("--year-to-date", is_flag=True, help="Từ 01/01 đến hết khoảng thời gian đó.")
def index(period: str | None, as_json: bool, year_to_date: bool) -> None:
    """Print the index of PERIOD: 2026-11, 2026-Q4, 2026-W48 or 2026."""
    from logbook.ratings import index as figures
    from logbook.ratings import spans
    from logbook.settings.loading import load_settings

    if period is None:
        raise click.ClickException("Thiếu khoảng thời gian; hãy ghi như 2026-11, 2026-Q4 hoặc 2026.")
    span = spans.read(period)
    if span is None:
        raise click.ClickException(f"Không hiểu {period}; hãy ghi như 2026-11, 2026-Q4, 2026-W48 hoặc 2026.")
    span = span.year_to_date() if year_to_date else span
    settings = load_settings()
    with opened() as (database, _), database.reading() as conn:
        found = figures.figures(conn, settings, span)
    if as_json:
        click.echo(json.dumps(figures.as_json(span, found), ensure_ascii=False))
        return
    for one in found:
        verdict = "" if one.verdict is None else f": {VERDICTS[one.verdict]}"
        click.echo(f"{one.key} {one.version}, {one.channel}, {one.n} người{verdict}")
        for each in one.criteria:
            low, high = each.interval or (0.0, 0.0)
            share = "–" if each.percent is None else f"{each.percent:5.1f}% ({low:.1f}–{high:.1f})"
            click.echo(f"  {each.satisfied}/{each.n}  {share}  {each.name}")


@click.command("allowance")
@click.argument("month")
@click.option("--json", "as_json", is_flag=True, help="Một đối tượng JSON.")
def allowance(month: str, as_json: bool) -> None:
    """Danh sách hỗ trợ kinh phí của một tháng, ví dụ 2026-11."""
    from logbook.calendar import closures
    from logbook.calendar.of_settings import working_times
    from logbook.duty.allowance import dotted, of_month
    from logbook.settings.errors import SettingsError
    from logbook.settings.loading import load_settings

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
