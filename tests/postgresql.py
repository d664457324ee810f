"""A throw-away PostgreSQL for tests, where its programs are installed."""

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

PREFIX, OWNER = "tongdai-pg-", "owner"


@dataclass(frozen=True)
class Cluster:
    """One running server in a folder of its own, careless about power cuts.

    It is reachable by its socket alone, or at `port` of this machine as well; `options` are more of its own.
    """

    programs: Path
    folder: Path
    user: str
    outlives_crashes: bool = True
    port: int | None = None
    options: str = ""

    @property
    def url(self) -> URL:
        where = {"host": str(self.folder)}
        return URL.create("postgresql+psycopg", self.user, database="postgres", query=where)

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        if not self.outlives_crashes:
            options += " -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
        if self.port is not None:
            options += f" -c listen_addresses=127.0.0.1 -p {self.port}"
        self._control("start", "-o", f"{options} {self.options}")

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def restart(self) -> None:
        """Every server process dies at once, as in a crash, and the server comes back as it was started."""
        self._control("restart", "-m", "immediate")

    def kill(self) -> None:
        """The server and all its processes die by kill -9."""
        main = self.pid
        assert main is not None
        children = Path(f"/proc/{main}/task/{main}/children").read_text("utf-8").split()
        for pid in (main, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def promote(self) -> None:
        """Let a standby take the place of its primary."""
        self._control("promote")

    @property
    def pid(self) -> int | None:
        """The server's first process, where it runs; one that was killed may still wait to be buried."""
        try:
            pid = int((self.folder / "data" / "postmaster.pid").read_text("utf-8").split()[0])
            os.kill(pid, 0)
            stat = Path(f"/proc/{pid}/stat")
            is_zombie = stat.exists() and stat.read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if is_zombie else pid

    def _control(self, *words: str) -> None:
        where = ("-w", "-t", "300", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"))
        run_as(self.user, self.programs / "pg_ctl", *where, *words)


def programs() -> Path | None:
    """Where initdb and pg_ctl are: on the PATH, or where Debian keeps them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return kept[-1].parent if kept else None


def _hold(folder: Path) -> int | None:
    """Mark a cluster's folder as in use until this process ends, however it ends; None when it is in use."""
    import fcntl  # this server runs on POSIX only, its file is read everywhere

    descriptor = os.open(folder / OWNER, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def remove_left_behind(found: Path, where: Path | None = None) -> None:
    """Stop and remove the clusters of test runs that were killed: each would go on running for ever."""
    for folder in (where or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        if not (folder / OWNER).exists() or not os.access(folder / OWNER, os.W_OK):
            continue
        held = _hold(folder)
        if held is None:
            continue
        if (folder / "data" / "postmaster.pid").exists():
            with contextlib.suppress(pytest.fail.Exception):
                Cluster(found, folder, _user()).stop()
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _user() -> str:
    """Who runs the server: initdb and pg_ctl refuse root."""
    user = getpass.getuser()
    return "postgres" if user == "root" else user


@contextlib.contextmanager
def cluster(
    found: Path,
    *,
    outlives_crashes: bool = True,
    port: int | None = None,
    options: str = "",
    standby_of: Cluster | None = None,
) -> Iterator[Cluster]:
    """A server made of the programs in `found`, and gone afterwards.

    One that need not outlive the crash of its own processes acknowledges before it has written. A standby
    is a copy of the server at another port, and follows it.
    """
    remove_left_behind(found)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    held = _hold(folder)
    assert held is not None
    user = _user()
    if user != getpass.getuser():
        shutil.chown(folder, user, user)
    made = Cluster(found, folder, user, outlives_crashes, port, options)
    if standby_of is None:
        options_of_initdb = ("-U", user, "-A", "trust", "-E", "UTF8", "--no-sync")
        run_as(user, found / "initdb", "-D", folder / "data", *options_of_initdb)
    else:
        where = ("-h", "127.0.0.1", "-p", str(standby_of.port), "-U", user, "-D", folder / "data")
        run_as(user, found / "pg_basebackup", *where, "-R", "-X", "stream", "-c", "fast", "--no-sync")
    made.start()
    try:
        yield made
    finally:
        if made.pid is not None:
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def run_as(user: str, *command: str | Path) -> None:
    """Run a program as that user; the test fails with what the program said."""
    words = [str(word) for word in command]
    if getpass.getuser() != user:
        words = ["runuser", "-u", user, "--", *words]
    done = subprocess.run(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        pytest.fail(f"{words[0]}: {done.stderr}")
