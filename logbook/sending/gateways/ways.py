"""By which way a citizen gets a piece of news, and which comes next where one fails: Zalo, text, call."""

from __future__ import annotations

from logbook.outbox.deliveries import CALL, CITIZEN, SMS, ZNS, Delivery
from logbook.sending import limits
from logbook.settings.loading import Settings


def is_set_up(row: Delivery, channel: str, settings: Settings) -> bool:
    """Whether the present settings bring this news by `channel`; a demonstration has no Zalo."""
    citizens = settings.citizens
    if channel == ZNS:
        return not settings.is_demo and citizens.zns is not None and row.kind in citizens.zns.templates
    return citizens.sms_sender is not None if channel == SMS else citizens.calls


def first_text(row: Delivery, settings: Settings) -> str | None:
    """Return the first way of writing to the row's number; None where nobody can write there."""
    return _first(row, (ZNS, SMS), settings)


def next_way(row: Delivery, settings: Settings) -> str | None:
    """Return what takes the place of a text that did not reach a citizen; None for anybody else's row."""
    if row.recipient != CITIZEN:
        return None
    later = {ZNS: (SMS, CALL), SMS: (CALL,)}.get(row.channel or "", ())
    return _first(row, later, settings)


def _first(row: Delivery, channels: tuple[str, ...], settings: Settings) -> str | None:
    usable = (
        one
        for one in channels
        if is_set_up(row, one, settings) and (one == CALL or limits.destination(row, one, settings))
    )
    return next(usable, None)
