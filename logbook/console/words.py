"""Gives templates the console's sentences, dates and names in one language."""

from __future__ import annotations

from datetime import date, datetime

from logbook import phone_numbers
from logbook.clock import local
from logbook.sentences import written
from logbook.texts.catalogue import Catalogue


class Words:
    """Called with a key it gives the sentence; a key nobody wrote is an error, not a blank."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Speak from `catalogue`."""
        self._catalogue = catalogue
        self.language = catalogue.language

    def __call__(self, key: str, **words: object) -> str:
        """The sentence `key` with its words."""
        return self._catalogue.sentence(key, {name: str(word) for name, word in words.items()})

    def written(self, text: str) -> str:
        """A text with a capital at its beginning and after each full stop."""
        return written(text)

    def has(self, key: str) -> bool:
        """Whether there is such a sentence; for keys that come from an address."""
        return key in self._catalogue.sentences

    def day(self, value: datetime | date | None) -> str:
        """A date as people write it, 25/11/2026; a dash for none."""
        if value is None:
            return "–"
        return (local(value).date() if isinstance(value, datetime) else value).strftime("%d/%m/%Y")

    def moment(self, value: datetime | None) -> str:
        """Date and time in Vietnam, 25/11/2026 09:10; a dash for none."""
        return "–" if value is None else local(value).strftime("%d/%m/%Y %H:%M")

    def clock(self, value: datetime | None) -> str:
        """The time of day in Vietnam."""
        return "–" if value is None else local(value).strftime("%H:%M")

    def number(self, e164: str | None) -> str:
        """A telephone number in full; only where it is shown on purpose."""
        return self("number_withheld") if e164 is None else phone_numbers.dotted(e164)

    def masked(self, e164: str | None) -> str:
        """A telephone number as it stands in every list: how it begins, nothing that proves (B4, T-28)."""
        return self("number_withheld") if e164 is None else phone_numbers.masked(e164)
