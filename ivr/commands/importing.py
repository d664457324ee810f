"""`tongdai import`: reads files of other programs into the database and drops columns nobody needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.book import opened

if TYPE_CHECKING:
    from logbook.dossiers.importing import ImportResult, Progress
    from logbook.ratings.importing import Result as SlipResult
    from logbook.texts.catalogue import Catalogue

WHO = "cli"
"""Who stands in the audit log for what is done here."""
SHOWN = 50
"""Refused rows that are listed for people; --json lists all."""


@click.group(name="import", help="Nhập tệp lấy từ phần mềm khác vào sổ.")
def import_() -> None:
    """Gather the commands that read files."""


@import_.command(help="Nhập hồ sơ từ tệp CSV hoặc XLSX của phần mềm một cửa. Nhập lại cùng tệp không đổi gì.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ có gì mới, gì đổi; không ghi vào sổ.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả bằng JSON.")
def dossiers(file: Path, dry_run: bool, as_json: bool) -> None:
    """Read a file of dossiers; exit 1 when the file as a whole cannot be read."""
    from logbook.dossiers import headings, importing, source
    from logbook.dossiers.unreadable import UnreadableFileError
    from logbook.settings.loading import load_settings
    from logbook.texts.catalogue import load_texts

    part = load_settings().dossiers.headings
    vietnamese = load_texts()["vi"]
    with opened() as (database, now):
        try:
            known = headings.find(source.tables(file), part)
            rows = known.count()
            with _progress(rows, quiet=as_json) as progress:
                read = importing.drafts(known, part)
                result = importing.store(
                    database, known.head.places, read, now, dry_run=dry_run, progress=progress
                )
            if not dry_run:
                with database.writing() as conn:
                    importing.write_down(conn, importing.counts_of(result), WHO, now)
        except UnreadableFileError as problem:
            raise click.ClickException(vietnamese.sentence(problem.key, problem.words)) from None
    if as_json:
        click.echo(json.dumps(_as_json(result, vietnamese), ensure_ascii=False))
        return
    said = "dossier_would_import" if dry_run else "dossier_imported"
    for line in _lines(result, vietnamese, said):
        click.echo(line)


@import_.command(help="Nhập phiếu khảo sát từ tệp CSV, XLSX, hoặc đọc từ ảnh. Nhập lại không đổi gì.")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
)
@click.option(
    "--photos",
    type=click.Path(exists=True, file_okay=False, readable=True, path_type=Path),
    help="Thư mục ảnh phiếu của máy quét hay điện thoại; phiếu đọc chưa chắc chờ ở trang Phiếu chụp ảnh.",
)
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ có gì mới, gì đổi; không ghi vào sổ.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả bằng JSON.")
def slips(file: Path | None, photos: Path | None, dry_run: bool, as_json: bool) -> None:
    """Read a file of slips or a folder of photographs; exit 1 when the file as a whole cannot be read."""
    if (file is None) == (photos is None):
        raise click.UsageError("Xin nêu một tệp, hoặc một thư mục ảnh bằng --photos.")
    if photos is not None:
        _photographed(photos, dry_run=dry_run, as_json=as_json)
    elif file is not None:
        _listed(file, dry_run=dry_run, as_json=as_json)


def _listed(file: Path, *, dry_run: bool, as_json: bool) -> None:
    from logbook.dossiers.unreadable import UnreadableFileError
    from logbook.ratings import importing, instruments
    from logbook.settings.loading import load_settings
    from logbook.texts.catalogue import load_texts

    settings, vietnamese = load_settings(), load_texts()["vi"]
    asked = instruments.for_slips(settings)
    with opened() as (database, now):
        try:
            known = importing.known(file, asked)
            with _progress(known.count(), quiet=as_json) as progress:
                read = importing.entries(known, asked)
                result = importing.store(
                    database, settings, asked, read, now, dry_run=dry_run, progress=progress
                )
        except UnreadableFileError as problem:
            key = "slip_file_headings" if problem.key == "dossier_file_headings" else problem.key
            raise click.ClickException(vietnamese.sentence(key, problem.words)) from None
        if not dry_run:
            importing.write_down(database, result, WHO, now)
    if as_json:
        details = _as_json(result, vietnamese) | {"outside_campaign": result.outside}
        click.echo(json.dumps(details, ensure_ascii=False))
        return
    said = "slip_would_import" if dry_run else "slip_imported"
    for line in _lines(result, vietnamese, said):
        click.echo(line)
    if result.outside:
        click.echo(vietnamese.sentence("slip_imported_outside", {"count": str(result.outside)}))


def _photographed(folder: Path, *, dry_run: bool, as_json: bool) -> None:
    from logbook.ratings import instruments
    from logbook.ratings.paper import folder as photographs
    from logbook.retention import rules
    from logbook.settings.loading import load_settings
    from logbook.texts.catalogue import load_texts

    settings, vietnamese = load_settings(), load_texts()["vi"]
    asked, agency = instruments.for_slips(settings), settings.office.agency
    files = photographs.files_of(folder)
    with opened() as (database, now):
        with _progress(len(files), quiet=as_json) as progress:
            result = photographs.store(
                database, asked, agency, files, WHO, now, dry_run=dry_run, progress=progress
            )
        with database.writing() as conn:
            rules.mark_unclean(conn)
    refused = [
        {
            "file": one.file,
            "number": one.number,
            "reason": vietnamese.sentence(one.problem.key, one.problem.words),
        }
        for one in result.errors
    ]
    counts = {name: getattr(result, name) for name in ("photos", "new", "asked", "unchanged", "refused")}
    if as_json:
        click.echo(json.dumps(counts | {"errors": refused}, ensure_ascii=False))
        return
    said = "photo_would_import" if dry_run else "photo_imported"
    click.echo(vietnamese.sentence(said, {name: str(count) for name, count in counts.items()}))
    for each in refused:
        click.echo(f"{each['file']} {each['number']}: {each['reason']}".replace(" :", ":"))


@contextmanager
def _progress(rows: int, *, quiet: bool) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere; on the other stream, so that the result can be piped on."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=rows, label="Nhập tệp", file=sys.stderr, show_pos=True) as bar:
        yield bar.update


def _as_json(result: ImportResult | SlipResult, texts: Catalogue) -> dict[str, object]:
    return {
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "refused": result.refused,
        "errors": [{"row": one.row, "reason": texts.sentence(one.key, one.words)} for one in result.errors],
    }


def _lines(result: ImportResult | SlipResult, texts: Catalogue, said: str) -> Iterator[str]:
    counts = {name: str(getattr(result, name)) for name in ("new", "changed", "unchanged", "refused")}
    yield texts.sentence(said, counts)
    for one in result.errors[:SHOWN]:
        yield texts.sentence(
            "dossier_refused_row", {"row": str(one.row), "reason": texts.sentence(one.key, one.words)}
        )
    if result.refused > SHOWN:
        yield texts.sentence("dossier_refused_more", {"count": str(result.refused - SHOWN)})
