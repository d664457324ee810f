"""What an official hears in a call can be recorded whole, so that no machine breaks into it."""

from __future__ import annotations

from typing import get_args

from callflows.escalations import EscalationKind
from logbook.prompts import listing
from logbook.prompts.current import LineContent
from logbook.prompts.joining import ClipIndex
from logbook.sentences import written
from logbook.texts.catalogue import load_texts
from tests.town_hall import SETTINGS


def test_every_sentence_of_an_escalation_is_covered_once_everything_listed_is_recorded() -> None:
    texts = load_texts(SETTINGS.office.names)
    vietnamese = texts["vi"]
    content = LineContent(texts, procedures=SETTINGS.procedures)
    prompts = listing.prompts(content, SETTINGS, (), "vi")
    index = ClipIndex((number, one.text) for number, one in enumerate(prompts))
    code, says = vietnamese.spell.digits("004217", 3), vietnamese.sentence
    kinds = [f"chair_kind_{kind}" for kind in get_args(EscalationKind)]
    said = [
        written(says("chair_escalation", {"kind": says(key), "code": code}))
        for key in kinds
        if not vietnamese.words_of(key)
    ]
    said += [written(says("chair_about", {"about": one.name})) for one in SETTINGS.tickets.categories]
    said += [
        written(says("chair_key_hand_on", {"title": one.title})) for one in SETTINGS.notifications.officials
    ]
    assert [text for text in said if index.cover(text) is None] == []
    assert len(said) > 20
