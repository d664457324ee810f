"""`tongdai serve`, `voice`, `web`, `scheduler`: the same program, together or apart."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import click

from ivr.supervisor import Supervisor
from logbook.settings import Settings

THREADS = 4
OVERLAP = 10.0
"""Seconds old and new workers serve side by side when the program is told to reload (HUP, F-03)."""
LINE = (sys.executable, "-m", "ivr", "voice", "--with-pages")
SCHEDULER = (sys.executable, "-m", "scheduler")


@click.command()
def serve() -> None:
    """Run everything in one place: telephone, pages and scheduler."""
    from ivr.demonstration import begin, welcome
    from ivr.demonstration_clock import let_go

    settings, said = _ready(), ""
    _demand_port(settings)
    if settings.is_demo:
        settings, said = begin(settings)
    house = Supervisor({"line": LINE, "scheduler": SCHEDULER})
    house.start()
    try:
        if said:
            click.echo(said)
        if _answers(settings, house):
            click.echo(welcome(settings))
        ended = house.watch()
    finally:
        let_go(settings.data_folder)
    sys.exit(ended)


@click.command()
@click.option("--with-pages", is_flag=True, help="Serve the web pages from the same process.")
def voice(with_pages: bool) -> None:
    """Run the telephone's webhooks alone."""
    settings = _ready()
    _demand_port(settings)
    _web_server(settings, "everything" if with_pages else "voice")


@click.command()
def web() -> None:
    """Run the pages alone."""
    settings = _ready()
    _demand_port(settings)
    _web_server(settings, "web")


@click.command()
def scheduler() -> None:
    """Run what happens without anyone calling."""
    if sys.platform == "win32":  # no process there can become another one
        sys.exit(subprocess.run(SCHEDULER, check=False).returncode)
    # Whoever tells this process to end tells the scheduler itself, and no process stays behind.
    os.execv(sys.executable, SCHEDULER)  # noqa: S606


def _ready() -> Settings:
    """Settings read, data folder there, tables and criteria in place."""
    from ivr.hotline import open_hotline
    from ivr.prepare import DemoAccountsLeft, prepare
    from logbook.backup import BackupFailed, UnsoundBackup
    from logbook.criteria import CriteriaSetChanged
    from logbook.database import SchemaError
    from logbook.settings import load_settings

    settings = load_settings()
    settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hotline = open_hotline(settings)
    try:
        prepare(hotline)
    except (SchemaError, CriteriaSetChanged, DemoAccountsLeft) as problem:
        raise click.ClickException(str(problem)) from problem
    except (BackupFailed, UnsoundBackup) as problem:
        raise click.ClickException(f"Chưa nâng cấp, vì chưa sao lưu được sổ: {problem}") from problem
    finally:
        hotline.database.close()
    return settings


def _demand_port(settings: Settings) -> None:
    """Say what to do when something else listens there already."""
    from ivr.port import demand_port

    demand_port(settings.host, settings.port)


def _web_server(settings: Settings, role: str) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        f"ivr.wsgi:{role}",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        respawn_interval=OVERLAP,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


def _answers(settings: Settings, house: Supervisor, seconds: float = 30.0) -> bool:
    """Whether the program answers `/readyz` within `seconds`."""
    import requests

    by = time.monotonic() + seconds
    while time.monotonic() < by and not house.ending:
        house.look()
        try:
            if requests.get(f"http://127.0.0.1:{settings.port}/readyz", timeout=2).ok:
                return True
        except requests.RequestException:
            pass
        time.sleep(0.2)
    return False
