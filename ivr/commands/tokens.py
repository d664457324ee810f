"""`tongdai tokens` makes one-time codes for ratings, `tongdai api` tokens of other systems that may read."""

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


@click.group(name="api", help="Mã truy cập cho hệ thống khác được đọc số liệu qua /api/v1.")
def api() -> None:
    """Gather the commands about tokens."""


@api.command(name="new", help="Cấp mã truy cập cho hệ thống NAME. Mã chỉ hiện ra lần này.")
@click.argument("name")
@click.option("--right", "rights", multiple=True, required=True, help="tickets, contents, callers, calls...")
@click.option(
    "--days", type=click.IntRange(1, 730), default=365, show_default=True, help="Dùng được mấy ngày."
)
def new_client(name: str, rights: tuple[str, ...], days: int) -> None:
    """Make a client and print its token, once."""
    from logbook.accounts import api_clients, audit_log
    from logbook.accounts.api_clients import ApiClientRefusedError, ApiRight
    from logbook.texts.catalogue import load_texts

    if unknown := set(rights) - set(ApiRight):
        raise click.ClickException(f"Không có quyền {', '.join(sorted(unknown))}; có: {', '.join(ApiRight)}")
    try:
        with opened() as (database, now), database.writing() as conn:
            made, token = api_clients.make(conn, name, rights, days, "cli", now)
            subject, given = f"api_client:{made}", " ".join(sorted(set(rights)))
            audit_log.write(conn, "cli", "make_api_client", subject, now, rights=given, days=days)
    except ApiClientRefusedError as refused:
        raise click.ClickException(load_texts()["vi"].sentence(str(refused.args[0]))) from refused
    click.echo(token)
    click.echo("Mã chỉ hiện lần này; xin chép ngay vào phần mềm sẽ dùng.", err=True)


@api.command(name="list", help="Liệt kê các hệ thống được đọc.")
def list_() -> None:
    """Print every client, its rights and how it stands."""
    from logbook.accounts import api_clients

    with opened() as (database, now), database.reading() as conn:
        found = api_clients.listed(conn)
    for one in found:
        state = "hết dùng" if one.ended(now) else f"đến {one.expires_at:%d/%m/%Y}"
        click.echo(f"{one.id:>4}  {one.name:<32} {' '.join(sorted(one.rights)):<32} {state}")
    if not found:
        click.echo("Chưa có. Cấp: tongdai api new 'TÊN HỆ THỐNG' --right tickets")


@api.command(help="Thu hồi mã truy cập số NUMBER.")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
def revoke(number: int) -> None:
    """End a token at once."""
    from logbook.accounts import api_clients, audit_log

    with opened() as (database, now), database.writing() as conn:
        if not api_clients.revoke(conn, number, now):
            raise click.ClickException(
                f"Không có mã truy cập số {number} đang dùng được; xem: tongdai api list"
            )
        audit_log.write(conn, "cli", "revoke_api_client", f"api_client:{number}", now)
    click.echo("Đã thu hồi.")
