"""`tongdai user`: makes and changes console accounts from the server, the first administrator's too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

import click
from sqlalchemy import Connection

from ivr.commands.book import opened

if TYPE_CHECKING:
    from logbook.accounts.administration import Account

WHO = "cli"
"""Who stands in the audit log for what is done here."""


@click.group(name="user", help="Người dùng của trang làm việc: thêm, cấp lại mật khẩu, xem, khóa.")
def user() -> None:
    """Gather the commands about accounts."""


@user.command(help="Thêm người dùng LOGIN. Mật khẩu được hỏi hai lần, không hiện trên màn hình.")
@click.argument("login")
@click.option("--name", required=True, help="Họ và tên.")
@click.option("--role", required=True, help="Vai trò: clerk, head_of_office, administrator...")
@click.option("--title", default="", help="Chức danh.")
@click.option("--telephone", default="", help="Số điện thoại.")
@click.option("--restricted", is_flag=True, help="Được xem khiếu nại, tố cáo.")
@click.option("--last-day", default="", help="Ngày cuối cùng dùng được, dạng 2026-12-31.")
@click.option("--password-stdin", is_flag=True, help="Đọc mật khẩu từ đầu vào chuẩn.")
def add(
    login: str,
    name: str,
    role: str,
    title: str,
    telephone: str,
    restricted: bool,
    last_day: str,
    password_stdin: bool,
) -> None:
    """Make an account with a password of the person's own choice."""
    from logbook.accounts import administration, audit_log
    from logbook.accounts.administration import AccountDetails

    password = password_of(password_stdin)
    with _book() as (conn, now):
        details = AccountDetails(name, title, role, telephone, restricted, last_day)
        made, _ = administration.add(conn, login, details, now, password)
        account = administration.find(conn, made)
        audit_log.write(conn, WHO, "add_person", f"person:{made}", now, role=role, restricted=restricted)
    click.echo(f"Đã thêm {account.login if account else login}.")


@user.command(help="Đặt lại mật khẩu của LOGIN.")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Đọc mật khẩu từ đầu vào chuẩn.")
@click.option("--drop-second-factor", is_flag=True, help="Tắt cả xác thực hai lớp (mất điện thoại).")
def reset(login: str, password_stdin: bool, drop_second_factor: bool) -> None:
    """Give a new password, and take away a lost second factor; every session of the person ends."""
    from logbook.accounts import accounts, administration, audit_log

    password = password_of(password_stdin)
    hashed = accounts.hashed(password)
    with _book() as (conn, now):
        account = _of(conn, login)
        accounts.set_password(conn, account.id, hashed, must_change=False)
        audit_log.write(conn, WHO, "reset_password", f"person:{account.id}", now)
        if drop_second_factor:
            administration.drop_second_factor(conn, account.id)
            audit_log.write(conn, WHO, "drop_second_factor", f"person:{account.id}", now)
    click.echo(f"Đã đặt lại mật khẩu của {account.login}.")


@user.command(name="list", help="Liệt kê người dùng.")
def list_() -> None:
    """Print every account: login, role, name, and what is special about it."""
    from logbook.accounts import administration

    with _book() as (conn, _):
        everybody = administration.listed(conn)
    for account in everybody:
        marks = {
            "đã khóa": account.disabled_at is not None,
            "hai lớp": account.has_second_factor,
            "xem khiếu nại, tố cáo": account.sees_restricted,
            "tài khoản mẫu": account.demo,
        }
        details = "; ".join(mark for mark, holds in marks.items() if holds)
        click.echo(
            f"{account.login:<20} {account.role:<16} {account.name}" + (f"  ({details})" if details else "")
        )
    if not everybody:
        click.echo("Chưa có ai. Thêm: tongdai user add TÊN --name 'HỌ TÊN' --role administrator")


@user.command(help="Khóa tài khoản LOGIN; việc người đó đã làm vẫn còn trong sổ.")
@click.argument("login")
def disable(login: str) -> None:
    """Shut an account; the last administrator's stays."""
    from logbook.accounts import administration, audit_log

    with _book() as (conn, now):
        account = _of(conn, login)
        administration.disable(conn, None, account.id, now)
        audit_log.write(conn, WHO, "disable_person", f"person:{account.id}", now)
    click.echo(f"Đã khóa {account.login}.")


def _of(conn: Connection, login: str) -> Account:
    from logbook.accounts import administration

    account = administration.find_login(conn, login)
    if account is None:
        raise click.ClickException(f"Không có người dùng {login}; xem: tongdai user list")
    return account


def password_of(from_stdin: bool) -> str:
    """The first line of standing input, or what was typed twice alike without being shown."""
    if from_stdin:
        return _piped(sys.stdin.buffer)
    from logbook import typed

    while True:
        first: str = click.prompt("Mật khẩu", hide_input=True)
        again: str = click.prompt("Gõ lại mật khẩu", hide_input=True)
        if typed.password(first) == typed.password(again):
            return first
        click.echo("Hai lần gõ không giống nhau. Xin gõ lại.")


def _piped(stream: BinaryIO) -> str:
    """The first line that is not empty, without the mark some programs put before a text (B-14)."""
    line = stream.readline()
    try:
        if line.startswith((b"\xff\xfe", b"\xfe\xff")):  # what PowerShell writes
            text = (line + stream.read(8192)).decode("utf-16")
        else:
            text = (line + (b"" if line.strip(b"\xef\xbb\xbf\r\n") else stream.readline())).decode(
                "utf-8-sig"
            )
    except UnicodeDecodeError:
        raise click.ClickException("Không đọc được mật khẩu: hãy gửi vào bằng bảng mã UTF-8.") from None
    return next(iter(text.strip("\ufeff\r\n").splitlines()), "")


@contextmanager
def _book() -> Iterator[tuple[Connection, datetime]]:
    """One transaction on the database; what is refused is said in one Vietnamese sentence, exit 1."""
    from logbook.accounts.accounts import AccountRefusedError
    from logbook.texts.catalogue import load_texts

    try:
        with opened() as (database, now), database.writing() as conn:
            yield conn, now
    except AccountRefusedError as refused:
        raise click.ClickException(load_texts()["vi"].sentence(str(refused.args[0]))) from refused
