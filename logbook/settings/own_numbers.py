"""The office's own numbers: never a citizen's, never dialled; and whom the line may call back.

The line's own numbers are where citizens call: whoever seems to call from one is somebody a PBX forwarded.
The office's landlines (those of people on duty and of officials) belong to a desk, not to a person, and
their last digits are public. A mobile number belongs to a person, who may call as a citizen like anybody.
"""

from __future__ import annotations

from collections.abc import Container

from logbook import phone_numbers
from logbook.settings.loading import Settings


def of_line(settings: Settings) -> frozenset[str]:
    """Return the numbers under which the hotline itself is reached, or which it shows, in E.164."""
    line = settings.line
    return frozenset({line.number, line.caller_id or line.number})


def of_office(settings: Settings) -> frozenset[str]:
    """Return the line's numbers and the landlines of those on duty and of officials, in E.164 (B4)."""
    people = {person.number for person in settings.duty.people}
    officials = {official.number for official in settings.notifications.officials}
    desks = {number for number in people | officials if not phone_numbers.is_mobile(number)}
    return of_line(settings) | desks


def callable_citizen(raw: object, office: Container[str]) -> str | None:
    """Return the E.164 number a citizen may be called back at, None when the line will never dial it (T-13).

    Whoever promises a call asks here, and so does whoever dials: Vietnamese landlines and mobiles only, and
    no number of the office.
    """
    e164 = phone_numbers.callable_in_vietnam(raw)
    return None if e164 in office else e164
