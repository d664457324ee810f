"""`tongdai province`: an office's signed figures, and the province's own accounts and offices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.offices.folder import installation
from ivr.commands.offices.folder import province as opened_province

if TYPE_CHECKING:
    from logbook.console.words import Words

_FOLDER = click.Path(path_type=Path, file_okay=False)


def _month(_ctx: click.Context, _parameter: click.Parameter, typed: str | None) -> str | None:
    from logbook.province import figures as shape

    if typed is not None and not shape.is_month(typed):
        raise click.ClickException("Tháng phải viết như 2026-11.")
    return typed


@click.group(name="province", help="Số liệu tháng đã xác nhận: đơn vị đưa ra, tỉnh nhận và xem.")
def province() -> None:
    """Gather the commands about figures that leave an office."""


@province.command(help="Đưa số liệu đã xác nhận của THÁNG (2026-11) ra thành tệp có chữ ký của đơn vị.")
@click.argument("month", callback=_month)
@click.option("--out", type=_FOLDER, default=Path(), help="Thư mục để tệp vào.")
def figures(month: str, out: Path) -> None:
    """Write the month's signed document; exit status 1 while its report is not confirmed."""
    from ivr.commands.book import opened
    from logbook.reports.leaving import issue
    from logbook.settings.loading import load_settings

    settings = load_settings()
    with opened() as (database, now):
        issue.issue_due(database, settings, now)
        with database.reading() as conn:
            found = issue.given_out(conn, month)
    if not found:
        raise click.ClickException(
            "Chưa có số liệu của tháng này: báo cáo tháng chưa được Chủ tịch xác nhận,"
            " hoặc cơ quan không có trong danh sách xã, phường."
        )
    click.echo(f"Đã ghi {issue.write(found[-1], out)}")


@province.command(help="In mã và khóa công khai của đơn vị, để tỉnh nhận ra chữ ký.")
def key() -> None:
    """Print what the province enrols an office with."""
    from logbook.reports.leaving import issue
    from logbook.settings import communes
    from logbook.settings.loading import load_settings

    settings = load_settings()
    commune = communes.of_agency(settings.office.agency, settings.office.province)
    if commune is None:
        raise click.ClickException("Cơ quan trong config.yaml không có trong danh sách xã, phường.")
    click.echo(f"{commune.code} {issue.public_key(settings)}")


@province.command(help="Theo dõi đơn vị MÃ ở cài đặt khác, ký bằng KHÓA (xem: tongdai province key).")
@click.argument("code")
@click.argument("key")
@click.option(
    "--since", callback=_month, help="Tháng đầu tiên phải có báo cáo, ví dụ 2026-11; mặc định: tháng này."
)
def trust(code: str, key: str, since: str | None) -> None:
    """Await the figures of an office elsewhere."""
    import re

    from logbook.clock import local
    from logbook.province import register
    from logbook.settings import communes

    commune = communes.of_code(code)
    if commune is None:
        raise click.ClickException(f"Không có xã, phường nào mang mã {code} trong danh sách.")
    if re.fullmatch(r"[0-9a-f]{64}", key) is None:
        raise click.ClickException(
            "Khóa phải gồm 64 chữ số hệ mười sáu, như lệnh tongdai province key đã in."
        )
    with opened_province(installation()) as (opened, now), opened.database.writing() as conn:
        register.enrol(conn, code, key, since or f"{local(now):%Y-%m}")
    click.echo(f"Tỉnh theo dõi {commune.name} ({code}).")


@province.command(help="Nhận số liệu của các đơn vị trong cài đặt, và từ các TỆP được gửi tới.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Mỗi tệp một dòng JSON.")
def collect(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Take documents in; exit status 1 where one was refused."""
    from logbook.console.province import shown
    from logbook.province import collecting

    offices = installation()
    given = [one for file in files for one in (collecting.documents_in([file]) if file.is_dir() else [file])]
    with opened_province(offices) as (opened, now):
        here = collecting.documents_in(collecting.folders_of(offices.folder))
        found = collecting.collect(opened.database, [*here, *given], now)
    words = _words()
    said = {"new": "đã nhận", "correction": "đã nhận bản sửa", "known": "đã có từ trước"}
    for one in found:
        text = shown.refusal(one.refusal, words) if one.refusal else said[one.taken or "known"]
        if as_json:
            told = {"file": str(one.file), "taken": one.taken, "refused": one.refusal, "said": text}
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo(f"{one.file}: {text}", err=one.refusal is not None)
    if any(one.refusal for one in found):
        raise SystemExit(1)


@province.command(help="Cho biết đơn vị nào đã có, chưa có số liệu của THÁNG.")
@click.argument("month", callback=_month)
@click.option("--json", "as_json", is_flag=True, help="In bằng JSON.")
def status(month: str, *, as_json: bool) -> None:
    """Print who has confirmed and who is missing."""
    from logbook.console.province import shown, table
    from logbook.console.province.letter import summary

    with opened_province(installation()) as (opened, _), opened.database.reading() as conn:
        found = table.of_month(conn, month)
    words = _words()
    if as_json:
        there, missing = [one.code for one in found.confirmed], [one.code for one in found.missing]
        click.echo(json.dumps({"month": month, "confirmed": there, "missing": missing}))
        return
    for sentence in summary(found, words):
        click.echo(sentence)
    for row in found.rows:
        report = words("province_no_report") if row.received is None else shown.report(row.received, words)
        click.echo(f"  {row.code}  {row.name}: {report}")


@province.command(help="Thêm người xem số liệu của tỉnh. Mật khẩu được hỏi hai lần.")
@click.argument("login")
@click.option("--name", required=True, help="Họ và tên.")
@click.option("--title", default="", help="Chức danh.")
@click.option("--password-stdin", is_flag=True, help="Đọc mật khẩu từ đầu vào chuẩn.")
def user(login: str, name: str, title: str, *, password_stdin: bool) -> None:
    """Make an account of the province; it opens no page of an office."""
    from ivr.commands.user import password_of
    from logbook.accounts import accounts, audit_log
    from logbook.accounts.rights import PROVINCE

    password = password_of(password_stdin)
    with opened_province(installation()) as (opened, now):
        try:
            hashed = accounts.hashed(password)
            with opened.database.writing() as conn:
                made = accounts.add(
                    conn,
                    login=login,
                    name=name,
                    title=title,
                    role=PROVINCE,
                    password=hashed,
                    now=now,
                    must_change_password=False,
                )
                audit_log.write(
                    conn, "cli", "add_person", f"person:{made}", now, role=PROVINCE, restricted=False
                )
        except accounts.AccountRefusedError as refused:
            raise click.ClickException(_words()(refused.args[0])) from None
        address = opened.settings.public_url
    click.echo(f"Đã thêm {login}. Đăng nhập tại {address}/console")


@province.command(
    help="Tạo một tỉnh mẫu: mỗi xã, phường của TỈNH là một đơn vị, có sẵn một tháng nhỏ đã xác nhận."
)
@click.argument("name", metavar="TỈNH", default="tỉnh Khánh Hòa")
@click.option(
    "--offices", "most", type=click.IntRange(1, 200), default=200, help="Nhiều nhất bấy nhiêu đơn vị."
)
@click.option("--address", default="http://127.0.0.1:8000", help="Địa chỉ chung.")
def sample(name: str, most: int, address: str) -> None:
    """Make an installation with every commune of a province and print how to serve and call it."""
    from ivr.commands.offices import sampling

    sampling.make(name, most, address)


def _words() -> Words:
    from logbook.console.words import Words as Spoken
    from logbook.texts.catalogue import load_texts

    return Spoken(load_texts()["vi"])
