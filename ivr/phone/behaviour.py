"""Faults a provider may show in a call: late, lost, repeated or reordered callbacks, chosen one by one."""

from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, urldefrag

RetryOn: TypeAlias = Literal["ct", "rt", "4xx", "5xx", "all"]
_KINDS: dict[str, RetryOn] = {"ct": "ct", "rt": "rt", "4xx": "4xx", "5xx": "5xx", "all": "all"}


@dataclass(frozen=True)
class Behaviour:
    """How the provider delivers requests and callbacks. The defaults are a provider on a good day.

    Requests are counted from 0 over the whole call; only those whose answer matters are counted, not
    callbacks. `unreachable` are never delivered, `lost_answers` are delivered and their answer is lost on the
    way back (both are then retried with the same token), `timed_out` are delivered and answered too late.
    Callbacks named in `lost_callbacks` are never sent; the status callback names the last recording or not.
    """

    request_copies: int = 1
    callback_copies: int = 1
    recording_callback: Literal["before", "after", "late"] = "after"
    status_before_last_action: bool = False
    hold_callbacks: bool = False
    lost_callbacks: frozenset[Literal["recording", "action", "status"]] = frozenset()
    end_names_recording: bool = True
    unreachable: frozenset[int] = frozenset()
    lost_answers: frozenset[int] = frozenset()
    timed_out: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ConnectionOverrides:
    """Connection overrides from a URL's fragment: retries (0-5), what is retried, read time-out (s)."""

    retries: int = 1
    retry_on: frozenset[RetryOn] = frozenset({"ct"})
    read_timeout: float = 15.0

    def retries_after(self, failure: RetryOn) -> bool:
        """Return whether this kind of failure is retried."""
        return bool({failure, "all"} & self.retry_on)


def split_overrides(url: str) -> tuple[str, ConnectionOverrides]:
    """Part a URL from its overrides, e.g. `#rc=2&rp=all&rt=5000` (TEL-3); bad ones keep the default."""
    address, fragment = urldefrag(url)
    given = dict(parse_qsl(fragment))
    kinds = frozenset(_KINDS[kind] for kind in given.get("rp", "ct").split(",") if kind in _KINDS)
    return address, ConnectionOverrides(
        retries=_within(given.get("rc"), 1, 0, 5),
        retry_on=kinds or frozenset({"ct"}),
        read_timeout=_within(given.get("rt"), 15_000, 100, 15_000) / 1000,
    )


def _within(text: str | None, default: int, least: int, most: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and least <= int(text) <= most else default
