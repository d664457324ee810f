"""Makes the installation of a sample province, and says how to serve it and how to call its offices."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.offices.folder import NO_FOLDER, private, settings_of_province, write_private
from ivr.running.own_name import own_name

if TYPE_CHECKING:
    from logbook.settings.communes import Commune


def make(name: str, most: int, address: str) -> None:
    """Make all offices, their months and an account of the province (ClickException)."""
    from logbook.offices.environment import installation_folder
    from logbook.offices.register import INSTALLATION, read_offices
    from logbook.plain_text import folded
    from logbook.settings import communes
    from logbook.settings.edited import quoted

    if os.environ.get("TONGDAI_MODE", "demo") != "demo":
        raise click.ClickException("Tỉnh mẫu chỉ dùng khi chạy thử trên máy (TONGDAI_MODE=demo).")
    folder = installation_folder(os.environ)
    if folder is None:
        raise click.ClickException(NO_FOLDER)
    if (folder / INSTALLATION).exists():
        click.echo(f"Đã có tỉnh mẫu ở {folder}; không ghi đè gì cả.")
        _tell(read_offices(folder).folder)
        return
    found = [one for one in communes.communes() if folded(one.province) == folded(name)][:most]
    if not found:
        raise click.ClickException(f"Không có tỉnh, thành phố nào tên «{name}» trong danh sách.")
    private(folder)
    province = found[0].province_in_sentence
    write_private(folder / INSTALLATION, f"province: {quoted(province)}\npublic_address: {quoted(address)}\n")
    _fill(folder, found)
    _tell(folder)


def _fill(folder: Path, found: list[Commune]) -> None:
    from ivr.commands.offices.adding import NewOffice, add_office
    from ivr.province_app import open_province
    from ivr.samples import province as samples
    from logbook.accounts import accounts
    from logbook.accounts.rights import PROVINCE
    from logbook.clock import Clock
    from logbook.dossiers.months import Month
    from logbook.offices.environment import settings_of
    from logbook.offices.register import read_offices
    from logbook.province import register
    from logbook.province.collecting import FigureFolders

    now = Clock().now()
    since = str(Month.of(now).plus(-1))
    opened = open_province(settings_of_province(read_offices(folder)))
    try:
        with tempfile.TemporaryDirectory() as name, click.progressbar(found, label="Đơn vị") as communes:
            book: Path | None = None
            for number, commune in enumerate(communes):
                if book is None:
                    book = samples.template(replace(opened.settings), Path(name), now)
                new = NewOffice(commune, f"0258.3{commune.code}0")
                entry, key = add_office(read_offices(folder), new, book)
                samples.fill(settings_of(entry, os.environ), Path(name), number, now)
                with opened.database.writing() as conn:
                    register.enrol(conn, entry.code, key, since)
        with opened.database.writing() as conn:
            accounts.add(
                conn,
                login="tinh",
                name="Cán bộ tỉnh",
                role=PROVINCE,
                password=_password(folder),
                now=now,
                must_change_password=False,
            )
        FigureFolders(folder, opened.database).look(now)
    finally:
        opened.voice.close()
        opened.database.close()


def _password(folder: Path) -> str:
    from logbook.accounts.administration import one_time_password
    from logbook.province.own_settings import FOLDER

    password = one_time_password()
    write_private(folder / FOLDER / "demo-account.txt", f"tinh {password}\n")
    return password


def _tell(folder: Path) -> None:
    from logbook import phone_numbers
    from logbook.offices.register import read_offices
    from logbook.province.own_settings import FOLDER

    offices = read_offices(folder)
    first = next(iter(offices))
    account = folder / FOLDER / "demo-account.txt"
    program = own_name()
    click.echo(f"{len(offices)} đơn vị, {offices.shared.province}, ở {folder}")
    click.echo(f"Chạy:            {program} --installation {folder} serve")
    click.echo(
        f"Gọi một đơn vị:  {program} --installation {folder} call --to {phone_numbers.dotted(first.number)}"
    )
    click.echo(f"Các số:          {program} --installation {folder} office list")
    click.echo(f"Trang của tỉnh:  {offices.shared.public_address}/console   (tài khoản: {account})")
    click.echo(
        f"Trang đơn vị:    {first.public_url}/console   (tài khoản: {first.folder}/var/demo-accounts.txt)"
    )
