"""`tongdai quota`: prints how many slips a month has, needs and lacks (003-05)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ivr.commands.book import opened

if TYPE_CHECKING:
    from logbook.dossiers.quota import Quota


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
