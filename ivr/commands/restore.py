"""`tongdai restore`: replaces the database by a backup while the program is stopped (F-16, F-17)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logbook.database.engine import Database
    from logbook.retention.restore import Restored


@click.command(help="Khôi phục sổ từ một bản sao; phải dừng chương trình trước.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@click.option("--even-broken", is_flag=True, help="Khôi phục cả khi lịch sử trong bản sao đã bị sửa.")
def restore(file: Path, yes: bool, even_broken: bool) -> None:
    """Check a copy, ask, replace the database and keep the replaced one beside it; exit 1 when refused."""
    from logbook.clock import Clock
    from logbook.database.engine import Database, DatabaseBusyError, SchemaError
    from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError
    from logbook.retention import restore as work
    from logbook.settings.loading import load_settings

    settings, now = load_settings(), Clock().now()
    database = Database(settings.database_url)
    try:
        contents, manifest = work.checked(file)
        work.refuse_while_running(database, now)
        count = contents.rows
        click.echo(f"Bản sao có {count.get('tickets', 0)} phiếu, {count.get('calls', 0)} cuộc gọi.")
        if manifest is None:
            click.echo("Bản sao không kèm bản ghi âm: chỉ khôi phục sổ.")
        if not yes:
            click.confirm("Thay sổ hiện nay bằng bản sao này?", abort=True)
        sounds = settings.data_folder / "recordings"
        done = work.bring_back(file, database, sounds, now, broken_too=even_broken)
        other_key = _other_key(database, settings.secret_key.get_secret_value())
    except work.RestoreRefusedError as refused:
        raise click.ClickException(str(refused)) from None
    except (BackupFailedError, UnsoundBackupError, DatabaseBusyError, SchemaError, OSError) as problem:
        raise click.ClickException(f"Chưa khôi phục, sổ vẫn như cũ: {problem}") from None
    finally:
        database.close()
    _tell(done)
    if other_key:
        click.echo(other_key, err=True)


def _other_key(database: Database, secret: str) -> str:
    """What is to be said where the copy was made under another SECRET_KEY (S12)."""
    from logbook.accounts import key_check

    if not database.at_head():  # an older copy: the next start brings it up to date and says so itself
        return ""
    try:
        with database.reading() as conn:
            key_check.demand_known(conn, secret)
    except key_check.KeyChangedError as changed:
        return str(changed).partition("\n")[0]
    return ""


def _tell(done: Restored) -> None:
    from logbook.clock import local

    newest = f", cuộc gọi mới nhất lúc {local(done.newest):%H:%M %d/%m/%Y}" if done.newest else ""
    click.echo(f"Đã khôi phục {done.tickets} phiếu, {done.calls} cuộc gọi, {done.sounds} bản ghi âm{newest}.")
    if done.beside is not None:
        click.echo(f"Sổ cũ được giữ ở: {done.beside}")
    for name in done.sounds_missing:
        click.echo(f"Bản ghi âm không có trong bản sao: {name}", err=True)
    for place in done.broken:
        click.echo(f"ĐÃ BỊ SỬA trong bản sao: {place}", err=True)
    if not done.broken:
        click.echo("Lịch sử các phiếu và nhật ký còn nguyên vẹn.")
    click.echo("Những gì xảy ra sau bản sao không còn trong sổ; tin đã báo sau đó có thể được báo lại.")
