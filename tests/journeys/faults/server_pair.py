"""Two PostgreSQL servers: what one acknowledges the other holds too, and takes over when told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.postgresql import Cluster, cluster, programs
from tests.suite.ports import free_port
from tests.unavailable import unavailable


@dataclass(frozen=True)
class ServerPair:
    """A primary that waits for its standby at each commit, and that standby."""

    primary: Cluster
    standby: Cluster

    @property
    def address(self) -> str:
        """What the program is told: both servers, in this order."""
        first, second = (f"127.0.0.1:{one.port}" for one in (self.primary, self.standby))
        return f"postgresql://{self.primary.user}@{first},{second}/postgres"

    def fail_over(self) -> None:
        """The primary is killed, and the standby takes its place as an operator would have it."""
        self.primary.kill()
        self.standby.promote()


@contextmanager
def server_pair() -> Iterator[ServerPair]:
    """Both servers, gone afterwards."""
    found = programs() or unavailable("no PostgreSQL on this machine (initdb not found)")
    waits = "-c synchronous_standby_names=*"
    with (
        cluster(found, port=free_port(), options=waits) as primary,
        cluster(found, port=free_port(), standby_of=primary) as standby,
    ):
        yield ServerPair(primary, standby)
