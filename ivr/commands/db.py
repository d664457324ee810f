"""`tongdai db`: upgrades the tables and prints their revision."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from logbook.database.engine import Database

Result = TypeVar("Result")


@click.group(name="db", help="Cơ sở dữ liệu: nâng cấp, xem tình trạng.")
def db() -> None:
    """Gather the commands about the database."""


@db.command(help="Đưa các bảng lên phiên bản của chương trình này.")
@click.option(
    "--all", "everywhere", is_flag=True, help="Ở mọi đơn vị của cài đặt; nơi hỏng không giữ nơi khác."
)
@click.option("--json", "as_json", is_flag=True, help="Với --all: mỗi đơn vị một dòng JSON.")
def upgrade(*, everywhere: bool, as_json: bool) -> None:
    """Upgrade the tables; on SQLite a copy is made beforehand."""
    from logbook.clock import Clock

    if everywhere:
        from ivr.commands.offices.everywhere import upgraded
        from ivr.commands.offices.folder import at_every_office, tell

        tell(at_every_office(upgraded), as_json=as_json)
        return
    database = _database()
    copy = _or_exit(lambda: database.upgrade(Clock().now()))
    if copy:
        click.echo(f"Đã sao lưu trước khi nâng cấp: {copy}")
    click.echo(f"Cơ sở dữ liệu ở phiên bản {database.revision()}.")


@db.command(help="Cho biết phiên bản các bảng và kiểm tra chuỗi lịch sử phiếu.")
def status() -> None:
    """Print the revision, whether it is the newest, and whether the tickets' histories are whole (T-23).

    Exit 0 when all is well, 1 when the tables are behind or the history is broken.
    """
    from logbook.tickets import history

    database = _database()
    if not _or_exit(database.at_head):
        click.echo(f"Phiên bản {database.revision() or 'trống'}: cần chạy «tongdai db upgrade».")
        raise SystemExit(1)
    click.echo(f"Phiên bản {database.revision()}: mới nhất.")
    with database.reading() as connection:
        broken = history.verify(connection)
    if broken is not None:
        place = f"phiếu số {broken.ticket_id}, sự kiện {broken.number or '-'}"
        click.echo(f"LỊCH SỬ PHIẾU ĐÃ BỊ SỬA: {place} ({broken.why}).")
        raise SystemExit(1)
    click.echo("Lịch sử các phiếu còn nguyên vẹn.")


@db.command(name="new-key", help="Dùng tiếp sổ với SECRET_KEY mới khi khóa cũ đã mất hẳn.")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
def new_key(yes: bool) -> None:
    """Take the SECRET_KEY of the environment for this database, after saying what is lost by it (S12)."""
    from ivr.commands.book import opened
    from logbook.accounts import key_check
    from logbook.settings.loading import load_settings

    secret = load_settings().secret_key.get_secret_value()
    with opened() as (database, now):
        with database.reading() as conn:
            known, gone = key_check.fits(conn, secret), key_check.lost(conn)
        if known is not False:
            click.echo("SECRET_KEY đúng là khóa của sổ này, không có gì phải đổi.")
            return
        click.echo(
            f"Sẽ mất hẳn: mã PIN của {gone.pins} phiếu, xác thực hai lớp của {gone.factors} người."
            " Mọi người phải đăng nhập lại."
        )
        if not yes:
            click.confirm("Dùng khóa mới?", abort=True)
        with database.writing() as conn:
            key_check.take(conn, secret, now)
    click.echo("Sổ dùng SECRET_KEY mới. Hãy cất khóa này cùng bản sao lưu.")


def _database() -> "Database":
    from logbook.database.engine import Database
    from logbook.settings.errors import SettingsError
    from logbook.settings.loading import load_settings

    try:
        database = Database(load_settings().database_url)
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    click.get_current_context().call_on_close(database.close)
    return database


def _or_exit(work: Callable[[], Result]) -> Result:
    """Do the work; what an operator can mend is said in one line, exit 1."""
    from logbook.database.engine import DatabaseBusyError, SchemaError
    from logbook.database.sqlite_copy import BackupFailedError, UnsoundBackupError

    try:
        return work()
    except DatabaseBusyError as error:
        click.echo(f"Cơ sở dữ liệu đang bận hoặc không mở được: {str(error).splitlines()[0]}", err=True)
    except (BackupFailedError, UnsoundBackupError) as error:
        click.echo(f"Chưa nâng cấp, vì chưa sao lưu được sổ: {error}", err=True)
    except (SchemaError, OSError) as error:
        click.echo(str(error), err=True)
    raise SystemExit(1)
