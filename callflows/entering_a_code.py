"""One piece of dialogue for every ticket code that is keyed in: six digits, and nothing else (T-11)."""

from __future__ import annotations

from callflows.office import Office
from callflows.states import zero_then_hash
from callflows.vocabulary import Heard, Keys, Place, Press, Turn, say

CODE_LENGTH = 6
PROOF_LENGTH = 4
SECONDS = 10
"""How long the line waits for somebody who reads a code from paper."""


def ask_code(office: Office, place: Place) -> Turn:
    """Six digits."""
    return Turn(place, (say("status_ask", zero=zero_then_hash(office)),), _digits(CODE_LENGTH))


def ask_proof(_office: Office, place: Place) -> Turn:
    """The last four digits of the number used, or the PIN."""
    return Turn(place, (say("status_proof"),), _digits(PROOF_LENGTH))


def _digits(length: int) -> Press:
    return Press(length, seconds=SECONDS, private=True)


def keyed(heard: Heard, length: int) -> str | None:
    """Return the digits if exactly `length` of them were pressed, and no other key."""
    match heard:
        case Keys(pressed=digits) if len(digits) == length and digits.isascii() and digits.isdigit():
            return digits
        case _:
            return None
