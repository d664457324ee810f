"""What form handling needs of the console, as a protocol."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from logbook.accounts.rights import Person
from logbook.installation import Installation


class Console(Protocol):
    """The part of the console's frame that forms use."""

    installation: Installation

    @property
    def now(self) -> datetime:
        """The office's clock."""

    @property
    def secret(self) -> str:
        """The installation's key."""

    @property
    def person(self) -> Person:
        """Who is signed in."""

    @property
    def token(self) -> str:
        """The session's token as this browser names it."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One transaction that only reads."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction that may write."""
