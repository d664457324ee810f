"""Asks Asterisk how the line stands and records it for pages, health checks and alarms."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from ivr.gateway.ami import Manager, ManagerError
from ivr.gateway.whom import TRUNK
from logbook.calls import quality
from logbook.calls.quality import CallQuality
from logbook.clock import Clock
from logbook.database.engine import DatabaseBusyError
from logbook.database.shared_clock import shared_now
from logbook.installation import Installation
from logbook.sending import own_line_state


@dataclass(frozen=True)
class ExchangeState:
    """What Asterisk says of itself; `answers` is False when it cannot be asked."""

    answers: bool
    registered: bool
    calls: int
    telephones: tuple[str, ...] = ()
    """SIP telephones that are registered."""


def ask(manager: Manager) -> ExchangeState:
    """Ask Asterisk: is it registered at its carrier (or reaches it), how many calls are there."""
    try:
        registrations = manager.listed("PJSIPShowRegistrationsOutbound")
        contacts = manager.listed("PJSIPShowContacts")
        channels = manager.listed("CoreShowChannels")
    except (ManagerError, ValueError):
        return ExchangeState(answers=False, registered=False, calls=0)
    named = {one.get("Aor", ""): one.get("Status", "") for one in contacts}
    if registrations:
        registered = any(one.get("Status") == "Registered" for one in registrations)
    else:
        registered = named.get(TRUNK, "") not in {"Unavailable", "Unreachable", ""}
    inbound = sum(one.get("Channel", "").startswith(f"PJSIP/{TRUNK}-") for one in channels)
    telephones = tuple(sorted(name for name in named if name.startswith("tel-")))
    return ExchangeState(answers=True, registered=registered, calls=inbound, telephones=telephones)


def note(office: Installation, manager: Manager, taken: int, answer_ms: int | None) -> ExchangeState:
    """Tell the logbook how the line stands; a logbook that cannot be reached is told the next time."""
    found = ask(manager)
    write(office, found, taken, answer_ms)
    return found


def quality_noted_in(office: Installation) -> Callable[[str, CallQuality], None]:
    """Return what keeps how well a call was heard, unless the database is busy: no call depends on it."""

    def noted(sid: str, heard: CallQuality) -> None:
        with suppress(DatabaseBusyError, SQLAlchemyError), office.database.writing() as conn:
            quality.note(conn, sid, heard)

    return noted


def write(office: Installation, found: ExchangeState, taken: int, answer_ms: int | None) -> None:
    """Record how the line stands, unless the database is busy."""
    with suppress(DatabaseBusyError), office.database.writing() as conn:
        own_line_state.write(
            conn,
            shared_now(conn, Clock()),
            found.answers,
            found.registered,
            max(found.calls, taken),
            answer_ms,
            [name.removeprefix("tel-") for name in found.telephones],
        )
