"""Posts one signed message to another system: to a checked address, once, following nothing."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from logbook.process import outside_addresses, time_limit
from logbook.process.outside_addresses import AddressRefusedError, OutsideAddress


class PostFailedError(Exception):
    """It was not taken; the message is for the page of deliveries. `hangs`: the receiver is not there."""

    def __init__(self, why: str, status: int | None = None, *, hangs: bool = False) -> None:
        """Say why, without anything that a receiver wrote."""
        super().__init__(why)
        self.status = status
        self.hangs = hangs


@dataclass(frozen=True, slots=True)
class WebhookPost:
    """Posts to receivers; `step` is seconds for each step of the connection, `total` for all of it."""

    inner_hosts: Collection[str] = ()
    step: float = 5.0
    total: float = 10.0

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> int:
        """Send once and return the status, which is 2xx (PostFailedError)."""
        try:
            status = time_limit.within(self.total, lambda: self._post(url, body, headers))
        except time_limit.TookTooLongError:
            raise PostFailedError("no answer in time", hangs=True) from None
        except AddressRefusedError:
            raise PostFailedError("the address is not allowed", hangs=True) from None
        except ssl.SSLError as error:
            raise PostFailedError(f"TLS: {type(error).__name__}", hangs=True) from None
        except OSError as error:
            raise PostFailedError(f"no connection: {type(error).__name__}", hangs=True) from None
        except http.client.HTTPException as error:
            raise PostFailedError(f"not HTTP: {type(error).__name__}") from None
        if not 200 <= status < 300:
            raise PostFailedError(f"HTTP {status}", status)
        return status

    def _post(self, url: str, body: str, headers: Mapping[str, str]) -> int:
        address = outside_addresses.read(url, self.inner_hosts)
        connection = self._connection(address, outside_addresses.connectable(address))
        try:
            fixed = {
                "Content-Type": "application/json",
                "User-Agent": "tongdai-webhook/1",
                "Connection": "close",
            }
            connection.request("POST", address.target, body.encode(), {**fixed, **headers})
            return connection.getresponse().status
        finally:
            connection.close()

    def _connection(self, address: OutsideAddress, place: str) -> http.client.HTTPConnection:
        """Return a connection to that very machine which still asks for, and trusts, the name alone."""
        bare = http.client.HTTPConnection(address.host, address.port, timeout=self.step)
        opened = socket.create_connection((place, address.port), self.step)
        if address.scheme == "https":
            context = ssl.create_default_context()
            opened = context.wrap_socket(opened, server_hostname=address.host)
        bare.sock = opened
        return bare
