"""What the lists say of rows that are not as they were."""

from __future__ import annotations

import pytest

from ivr.commands.listing import WORDS
from logbook.texts.catalogue import load_texts
from logbook.tickets.lifecycle import TicketState


@pytest.mark.parametrize("kind", ["call_sound_", "call_purpose_", "call_outcome_", "call_caller_type_"])
def test_whatever_state_has_words_on_the_screen_has_words_in_the_list(kind: str) -> None:
    beside = {"player", "note", "unknown"}
    known = {key.removeprefix(kind) for key in load_texts()["vi"].sentences if key.startswith(kind)}
    assert known - beside - WORDS.keys() == set()


def test_every_state_of_a_ticket_has_words_in_the_list() -> None:
    assert set(TicketState) - WORDS.keys() == set()
