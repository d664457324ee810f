"""`tongdai office`: adds, lists, exports, moves and removes the offices of one installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.offices.folder import NotMovedError, entry_of, installation, province
from ivr.running.own_name import own_name

if TYPE_CHECKING:
    from ivr.commands.offices.moving import Moved
    from logbook.offices.register import OfficeEntry, Offices

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(name="office", help="Các đơn vị của một cài đặt: thêm, liệt kê, xuất, chuyển, gỡ.")
def office() -> None:
    """Gather the commands about offices."""


@office.command(help="Thêm đơn vị theo MÃ hoặc TÊN xã, phường (có trong danh sách kèm theo chương trình).")
@click.argument("commune")
@click.option("--number", required=True, help="Số tổng đài của đơn vị.")
@click.option("--host", help="Tên miền riêng của đơn vị; mặc định: mã đơn vị đứng trước tên miền chung.")
@click.option("--address", default="", help="Địa chỉ trụ sở; sửa được sau trong config.yaml.")
@click.option("--hamlets", default="", help="Tên các thôn, tổ dân phố, cách nhau bằng dấu phẩy.")
@click.option("--database", help="Sổ ở PostgreSQL: địa chỉ một cơ sở dữ liệu trống, của riêng đơn vị.")
@click.option("--json", "as_json", is_flag=True, help="In bằng JSON.")
def add(
    commune: str,
    number: str,
    host: str | None,
    address: str,
    hamlets: str,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """Make the folder of a new office with its configuration, secrets and book, and await its figures."""
    from ivr.commands.offices import books
    from ivr.commands.offices.adding import NewOffice, OfficeThereError, add_office, commune_of

    offices = installation()
    found = commune_of(commune, offices.shared.province)
    try:
        book = None if database is None else books.postgresql(database)
        entry, key = add_office(offices, NewOffice(found, number, host, address, hamlets, book))
    except (OfficeThereError, NotMovedError) as there:
        raise click.ClickException(str(there)) from None
    _enrol(offices, entry.code, key)
    if as_json:
        click.echo(json.dumps({"code": entry.code, "name": entry.name, "url": entry.public_url, "key": key}))
        return
    click.echo(f"Đã thêm {entry.name} ({entry.code}), số {number}, ở {entry.folder}")
    click.echo(f"Trang của đơn vị: {entry.public_url}/console")
    click.echo(f"Sửa người trực, lãnh đạo, giờ làm việc trong {entry.folder / 'config.yaml'}, rồi chạy:")
    command = f"  {own_name()} --installation {offices.folder} --office {entry.code}"
    click.echo(f"{command} check")
    click.echo(f"{command} user add quantri --name 'Họ tên' --role administrator")


def _enrol(offices: Offices, code: str, key: str) -> None:
    from logbook.clock import local
    from logbook.province import register

    with province(offices) as (opened, now), opened.database.writing() as conn:
        register.enrol(conn, code, key, f"{local(now):%Y-%m}")


@office.command(name="list", help="Liệt kê các đơn vị, cả đơn vị có tệp sai.")
@click.option("--json", "as_json", is_flag=True, help="Mỗi đơn vị một dòng JSON.")
def list_(*, as_json: bool) -> None:
    """Print every office; exit status 1 where one cannot be reached because of its file."""
    offices = installation()
    for entry in offices:
        if as_json:
            click.echo(json.dumps(_shown(entry), ensure_ascii=False))
        else:
            state = "  (đang dừng)" if entry.paused else ""
            click.echo(f"{entry.code}  {_dotted(entry.number)}  {entry.name}  {entry.public_url}{state}")
    for code, problem in offices.broken.items():
        click.echo(f"{code}  LỖI: {str(problem).splitlines()[0]}", err=True)
    if not as_json:
        click.echo(f"{len(offices)} đơn vị, {offices.shared.province}.")
    if offices.broken:
        raise SystemExit(1)


def _shown(entry: OfficeEntry) -> dict[str, object]:
    names = ("code", "name", "number", "host", "public_url", "paused")
    return {name: getattr(entry, name) for name in names}


def _dotted(number: str) -> str:
    from logbook import phone_numbers

    return phone_numbers.dotted(number)


@office.command(help="Xuất trọn đơn vị MÃ (sổ, bản ghi âm, cấu hình, khóa) vào một tệp .tar, khi vẫn chạy.")
@click.argument("code")
@click.option("--to", "folder", type=_FOLDER, default=Path(), help="Thư mục để tệp vào.")
def export(code: str, folder: Path) -> None:
    """Write one file that holds the whole office; it holds its secrets too."""
    from ivr.commands.offices import moving

    file = moving.export(entry_of(installation(), code), folder)
    click.echo(
        f"Đã xuất {code} vào {file} ({file.stat().st_size} byte), gồm cả khóa bí mật: cất như bản sao lưu."
    )


@office.command(help="Chuyển đơn vị MÃ sang cài đặt khác, hoặc sổ của nó sang cơ sở dữ liệu khác.")
@click.argument("code")
@click.option("--to", "target", type=_FOLDER, help="Thư mục cài đặt nhận; không ghi: đơn vị ở lại.")
@click.option("--database", help="Nơi để sổ: sqlite, hoặc địa chỉ một cơ sở dữ liệu PostgreSQL trống.")
def move(code: str, target: Path | None, database: str | None) -> None:
    """Pause, carry the book, check its chains, put it in place; what was there before is kept."""
    from ivr.commands.offices import books, moving

    offices = installation()
    entry = entry_of(offices, code)
    before = books.address_of(entry)
    try:
        if target is None and database is None:
            raise NotMovedError("Hãy ghi --to (cài đặt nhận), --database (nơi để sổ), hoặc cả hai.")
        if target is None:
            done = moving.change_database(entry, database or "")
        else:
            done = moving.move(offices, entry, target.expanduser().absolute(), database)
    except NotMovedError as refused:
        raise click.ClickException(str(refused)) from None
    where = f"sổ của {code} sang {database}" if target is None else f"{code} sang {done.folder}"
    if target is None and database != books.IN_A_FILE:
        where = f"sổ của {code} sang {books.shown(database or '')}"
    click.echo(f"Đã chuyển {where}; {done.tickets} phiếu, {done.calls} cuộc gọi.")
    click.echo(f"Đơn vị dừng {done.seconds:.1f} giây. Lịch sử các phiếu và nhật ký còn nguyên vẹn.")
    _tell_what_is_kept(before, done, target, database)


def _tell_what_is_kept(before: str, done: Moved, target: Path | None, database: str | None) -> None:
    from ivr.commands.offices import books

    if target is not None:
        click.echo(f"Thư mục cũ được giữ ở {done.kept}; trỏ số và tên miền của đơn vị sang máy mới.")
    elif before.startswith("sqlite"):
        click.echo(f"Sổ cũ được giữ ở {done.kept}.")
    if before.startswith("sqlite"):
        return
    if database is None:
        click.echo(f"Sổ vẫn ở {books.shown(before)}; đừng mở lại thư mục cũ khi đơn vị đã chuyển.")
    else:
        click.echo(f"Sổ cũ được giữ ở {books.shown(before)}, trong lược đồ moved_….")


@office.command(help="Gỡ đơn vị MÃ khỏi cài đặt. Không xóa gì: thư mục của đơn vị được đưa vào kho lưu.")
@click.argument("code")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
def remove(code: str, *, yes: bool) -> None:
    """Put the office's folder into the archive and await no figures of it any more."""
    from ivr.commands.offices import books, moving
    from logbook.clock import local
    from logbook.province import register

    offices = installation()
    if code not in offices.broken:
        entry_of(offices, code)
    if not yes:
        click.confirm(f"Gỡ đơn vị {code}? Số và trang của đơn vị sẽ không còn trả lời.", abort=True)
    book = "" if code in offices.broken else books.address_of(entry_of(offices, code))
    kept = moving.to_archive(offices.folder, code, "removed")
    with province(offices) as (opened, now), opened.database.writing() as conn:
        register.dismiss(conn, code, f"{local(now):%Y-%m}")
    click.echo(f"Đã gỡ {code}. Không xóa gì: sổ, bản ghi âm và khóa được giữ ở {kept}")
    if book.startswith("postgresql"):
        click.echo(f"Sổ vẫn còn ở {books.shown(book)}")
    click.echo("Muốn dùng lại, chuyển thư mục đó về lại dưới offices/ với tên là mã đơn vị.")
