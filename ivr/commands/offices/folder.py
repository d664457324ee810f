"""Finds the installation a command works on, its offices, and the province's own database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logbook.installation import Installation
    from logbook.offices.register import OfficeEntry, Offices
    from logbook.settings.loading import Settings

NO_FOLDER = (
    "Chưa biết thư mục cài đặt của nhiều đơn vị; hãy chạy: tongdai --installation THƯ-MỤC …"
    " (hoặc đặt biến TONGDAI_INSTALLATION)."
)


class NotMovedError(Exception):
    """The office stands where it stood, and answers; the text says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class OfficeOutcome:
    """What became of a work at one office; `said` is a sentence."""

    code: str
    name: str
    is_done: bool
    said: str


def installation() -> Offices:
    """The offices of the installation the command was started for; ClickException without one."""
    from logbook.offices.environment import installation_folder
    from logbook.offices.register import INSTALLATION, read_offices

    folder = installation_folder(os.environ)
    if folder is None:
        raise click.ClickException(NO_FOLDER)
    if not (folder / INSTALLATION).is_file():
        raise click.ClickException(f"{folder} không phải là thư mục cài đặt: thiếu {INSTALLATION}.")
    return read_offices(folder)


def entry_of(offices: Offices, code: str) -> OfficeEntry:
    """The office of that code; ClickException for none, SettingsError for a broken one."""
    if code in offices.broken:
        raise offices.broken[code]
    entry = offices.of_code(code)
    if entry is None:
        raise click.ClickException(f"Không có đơn vị {code} trong {offices.folder}; xem: tongdai office list")
    return entry


@contextmanager
def province(offices: Offices) -> Iterator[tuple[Installation, datetime]]:
    """The province's own database, made and upgraded where that is due, and the moment."""
    from ivr.province_app import open_province
    from logbook.database.engine import DatabaseBusyError, SchemaError

    try:
        opened = open_province(settings_of_province(offices))
    except (SchemaError, DatabaseBusyError, OSError) as problem:
        raise click.ClickException(f"Không mở được sổ của tỉnh: {problem}") from None
    try:
        yield opened, opened.clock.now()
    finally:
        opened.voice.close()
        opened.database.close()


def settings_of_province(offices: Offices) -> Settings:
    """The settings of the province; a first call outside a demonstration makes its key."""
    from logbook.province.own_settings import ENV_FILE, FOLDER, environment_text, province_settings

    file = offices.folder / FOLDER / ENV_FILE
    if os.environ.get("TONGDAI_MODE", "demo") != "demo" and not file.is_file():
        private(file.parent)
        write_private(file, environment_text())
    shared = offices.shared
    return province_settings(offices.folder, shared.province, shared.public_address, os.environ)


def private(folder: Path) -> Path:
    """Make a folder for the owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_private(file: Path, text: str) -> None:
    """Write a new file for the owner alone; FileExistsError where there is one."""
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        out.write(text)


def at_every_office(work: Callable[[Settings], str]) -> list[OfficeOutcome]:
    """Do a work at every office, one after the other; what fails at one is named and the others go on."""
    from logbook.offices.environment import settings_of

    offices = installation()
    found = [
        OfficeOutcome(code, "", is_done=False, said=str(problem).splitlines()[0])
        for code, problem in offices.broken.items()
    ]
    for entry in offices:
        try:
            said, done = work(settings_of(entry, os.environ)), True
        except Exception as problem:  # whatever is wrong with one book, the others go on
            said, done = why(problem), False
        found.append(OfficeOutcome(entry.code, entry.name, done, said))
    return sorted(found, key=lambda one: one.code)


def why(problem: Exception) -> str:
    """One line of what is wrong."""
    from logbook.database.trouble import sentence

    if isinstance(problem, click.ClickException):
        return problem.message
    said = sentence(problem) or str(problem) or type(problem).__name__
    return said.splitlines()[0]


def tell(found: list[OfficeOutcome], *, as_json: bool) -> None:
    """Print what became of each office; exit status 1 where one failed."""
    import json
    from dataclasses import asdict

    for one in found:
        if as_json:
            click.echo(json.dumps(asdict(one), ensure_ascii=False))
        else:
            mark = "" if one.is_done else "LỖI: "
            click.echo(f"{one.code}  {one.name}: {mark}{one.said}", err=not one.is_done)
    failed = [one.code for one in found if not one.is_done]
    if not as_json:
        click.echo(f"Xong {len(found) - len(failed)}/{len(found)} đơn vị.")
    if failed:
        click.echo(f"Chưa xong: {', '.join(failed)}", err=True)
        raise SystemExit(1)
