"""`tongdai serve`, `voice`, `web`, `scheduler`: start the program, all parts together or one of them."""

from __future__ import annotations

import errno
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.running.listening import INHERITS, LISTENER, PAGES_LISTENER, pages_between
from ivr.running.port import demand_port
from ivr.running.supervisor import Child, Supervisor

if TYPE_CHECKING:
    import socket

    from logbook.settings.loading import Settings

SCHEDULER = (sys.executable, "-m", "scheduler")
SILENCE = 25.0
"""Seconds without a heartbeat after which a process is ended and started again (F-30)."""
COMES_UP_SECONDS = 30.0
SQLITE = b"SQLite format 3\0"


@click.command()
@click.option("--sample", is_flag=True, help="Sổ còn trống: ghi một tháng mẫu để xem thử (chỉ khi chạy thử).")
def serve(*, sample: bool) -> None:
    """Run everything in one place: telephone, pages and scheduler; `sample` fills an empty demonstration."""
    settings = _checked()
    outside = _port(settings)
    settings, said = _begin_demonstration(settings) if settings.is_demo else (settings, "")
    listener, between = pages_between()
    house = Supervisor(
        {
            "line": _worker("line", {LISTENER: outside}, between),
            "pages": _worker("pages", {PAGES_LISTENER: listener}, between),
            "scheduler": Child(SCHEDULER, SILENCE),
        }
    )
    house.start()
    try:
        if said:
            click.echo(said)
        # However long it takes to come up: whoever started it reads where it is and who may sign in.
        greeting = partial(_greet, settings, house, sample=sample)
        threading.Thread(target=greeting, name="greet", daemon=True).start()
        ended = house.watch()
    finally:
        if settings.is_demo:
            from ivr.running.demonstration_clock import let_go

            let_go(settings.data_folder)
    sys.exit(ended)


@click.command()
def voice() -> None:
    """Run the telephone's webhooks alone."""
    _alone("voice")


@click.command()
def web() -> None:
    """Run the pages alone."""
    _alone("web")


@click.command()
def scheduler() -> None:
    """Run what happens without anyone calling."""
    if sys.platform == "win32":  # no process there can become another one
        sys.exit(subprocess.run(SCHEDULER, check=False).returncode)
    # A signal to end reaches this process and the scheduler alike, and no process stays behind.
    os.execv(sys.executable, SCHEDULER)  # noqa: S606


def _alone(part: str) -> None:
    """One part for ever: started again when it dies, a successor without a gap at HUP (F-03)."""
    outside = _port(_checked())
    house = Supervisor({part: _worker(part, {LISTENER: outside}, {})}, reloads=True)
    house.start()
    sys.exit(house.watch())


def _checked() -> Settings:
    """Settings read, data folder there, nothing else in the database's place; a late database is fine.

    Raises what `tongdai` says in a sentence.
    """
    from logbook.settings.loading import load_settings

    settings = load_settings()
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_other_files(settings.database_url)
    return settings


def _refuse_other_files(database_url: str) -> None:
    from logbook.database_address import understood

    address = understood(database_url)
    if address.get_backend_name() != "sqlite":
        return
    file = Path(str(address.database))
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, "", str(file))
    with suppress(FileNotFoundError), file.open("rb") as opened:
        if opened.read(len(SQLITE)) not in (b"", SQLITE):
            raise click.ClickException(f"Không dùng được {file}: tệp không phải là cơ sở dữ liệu SQLite.")


def _worker(part: str, sockets: Mapping[str, socket.socket], environment: Mapping[str, str]) -> Child:
    command = (sys.executable, "-m", "ivr.worker", part)
    return Child(command, SILENCE, environment, sockets if INHERITS else {})


def _port(settings: Settings) -> socket.socket:
    """The listening socket for the processes that answer there."""
    opened = demand_port(settings.host, settings.port)
    if not INHERITS:
        opened.close()
    return opened


def _begin_demonstration(settings: Settings) -> tuple[Settings, str]:
    """Prepare the database, waiting for it if it is late, and set the demonstration's clock."""
    from ivr.line.hotline import open_hotline
    from ivr.running.demonstration import begin
    from ivr.running.demonstration_clock import set_going
    from ivr.running.prepare import REFUSALS, prepare, refusal
    from logbook.database.engine import DatabaseBusyError
    from logbook.settings.loading import load_settings

    hotline = open_hotline(settings)
    try:
        prepare(hotline)
        return begin(settings)
    except REFUSALS as problem:
        raise click.ClickException(refusal(problem)) from problem
    except (DatabaseBusyError, OSError):
        set_going(os.environ, settings.data_folder, settings.starts_at, None)
        return load_settings(), ""
    finally:
        hotline.database.close()


def _greet(settings: Settings, house: Supervisor, *, sample: bool) -> None:
    """Print the program's address once it is ready, or that it takes long."""
    from ivr.running.demonstration import welcome

    if not _answers(settings.port, house, COMES_UP_SECONDS) and not house.ending:
        click.echo("Tổng đài còn đang khởi động; địa chỉ sẽ hiện ở đây khi dùng được.")
    if _answers(settings.port, house):
        click.echo(welcome(settings, sample=sample))


def _answers(port: int, house: Supervisor, seconds: float = float("inf")) -> bool:
    """Whether the program becomes ready within `seconds`, while its processes are looked after elsewhere."""
    by = time.monotonic() + seconds
    while time.monotonic() < by and not house.ending:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            line.request("GET", "/readyz")
            if line.getresponse().status == http.client.OK:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            line.close()
        time.sleep(0.2)
    return False
