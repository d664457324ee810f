"""Fetches recordings from the provider, trusting neither addresses nor content (T-09, F-15)."""

import urllib.parse
from dataclasses import dataclass

import requests
import urllib3
from requests.auth import HTTPBasicAuth

from logbook.clock import Clock
from logbook.process import time_limit
from logbook.process.routes_outside import proxies_for
from logbook.recordings.recordings import SID

_PIECE = 65_536
GRACE = 2.0
"""Seconds beyond its own limit after which a fetch is abandoned: its head came drop by drop."""
DELETED_WITHIN = 20.0
_LENGTH_UNKNOWN = (0, 0x7FFFFFFF, 0xFFFFFFFF)
"""RIFF sizes written by encoders that did not know the length beforehand."""


class FetchError(Exception):
    """A recording could not be fetched or deleted; `permanent` when asking again will not help."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        """Say why, in words for a log and for the recording's row."""
        super().__init__(reason)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class FetchedSound:
    """What came: the bytes, and their media type by their own first bytes."""

    content: bytes
    media_type: str


class RecordingFetcher:
    """Asks one account at one provider for recordings by their sid; never inside a transaction."""

    def __init__(
        self, api_url: str, account_sid: str, auth_token: str, max_bytes: int, seconds: float
    ) -> None:
        """Remember where to ask: `seconds` caps a whole fetch, `max_bytes` its size."""
        self._root = f"{api_url.rstrip('/')}/2010-04-01/Accounts/{urllib.parse.quote(account_sid, safe='')}"
        self._auth = HTTPBasicAuth(account_sid, auth_token)
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._monotonic = Clock().monotonic

    def fetch(self, sid: str) -> FetchedSound:
        """Return the sound of recording `sid`; FetchError says whether to ask again.

        The address is built from the sid alone, redirects are not followed, and type, size and
        total time are checked while it comes in, the head of the answer included.
        """
        try:
            return time_limit.within(self._seconds + GRACE, lambda: self._fetch(sid))
        except time_limit.TookTooLongError as error:
            raise FetchError(f"{error} while fetching") from error

    def _fetch(self, sid: str) -> FetchedSound:
        begun = self._monotonic()
        try:
            with self._ask("GET", sid, ".wav") as response:
                _refuse_status(response.status_code)
                content = self._read(response, begun)
                _refuse_short(response, content)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise FetchError(f"{type(error).__name__} while fetching") from error
        return FetchedSound(content, _media_type(content))

    def delete(self, sid: str) -> None:
        """Delete the provider's copy; one that is gone already is well too. FetchError otherwise."""
        try:
            time_limit.within(min(DELETED_WITHIN, self._seconds + GRACE), lambda: self._delete(sid))
        except time_limit.TookTooLongError as error:
            raise FetchError(f"{error} while deleting") from error

    def _delete(self, sid: str) -> None:
        try:
            with self._ask("DELETE", sid, ".json") as response:
                status = response.status_code
        except (requests.RequestException, OSError) as error:
            raise FetchError(f"{type(error).__name__} while deleting") from error
        if status not in (200, 204, 404):
            raise FetchError(f"HTTP {status} while deleting")

    def _ask(self, method: str, sid: str, ending: str) -> requests.Response:
        if not SID.fullmatch(sid):
            raise FetchError("not a recording sid", permanent=True)
        with requests.Session() as session:
            session.trust_env = False  # no .netrc decides where the token goes
            address = f"{self._root}/Recordings/{sid}{ending}"
            return session.request(
                method,
                address,
                proxies=proxies_for(address),
                auth=self._auth,
                headers={"Accept-Encoding": "identity"},
                allow_redirects=False,
                stream=True,
                timeout=(min(5.0, self._seconds), min(15.0, self._seconds)),
            )

    def _read(self, response: requests.Response, begun: float) -> bytes:
        announced = response.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > self._max_bytes:
            raise FetchError(f"larger than {self._max_bytes} bytes", permanent=True)
        content = bytearray()
        # read1 gives what is there: a sender of one byte a second must not hold us for hours.
        while piece := response.raw.read1(_PIECE):
            content += piece
            if len(content) > self._max_bytes:
                raise FetchError(f"larger than {self._max_bytes} bytes", permanent=True)
            if self._monotonic() - begun > self._seconds:
                raise FetchError(f"slower than {self._seconds:g} s")
        return bytes(content)


def _refuse_status(status: int) -> None:
    if status != 200:
        raise FetchError(f"HTTP {status}")


def _refuse_short(response: requests.Response, content: bytes) -> None:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(content) < int(announced):
        raise FetchError(f"cut off after {len(content)} of {announced} bytes")
    if not content:
        raise FetchError("empty")


def _media_type(content: bytes) -> str:
    """Return audio/wav or audio/mpeg by the first bytes; FetchError for anything else or a WAV cut short."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        size = int.from_bytes(content[4:8], "little")
        if size not in _LENGTH_UNKNOWN and size + 8 > len(content):
            raise FetchError(f"cut off after {len(content)} of {size + 8} bytes")
        return "audio/wav"
    if content[:3] == b"ID3" or (content[0] == 0xFF and len(content) > 1 and content[1] & 0xE0 == 0xE0):
        return "audio/mpeg"
    raise FetchError("neither WAV nor MP3", permanent=True)
