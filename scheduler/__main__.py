"""Runs the scheduler: `python -m scheduler`, working or standing by, until a signal ends it."""

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.trouble import sentence
from logbook.offices.environment import installation_folder, machine_of
from logbook.offices.register import OfficeRegister
from logbook.process import time_limit
from logbook.process.logs import configure_logs
from logbook.process.routes_outside import spare_loopback
from logbook.process.supervision import join_supervisor
from logbook.sending.trial import settle_mode
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings
from scheduler.all_jobs import beating, jobs_of_office
from scheduler.jobs import Watch, guarded, ticking, timetable, watched
from scheduler.lease import Lease
from scheduler.offices.running import OfficesStuckError, SchedulerOfOffices
from scheduler.progress import Progress

_LOOK_AGAIN = 1.0
_LAST_STEPS, _LET_GO = 60.0, 5.0
"""Seconds for the steps under way when a signal ends it, and for giving the lease back."""
STUCK = 75
"""The exit status of a process that ends since it does not get on; start it again (EX_TEMPFAIL)."""


def main() -> int:
    """Run until TERM, HUP or Ctrl-C; 0 after a clean end, 1 for tables too new, 2 for wrong settings."""
    signs = join_supervisor()
    stop = threading.Event()

    def on_stop_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), on_stop_signal)
    configure_logs("production")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that overlaps itself is no news
    folder = installation_folder(os.environ)
    if folder is not None:
        return run_offices(folder, os.environ, stop, signs.give)
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logs(settings.mode, least=logging.INFO)
    spare_loopback(os.environ)
    try:
        with closing(Database(settings.database_url, give_way=time.sleep)) as database:
            run(settings, database, Clock(settings.starts_at), stop, signs.give)
    except StuckError:
        os._exit(STUCK)  # whoever hangs in a thread would keep us from ending in good order
    except Exception as error:
        said = sentence(error)
        if said is None:
            raise
        sys.stderr.write(f"Lỗi: {said}\n")
        return 1
    return 0


def run_offices(
    folder: Path, environ: Mapping[str, str], stop: threading.Event, sign: Callable[[], object]
) -> int:
    """Work for all offices of the installation in `folder`, as `main` does for one."""
    try:
        register = OfficeRegister(folder)
        machine = machine_of(environ, register.now())
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logs(machine.mode, least=logging.INFO)
    spare_loopback(os.environ)
    working = SchedulerOfOffices(register, environ, _owner(), Clock())
    try:
        working.run(stop, sign)
    except OfficesStuckError:
        os._exit(STUCK)  # whoever hangs in a thread would keep us from ending in good order
    return 0


def _owner() -> str:
    """What names this process in a lease."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class StuckError(Exception):
    """This process makes no progress and must end at once, so that another one can work (S4)."""


def run(
    settings: Settings,
    database: Database,
    clock: Clock,
    stop: threading.Event,
    sign: Callable[[], object] = lambda: None,
) -> None:
    """Tick until `stop` is set, once the tables are there (F-21).

    `sign` is called about once a second while the work gets on, as a heartbeat to the supervisor (F-30).

    Raises SchemaError when they are too new, and StuckError when the work does not get on.
    """
    log = structlog.get_logger("scheduler")
    if not _tables_are_there(database, stop, sign):
        return
    with database.writing() as conn:
        settle_mode(conn, settings, clock.now())
    owner = _owner()
    real = Clock()  # never a moved clock: other processes must mean the same moment
    lease = Lease(database, real, owner)
    all_jobs_of = jobs_of_office(settings, database, clock, lease)
    progress = Progress(real, watched(all_jobs_of))
    jobs = timetable(lease, all_jobs_of, beating(database, real), progress)
    guarded(jobs[0])()
    scheduler = ticking(jobs, real)
    scheduler.start()
    log.info("scheduler ticks", owner=owner)
    watch = Watch(scheduler, real)
    why: list[str] = []
    while not why and not stop.wait(_LOOK_AGAIN):
        sign()
        watch.look()
        why = progress.look()
    lease.retire()
    why = _end(scheduler, why)
    try:
        time_limit.within(_LET_GO, lease.let_go)
    except (DatabaseBusyError, time_limit.TookTooLongError):
        log.warning("lease not given back; it runs out by itself")
    if why:
        log.error("stuck, ending at once", stuck=why)
        raise StuckError
    log.info("scheduler ended")


def _end(scheduler: BackgroundScheduler, why: list[str]) -> list[str]:
    """Begin no more ticks, and wait for the steps under way unless something is stuck; why it is."""
    seconds = _LET_GO if why else _LAST_STEPS
    try:
        time_limit.within(seconds, lambda: scheduler.shutdown(wait=not why))
    except time_limit.TookTooLongError:
        return why or ["the end"]
    return why


def _tables_are_there(database: Database, stop: threading.Event, sign: Callable[[], object]) -> bool:
    """Wait until somebody has upgraded the database; False when a signal stops it before."""
    log = structlog.get_logger("scheduler")
    said = False
    while not stop.is_set():
        sign()
        try:
            if database.at_head():
                return True
        except DatabaseBusyError:
            pass
        if not said:
            log.info("waiting for the database and its tables")
            said = True
        stop.wait(_LOOK_AGAIN)
    return False


if __name__ == "__main__":
    sys.exit(main())
