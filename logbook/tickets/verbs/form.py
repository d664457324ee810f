"""A form of a ticket's page as it was sent, for the verb that reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from logbook.calendar.working_time import WorkingTime
from logbook.settings.config_file import TicketsPart
from logbook.tickets.lifecycle import TransitionRefusedError
from logbook.tickets.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent, with what is needed to understand it; each field may come several times."""

    form: Mapping[str, Sequence[str]]
    ticket: Ticket
    part: TicketsPart
    office: WorkingTime
    now: datetime

    def words(self, name: str) -> str:
        """One field without the blanks around it."""
        return self.form.get(name, [""])[0].strip()

    def number(self, name: str) -> int | None:
        """A whole number of at most nine digits, or None."""
        return row_number(self.words(name))

    def numbers(self, name: str) -> list[int]:
        """Every whole number given under a name, each once; TransitionRefusedError for anything else."""
        found = {row_number(one.strip()) for one in self.form.get(name, ()) if one.strip()}
        if None in found:
            raise TransitionRefusedError("nobody has that id", "choice")
        return sorted(number for number in found if number is not None)

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.form.get(name, [""])[0] == "1"


def row_number(given: str) -> int | None:
    """A whole number of at most nine digits, or None."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 9 else None
