"""Whose telephone a tab may be: citizens, a withheld number, and everybody the office rings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.phone.parameters import WITHHELD
from logbook.phone_numbers import dotted, parse
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue

CITIZENS = ("+84912345678", "+84987654321")
ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Owner:
    """Somebody with a telephone; `number` is as the provider sends it, `shown` as people write it."""

    number: str
    name: str
    shown: str
    staff: bool = False

    @property
    def value(self) -> str:
        """How the choice is written in a form and in an address."""
        return ANONYMOUS if self.number == WITHHELD else self.shown


def owners(settings: Settings, texts: Catalogue) -> list[Owner]:
    """Everybody to choose from, each number once."""
    return list({owner.number: owner for owner in _owners(settings, texts)}.values())


def _owners(settings: Settings, texts: Catalogue) -> Iterator[Owner]:
    for number in CITIZENS:
        yield Owner(number, texts.sentence("phone_citizen"), dotted(number))
    yield Owner(WITHHELD, texts.sentence("phone_citizen"), texts.sentence("phone_withheld"))
    for clerk in settings.duty.people:
        yield Owner(clerk.number, f"{clerk.title} {clerk.name}", dotted(clerk.number), staff=True)
    for official in settings.notifications.officials:
        yield Owner(official.number, f"{official.title} {official.name}", dotted(official.number), staff=True)


def shown(number: str, texts: Catalogue) -> str:
    """A number as people write it; a sender's name, or a SIP address, as it is."""
    if number == WITHHELD:
        return texts.sentence("phone_withheld")
    e164 = parse(number).e164
    return dotted(e164) if e164 else number


def owner_of(asked: str, settings: Settings, texts: Catalogue) -> Owner | None:
    """Return whose telephone has the number as somebody wrote it; None when it is no number."""
    known = owners(settings, texts)
    if asked.strip().lower() == ANONYMOUS:
        return next(owner for owner in known if owner.number == WITHHELD)
    number = parse(asked).e164
    if number is None:
        return None
    citizen = Owner(number, texts.sentence("phone_citizen"), dotted(number))
    return next((owner for owner in known if owner.number == number), citizen)
