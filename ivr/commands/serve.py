"""`tongdai serve`, `voice`, `web`, `scheduler`: start the program, all parts together or one of them.

This process checks what it needs itself (environment, folder, port) and becomes the one that watches; the
parts read the configuration, which they need, and refuse it. Nothing heavy is loaded before: callers wait.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ivr.running.parts import CLOCK, OFFICES, SAMPLE, SCHEDULER, Command, become
from ivr.running.port import demand_port

if TYPE_CHECKING:
    from socket import socket

    from logbook.settings.environment import Environment

SQLITE = b"SQLite format 3\0"


@click.command()
@click.option("--sample", is_flag=True, help="Sổ còn trống: ghi một tháng mẫu để xem thử (chỉ khi chạy thử).")
def serve(*, sample: bool) -> None:
    """Run everything in one place: telephone, pages and scheduler; `sample` fills an empty demonstration."""
    if machine := _installation():
        become("serve", machine.port, demand_port(machine.host, machine.port), OFFICES)
    environment = _checked()
    outside = _port(environment)
    options = [SAMPLE] if sample else []
    if environment.mode == "demo":
        from ivr.running.demonstration_clock import FILE

        said = _begin_demonstration(environment)
        if said:
            click.echo(said)
        options.append(f"{CLOCK}={environment.data_folder / FILE}")
    become("serve", environment.port, outside, *options)


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


def _alone(part: Command) -> None:
    """One part for ever: started again when it dies, a successor without a gap at HUP (F-03)."""
    if machine := _installation():
        become(part, machine.port, demand_port(machine.host, machine.port))
    environment = _checked()
    become(part, environment.port, _port(environment))


def _port(environment: Environment) -> socket:
    """Listen; where that fails, a configuration that cannot be used either is said first (B-22)."""
    try:
        return demand_port(environment.host, environment.port)
    except click.ClickException:
        from logbook.settings.loading import load_settings

        load_settings()
        raise


def _installation() -> Environment | None:
    """What all offices take from the machine; None for one office alone (SettingsError)."""
    from logbook.settings.environment import INSTALLATION_VARIABLE

    if not os.environ.get(INSTALLATION_VARIABLE, "").strip():
        return None
    from logbook.offices.environment import installation_folder, machine_of
    from logbook.offices.register import read_offices
    from logbook.process.logs import configure_logs

    configure_logs("demo")
    folder = installation_folder(os.environ)
    if folder is None:
        return None
    offices = read_offices(folder)
    for code, problem in offices.broken.items():
        click.echo(f"Đơn vị {code} chưa chạy được. {problem}", err=True)
    return machine_of(os.environ, offices)


def _checked() -> Environment:
    """The environment read, its data folder there, nothing else in the database's place; it may be late.

    Raises what `tongdai` says in a sentence.
    """
    from logbook.settings.environment import read_environment

    environment = read_environment(os.environ)
    environment.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_other_files(environment.database_url)
    return environment


def _refuse_other_files(database_url: str) -> None:
    from logbook.database_address import file_of

    file = file_of(database_url)
    if file is None:
        return
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, "", str(file))
    with suppress(FileNotFoundError), file.open("rb") as opened:
        if opened.read(len(SQLITE)) not in (b"", SQLITE):
            raise click.ClickException(f"Không dùng được {file}: tệp không phải là cơ sở dữ liệu SQLite.")


def _begin_demonstration(environment: Environment) -> str:
    """Prepare the database, waiting for it if it is late, and set the demonstration's clock; what to say."""
    from ivr.running.demonstration_clock import set_going

    if environment.starts_at is not None:  # asked for: nothing has to be looked up
        set_going(os.environ, environment.data_folder, environment.starts_at, None)
        return ""
    from ivr.line.hotline import open_hotline
    from ivr.running.demonstration import begin
    from ivr.running.prepare import REFUSALS, prepare, refusal
    from logbook.database.engine import DatabaseBusyError
    from logbook.process.logs import configure_logs
    from logbook.settings.loading import load_settings

    configure_logs("demo")
    settings = load_settings()
    hotline = open_hotline(settings)
    try:
        prepare(hotline)
        return begin(settings)[1]
    except REFUSALS as problem:
        raise click.ClickException(refusal(problem)) from problem
    except (DatabaseBusyError, OSError):
        set_going(os.environ, environment.data_folder, None, None)
        return ""
    finally:
        hotline.database.close()
