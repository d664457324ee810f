"""Makes the folder of a new office: its configuration, its secrets, its empty book."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.offices.folder import private, write_private

if TYPE_CHECKING:
    from logbook.offices.register import OfficeEntry, Offices
    from logbook.settings.communes import Commune
    from logbook.settings.loading import Settings


class OfficeThereError(Exception):
    """The office, its number or its host is there already; the text says so in Vietnamese."""


@dataclass(frozen=True, slots=True)
class NewOffice:
    """What is known of an office before it exists."""

    commune: Commune
    number: str
    host: str | None = None
    address: str = ""
    hamlets: str = ""
    database: str | None = None
    """The address of an empty database of PostgreSQL; None: a file in the office's folder."""


def commune_of(typed: str, province: str) -> Commune:
    """The commune that a code or a name means, within the province first (ClickException)."""
    from logbook.plain_text import folded
    from logbook.settings import communes

    if typed.isascii() and typed.isdigit():
        found = communes.of_code(typed)
        if found is None:
            raise click.ClickException(f"Không có xã, phường nào mang mã {typed} trong danh sách.")
        return found
    near = communes.search(typed)
    here = [one for one in near if folded(one.province) == folded(province)] or near
    if not here:
        raise click.ClickException(f"Không tìm thấy xã, phường nào tên «{typed}».")
    if len(here) > 1:
        names = "; ".join(f"{one.code} {one.shown}" for one in here[:8])
        raise click.ClickException(f"Có nhiều nơi tên «{typed}», hãy dùng mã: {names}")
    return here[0]


def add_office(offices: Offices, new: NewOffice, book: Path | None = None) -> tuple[OfficeEntry, str]:
    """Make the office and return it with the public key of its figures.

    OfficeThereError, SettingsError; nothing is left behind then. `book` is an empty database at the right
    revision that is copied, which is quicker than to make one.
    """
    from logbook.offices.environment import CONFIG, DATA, ENV_FILE, settings_of
    from logbook.offices.register import OFFICE, OFFICES, read_offices
    from logbook.reports.leaving import issue

    code = new.commune.code
    if code in offices.entries or code in offices.broken:
        raise OfficeThereError(f"Đơn vị {code} đã có; không ghi đè gì cả.")
    place = offices.folder / OFFICES / code
    if place.exists():
        raise OfficeThereError(f"Đã có thư mục {place}; không ghi đè gì cả.")
    unfinished = private(offices.folder / OFFICES) / f".{code}.{secrets.token_hex(4)}"
    try:
        private(unfinished / DATA)
        write_private(unfinished / CONFIG, _config(new))
        write_private(unfinished / ENV_FILE, _secrets() + _database(new))
        write_private(unfinished / OFFICE, _office(new))
        if book is not None:
            shutil.copyfile(book, unfinished / DATA / "tongdai.db")
            (unfinished / DATA / "tongdai.db").chmod(0o600)
        unfinished.rename(place)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    try:
        now = read_offices(offices.folder)
        for broken in now.broken.keys() - offices.broken.keys():  # another office has the number or the host
            why = str(now.broken[broken])
            raise OfficeThereError(why.replace(f"đã là của {code}", f"đã là của {broken}"))
        entry = now.entries[code]
        settings = settings_of(entry, os.environ)
        with _made(settings, new):
            _prepare(settings)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return entry, issue.public_key(settings)


@contextmanager
def _made(settings: Settings, new: NewOffice) -> Iterator[None]:
    """The tables in a database of PostgreSQL, which stays empty where the office does not come to be."""
    from logbook.clock import Clock
    from logbook.database.engine import Database, DatabaseBusyError
    from logbook.database.trouble import sentence
    from logbook.retention import change_database as work

    if new.database is None:
        yield
        return
    with closing(Database(settings.database_url)) as database:
        try:
            with database.reading() as conn:
                work.demand_empty(conn)
            database.upgrade(Clock().now())
        except (work.NotCarriedError, DatabaseBusyError) as problem:
            raise OfficeThereError(sentence(problem) or str(problem)) from None
        try:
            yield
        except BaseException:
            work.empty_again(database)
            raise


def _prepare(settings: Settings) -> None:
    from ivr.line.hotline import open_hotline
    from ivr.running.prepare import prepare

    hotline = open_hotline(settings)
    try:
        prepare(hotline)
    finally:
        hotline.voice.close()
        hotline.database.close()


def _config(new: NewOffice) -> str:
    from ivr.commands.setting_up.config import office_text
    from ivr.commands.setting_up.installing import template

    agency = f"Ủy ban nhân dân {new.commune.in_sentence}"
    answers = {
        "address": new.address or f"Trụ sở {agency}, {new.commune.province_in_sentence}",
        "email": "",
        "website": "",
        "hamlets": new.hamlets or "1, 2, 3",
        "number": new.number,
    }
    return office_text(template(), new.commune, answers)


def _secrets() -> str:
    from cryptography.fernet import Fernet

    return (
        "# Bí mật của riêng đơn vị. Chỉ người quản trị được đọc tệp này.\n"
        "# Hai dòng dưới là giá trị tạm, thay bằng của nhà cung cấp.\n"
        f"TWILIO_ACCOUNT_SID=AC{secrets.token_hex(16)}\n"
        f"TWILIO_AUTH_TOKEN={secrets.token_hex(16)}\n"
        "# Giữ mãi hai khóa sau, không bao giờ đổi bằng tay\n"
        f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
        f"TONGDAI_DATA_KEY={Fernet.generate_key().decode()}\n"
    )


def _database(new: NewOffice) -> str:
    return "" if new.database is None else f"TONGDAI_DATABASE_URL={new.database}\n"


def _office(new: NewOffice) -> str:
    from logbook.settings.edited import quoted

    host = f"host: {quoted(new.host)}\n" if new.host else ""
    name = quoted(f"Ủy ban nhân dân {new.commune.in_sentence}")
    return f"name: {name}\nnumber: {quoted(new.number)}\n{host}paused: false\n"
