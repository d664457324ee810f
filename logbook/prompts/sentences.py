"""Decides how far an office may change a sentence: variables, keys and what the law needs stay."""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import dataclass

from logbook.texts.catalogue import FACTS, Catalogue
from logbook.texts.spoken import Speller

LONGEST = 900
LOCKED = frozenset({"recording_notice", "consent_notice", "consent_question", "trial_notice"})
"""What a caller is told before anything is recorded (rules B4): its wording goes with a version that every
consent is kept with, so it is changed there and nowhere else."""
_NAME = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True)
class SentenceTrouble:
    """Why a sentence cannot be kept: a key of the catalogue, and the words its sentence needs."""

    key: str
    words: tuple[tuple[str, str], ...] = ()


def trouble(shipped: Catalogue, key: str, text: str) -> SentenceTrouble | None:
    """What is wrong with `text` as the sentence `key`; None when it may be kept."""
    if key in LOCKED:
        return SentenceTrouble("prompts_edit_locked")
    if not text.strip() or not re.search(r"\w", text):
        return SentenceTrouble("prompts_edit_empty")
    if len(text) > LONGEST:
        return SentenceTrouble("prompts_edit_long", (("longest", str(LONGEST)),))
    known = variables(shipped.sentences[key])
    try:
        used = variables(text)
    except ValueError:
        return SentenceTrouble("prompts_edit_braces", (("known", _shown(known)),))
    if unknown := used - known - set(FACTS):
        words = (("unknown", _shown(unknown)), ("known", _shown(known)))
        return SentenceTrouble("prompts_edit_unknown", words)
    if lost := known - used - set(FACTS):
        return SentenceTrouble("prompts_edit_lost", (("lost", _shown(lost)),))
    if _keys(shipped.spell, text) != _keys(shipped.spell, shipped.sentences[key]):
        return SentenceTrouble("prompts_edit_keys", (("shipped", shipped.sentences[key]),))
    return None


def variables(text: str) -> set[str]:
    """The names in braces (ValueError for anything else in braces)."""
    found = set()
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not _NAME.fullmatch(name):
            raise ValueError(name)
        found.add(name)
    return found


def _keys(spell: Speller, text: str) -> Counter[str]:
    return Counter(found.casefold() for found in spell.names_key.findall(text))


def _shown(names: set[str]) -> str:
    return ", ".join("{" + name + "}" for name in sorted(names)) or "–"
