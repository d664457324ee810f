"""`tongdai index`: prints the satisfaction index of a period, per instrument and channel."""

from __future__ import annotations

import json

import click

from ivr.commands.book import opened

VERDICTS = {"reached": "đạt", "missed": "chưa đạt", "too_few": "chưa đủ mẫu"}


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
