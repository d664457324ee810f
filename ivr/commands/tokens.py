"""`tongdai tokens`: makes one-time codes for ratings by QR code."""

from __future__ import annotations

import json

import click

from ivr.commands.book import opened


@click.group(name="tokens", help="Mã dùng một lần để người dân đánh giá bằng mã QR.")
def tokens() -> None:
    """Gather the commands about codes."""


@tokens.command(help="Tạo mã mới. Mã chỉ hiện ra lần này.")
@click.option("--count", type=click.IntRange(1, 1000), default=1, show_default=True, help="Bao nhiêu mã.")
@click.option("--json", "as_json", is_flag=True, help="Mỗi dòng một mã bằng JSON.")
def new(count: int, as_json: bool) -> None:
    """Make codes and print each with its address."""
    from logbook.accounts import audit_log
    from logbook.ratings import tokens as book
    from logbook.settings.loading import load_settings

    address = load_settings().form_url
    with opened() as (database, now), database.writing() as conn:
        codes = book.make(conn, count, "cli", now)
        audit_log.write(conn, "cli", "make_tokens", "tokens", now, "", count=count)
    for code in codes:
        url = f"{address}/r/{code}"
        click.echo(json.dumps({"code": code, "url": url}) if as_json else f"{code}  {url}")
