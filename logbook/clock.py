"""The clock: the only module that reads the time, so that a demonstration can move it."""

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII | re.IGNORECASE
)


class Clock:
    """The present moment; moved when a start is given, and then it goes on from there at normal speed."""

    def __init__(self, start: datetime | None = None) -> None:
        """Take the machine's time, or begin at `start` (aware; ValueError when naive)."""
        if start is not None and start.utcoffset() is None:
            msg = "a clock cannot start at a naive datetime"
            raise ValueError(msg)
        self._start = None if start is None else start.astimezone(UTC)
        self._begun = time.monotonic()

    @property
    def moved(self) -> bool:
        """Whether the clock was set to another moment than the machine's."""
        return self._start is not None

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=self.monotonic() - self._begun)

    def monotonic(self) -> float:
        """Return seconds that never jump; only differences have a meaning (F-13: leases, waits)."""
        return time.monotonic()


def local(instant: datetime) -> datetime:
    """Return an aware instant as Vietnamese local time (ValueError when naive)."""
    if instant.utcoffset() is None:
        msg = "a naive datetime has no place on the clock"
        raise ValueError(msg)
    return instant.astimezone(ZONE)


def parse_moment(text: str) -> datetime:
    """Read an ISO 8601 moment as aware UTC; without an offset it is Vietnamese local time.

    Both "2026-11-25T09:10:00+07:00" and "2026-11-25T09:10" are good; a date alone is not (ValueError).
    """
    if not _MOMENT.fullmatch(text.strip()):
        msg = f"not a moment like 2026-11-25T09:10:00+07:00: {text[:40]!r}"
        raise ValueError(msg)
    moment = datetime.fromisoformat(text.strip().upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZONE)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = f"outside the years a calendar knows: {text[:40]!r}"
        raise ValueError(msg) from error


def parse_start(text: str) -> datetime:
    """Read where a moved clock stands at present, as aware UTC (ValueError).

    A moment alone is where it starts; "MOMENT@SINCE" is a clock that was put to MOMENT at the machine's time
    SINCE and has gone on from there, so that processes started one after the other share it.
    """
    start, _, since = text.partition("@")
    moment = parse_moment(start)
    if not since:
        return moment
    return moment + max(timedelta(0), Clock().now() - parse_moment(since))


def put_to(moment: datetime) -> str:
    """Record for `parse_start` that the clock is put to `moment` now."""
    return f"{moment.astimezone(UTC).isoformat()}@{Clock().now().isoformat()}"
