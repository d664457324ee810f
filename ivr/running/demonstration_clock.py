"""The clock of a demonstration: starts in working hours; all processes and commands share it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path

from logbook.clock import local, parse_start, put_to
from logbook.settings.environment import read_environment
from logbook.settings.errors import SettingsError

FILE = "demonstration-clock"
VARIABLE = "TONGDAI_NOW"
TEXT = (
    "Bây giờ {why}; bản chạy thử lấy giờ {start}.\n"
    "Đặt TONGDAI_NOW để chọn giờ khác: TONGDAI_NOW={example} make run"
)
SHUT, AHEAD = "ngoài giờ làm việc", "sổ chạy thử đã ghi đến một lúc muộn hơn"
MORNING = time(9)
DAYS_AHEAD = 60


def set_going(
    environ: MutableMapping[str, str],
    folder: Path,
    asked: datetime | None,
    details: tuple[datetime, str] | None,
) -> None:
    """Set the clock to `asked`, else to what `beginning` returned, for processes and commands from now on.

    Their environment is `environ`; commands started elsewhere find the clock below the data `folder`.
    """
    start = asked or (details[0] if details else None)
    if start is None:
        let_go(folder)
        return
    environ[VARIABLE] = put_to(start)
    fresh = folder / f"{FILE}.new"
    fresh.write_text(environ[VARIABLE], encoding="utf-8")
    fresh.replace(folder / FILE)


def let_go(folder: Path) -> None:
    """Forget the clock: the demonstration is over."""
    (folder / FILE).unlink(missing_ok=True)


def join(environ: MutableMapping[str, str]) -> None:
    """Let a command follow the running demonstration's clock, unless it was given a moment of its own."""
    with suppress(SettingsError, OSError, ValueError):
        environment = read_environment(environ)
        if environment.mode == "demo" and environment.starts_at is None:
            text = (environment.data_folder / FILE).read_text(encoding="utf-8").strip()
            parse_start(text)
            environ[VARIABLE] = text


def beginning(
    now: datetime, newest: datetime | None, works: Callable[[datetime], bool]
) -> tuple[datetime, str] | None:
    """Return when a demonstration begins, and why not now; None when it may begin now.

    It begins in working time (`works` decides), else on the next morning at nine, and never before the
    `newest` moment of its database.
    """
    earliest = max(now, newest) if newest else now
    if works(earliest):
        return (earliest, AHEAD) if earliest > now else None
    first = local(earliest).date()
    for ahead in range(DAYS_AHEAD):
        morning = datetime.combine(first + timedelta(days=ahead), MORNING, local(now).tzinfo)
        if morning >= earliest and works(morning):
            return morning, AHEAD if works(now) else SHUT
    return None


def sentence(details: tuple[datetime, str]) -> str:
    """Return why the clock was set elsewhere, and how to choose a moment."""
    start, why = details
    shown = local(start)
    return TEXT.format(why=why, start=f"{shown:%H:%M %d/%m/%Y}", example=f"{shown:%Y-%m-%dT%H:%M}")
