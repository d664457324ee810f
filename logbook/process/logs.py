"""Logs of every process: one JSON object a line, telephone numbers masked, no line broken (T-04, T-18)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import Processor

from logbook.clock import local
from logbook.masking import without_numbers

Mode = Literal["demo", "trial", "production"]


_LEVELS = {"warning": "cảnh báo", "error": "lỗi", "critical": "lỗi"}


class _StandardError:
    """The standard error of the moment something is written, which a test or a service may have replaced."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _Libraries(logging.StreamHandler[_StandardError]):
    """Hears what libraries log."""


def configure_logs(mode: Mode, *, least: int | None = None) -> None:
    """Log to stderr, our own lines and those of the libraries alike; the same for every process (S14).

    A demonstration shows warnings only, since calls are shown as they are heard; `least` is another level of
    `logging` below which our own lines are not shown. Libraries speak of warnings only. Whoever tries the
    program out on a terminal reads lines for people, and warnings only; programs read JSON.
    """
    for_people = mode != "production" and sys.stderr.isatty()
    usual = logging.WARNING if mode == "demo" or for_people else logging.INFO
    level = usual if least is None or for_people else least
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_numbers,
        _as_a_line if for_people else structlog.processors.JSONRenderer(ensure_ascii=True),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )
    _take_in_libraries(processors)


def _as_a_line(_logger: object, _name: str, event: MutableMapping[str, Any]) -> str:
    """One line for a person: when, how bad, what, and of an error its last words; nothing can break it."""
    level, at = str(event.pop("level", "")), str(event.pop("timestamp", ""))
    failed = str(event.pop("exception", "")).strip().splitlines()[-1:]
    details = [f"{name}={value}" for name, value in event.items() if name != "event"]
    words = " ".join([str(event.get("event", "")), *details, *failed])
    clock = local(datetime.fromisoformat(at)) if at else None
    line = f"{clock:%H:%M:%S} [{_LEVELS.get(level, level)}] {words}" if clock else words
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def _take_in_libraries(processors: list[Processor]) -> None:
    """Send what libraries log through the same processors."""
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *processors]
    )
    handler = _Libraries(_StandardError())
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each, _Libraries)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


def mask_numbers(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide the end of anything that looks like a telephone number, in every field (rules B4)."""
    for key, value in event.items():
        if key != "timestamp":
            event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    match value:
        case str():
            return without_numbers(value)
        case None | int() | float():
            return value
        case Mapping():
            return {_masked(key): _masked(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(each) for each in value]
        case _:
            return _masked(repr(value))
