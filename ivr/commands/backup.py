"""`tongdai backup`: copies the running database and its recordings, and opens the copy to check it (F-16)."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.commands.book import opened


@click.command(help="Sao lưu sổ và các bản ghi âm, khi tổng đài vẫn chạy.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Thư mục khác, ví dụ ở đĩa ngoài.")
@click.option(
    "--all", "everywhere", is_flag=True, help="Ở mọi đơn vị của cài đặt; nơi hỏng không giữ nơi khác."
)
@click.option("--json", "as_json", is_flag=True, help="Với --all: mỗi đơn vị một dòng JSON.")
def backup(folder: Path | None, *, everywhere: bool, as_json: bool) -> None:
    """Make one checked copy in the data folder, or in another one; exit 1 when none could be made."""
    if everywhere:
        from ivr.commands.offices.everywhere import backed_up
        from ivr.commands.offices.folder import at_every_office, tell

        tell(at_every_office(lambda settings: backed_up(settings, folder)), as_json=as_json)
        return
    from logbook.clock import Clock, local
    from logbook.database import sqlite_copy
    from logbook.database.engine import DatabaseBusyError
    from logbook.retention import backup as copies
    from logbook.settings.loading import load_settings

    data = load_settings().data_folder
    with opened() as (database, _):
        try:  # named by the machine's time, as the nightly copies are
            now = Clock().now()
            made = copies.make(database, data / "recordings", folder or data / "backups", now)
        except (sqlite_copy.BackupFailedError, sqlite_copy.UnsoundBackupError, DatabaseBusyError) as problem:
            raise click.ClickException(f"Chưa sao lưu được, không để lại bản dở: {problem}") from None
    click.echo(f"Đã sao lưu và kiểm tra: {made.path} ({made.size} byte)")
    click.echo(
        f"Có {made.rows['tickets']} phiếu, {made.rows['calls']} cuộc gọi, {len(made.sounds)} bản ghi âm."
    )
    if made.newest is not None:
        click.echo(f"Cuộc gọi mới nhất lúc {local(made.newest):%H:%M %d/%m/%Y}.")
    for name in made.missing:
        click.echo(f"Bản ghi âm thiếu hoặc đã bị đổi, không sao lưu được: {name}", err=True)
