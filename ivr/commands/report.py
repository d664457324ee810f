"""`tongdai report`: prints a report that was made, and writes its document and workbook (002-28)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.book import opened

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from logbook.console.words import Words
    from logbook.database.engine import Database
    from logbook.reports import Report
    from logbook.settings.loading import Settings

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    help="In một báo cáo đã lập: tuần 2026-W47, tháng 2026-11; với --superior là báo cáo gửi cấp trên:"
    " 2026-11, quý 2026Q4, nửa năm 2026H2, năm 2026."
)
@click.argument("period")
@click.option("--superior", is_flag=True, help="Báo cáo cải cách hành chính gửi cấp trên.")
@click.option("--make", "makes", is_flag=True, help="Lập báo cáo gửi cấp trên nếu kỳ đã hết mà chưa lập.")
@click.option("--json", "as_json", is_flag=True, help="In số liệu bằng JSON.")
@click.option("--docx", type=_FILE, help="Ghi văn bản vào tệp này.")
@click.option("--xlsx", type=_FILE, help="Ghi bảng tính vào tệp này.")
def report(
    period: str, superior: bool, makes: bool, as_json: bool, docx: Path | None, xlsx: Path | None
) -> None:
    """Print the figures of a report as they were kept, and write its files."""
    from logbook.console.words import Words
    from logbook.reports import made
    from logbook.reports.periods import MONTHLY, SUPERIOR, WEEKLY
    from logbook.settings.loading import load_settings
    from logbook.texts.catalogue import load_texts

    kind = SUPERIOR if superior else WEEKLY if "W" in period else MONTHLY
    settings = load_settings()
    says = Words(load_texts(settings.office.names)["vi"])
    with opened() as (database, now):
        if makes and superior:
            _make(database, settings, period, now)
        with database.reading() as conn:
            found = made.of_period(conn, kind, period)
            if found is None:
                raise click.ClickException("Chưa có báo cáo của kỳ này.")
            found = made.explained(conn, found)
            _write(conn, found, says, settings, {"docx": docx, "xlsx": xlsx})
    _print(found, says, as_json=as_json)


def _make(database: Database, settings: Settings, name: str, now: datetime) -> None:
    """Make the report of an ended period; one that was made before stays as it is."""
    from logbook.calendar import closures
    from logbook.calendar.of_settings import working_times
    from logbook.reports import made
    from logbook.reports.counting import counted
    from logbook.reports.periods import superior_named

    with database.reading() as conn:
        times = working_times(settings, closures.overrides(conn))
        of = superior_named(name, settings, times)
        if of is None or of.ends > now or settings.reports.superior is None:
            raise click.ClickException("Kỳ này chưa hết, không hợp lệ, hoặc chưa có mục reports.superior.")
        figures = counted(conn, of, settings, times, now, made.just_before(conn, of))
    with database.writing() as conn:
        made.made(conn, figures, now)


def _write(
    conn: Connection, found: Report, says: Words, settings: Settings, files: dict[str, Path | None]
) -> None:
    from logbook.console.views import report_files
    from logbook.database.samples import any_samples

    mark = says("trial_mark") if settings.is_trial else says("samples_mark") if any_samples(conn) else ""
    for ending, path in files.items():
        if path is not None:
            path.write_bytes(report_files.written(conn, found, says, frozenset(), ending, mark))


def _print(found: Report, says: Words, *, as_json: bool) -> None:
    from logbook.reports import shown
    from logbook.reports.sections import registry

    figures = found.counted
    sections = registry.shown_in(figures)
    listed = [
        (one, each) for one in sections for group in one.all_groups for each in one.listed(group, figures)
    ]
    if as_json:
        rows = [
            {
                "name": figure.name,
                "label": section.label(figure, says),
                "value": figure.value,
                "of": figure.of,
                "percent": None if figure.tenths is None else figure.tenths / 10,
                "cases": len(figure.cases),
            }
            for section, figure in listed
        ]
        details = {"kind": found.kind, "period": found.period, "final": found.final, "figures": rows}
        click.echo(json.dumps(details, ensure_ascii=False))
        return
    click.echo(shown.name(found.kind, found.period, says))
    if not found.final:
        click.echo(says("report_waits"))
    titled = ""
    for section, figure in listed:
        if section.key != titled:
            titled = section.key
            click.echo(f"\n{says(f'report_section_{section.key}')}")
        of = f"/{figure.of}" if figure.of is not None else ""
        click.echo(f"  {section.label(figure, says)}: {shown.amount(figure.value, says)}{of}")
