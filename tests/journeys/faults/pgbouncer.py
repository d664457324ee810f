"""A PgBouncer in front of a server of PostgreSQL, in a folder of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgresql import Cluster
from tests.suite.ports import free_port
from tests.suite.waiting import PATIENCE, until
from tests.unavailable import unavailable

INI = """
[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = 50
max_client_conn = 200
logfile = {folder}/pgbouncer.log
"""


@dataclass
class PgBouncer:
    """One that runs; `address` leads through it to the database `postgres`."""

    program: str
    server: Cluster
    folder: Path
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"postgresql://{self.server.user}@127.0.0.1:{self.port}/postgres"

    def start(self, mode: str = "session") -> None:
        """Begin in session or transaction mode, and wait until it listens."""
        text = INI.format(host=self.server.folder, port=self.port, folder=self.folder, mode=mode)
        (self.folder / "pgbouncer.ini").write_text(text, "utf-8")
        (self.folder / "users.txt").write_text(f'"{self.server.user}" ""\n', "utf-8")
        words = [self.program, "-q", str(self.folder / "pgbouncer.ini")]
        if os.geteuid() == 0:  # it refuses root
            user = self.server.user
            words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *words]
        self.running = subprocess.Popen(words, cwd="/", stdin=subprocess.DEVNULL)
        assert until(self._listens, PATIENCE)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        """It dies by kill -9, with every connection through it."""
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL)
        self.running.wait(PATIENCE)


@contextmanager
def pgbouncer_before(server: Cluster) -> Iterator[PgBouncer]:
    """One in session mode, gone afterwards."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    folder = server.folder / "pgbouncer"
    folder.mkdir()
    if getpass.getuser() != server.user:
        shutil.chown(folder, server.user, server.user)
    made = PgBouncer(program or unavailable("no pgbouncer on this machine"), server, folder)
    made.start()
    try:
        yield made
    finally:
        made.kill()
