"""Lists everything the line says, in the order in which an office should record it, and how each part stands.

A sentence without variables is one prompt. One with variables is a prompt for each of its parts; what fills
them is recorded once: numbers, dates and hours as words, the office's own texts whole.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from logbook.prompts.clips import PromptClip
from logbook.prompts.current import LineContent
from logbook.prompts.sentences import LOCKED
from logbook.prompts.wording import digest
from logbook.sentences import written
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue, keys_of_part

FIRST = (
    "greeting_open",
    "recording_notice",
    "menu_guidance",
    "menu_complaint",
    "menu_status",
    "menu_rating",
    "menu_choice",
    "menu",
    "menu_closed",
    "closed_after",
    "closed_before",
    "closed_lunch",
    "closed_weekend",
    "next_opening",
    "menu_closed_complaint",
    "menu_closed_status",
    "connect_clerk",
    "no_input",
    "invalid_key",
    "goodbye",
)
"""What every caller hears, or most of them: recorded first."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "vi": (
        *("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"),
        *("mười một", "mười hai", "mười ba", "mười bốn", "mười lăm", "mười sáu", "mười bảy", "mười tám"),
        *("mười chín", "hai mươi", "ba mươi", "mươi", "mốt", "lăm", "tư", "linh", "trăm"),
        *("giờ", "phút", "giây", "ngày", "tháng", "hôm nay", "ngày mai", "từ", "đến"),
        *("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật"),
        *("buổi sáng", "buổi chiều", "buổi tối"),
    )
}
"""Clips from which codes, dates and hours are joined."""


OF_ESCALATION = "chair_kind_"
"""Begins the keys of what an escalation is about, as an official hears it."""


class PromptState(StrEnum):
    """Recorded; recorded for words that have changed since; not recorded; on its way from a call."""

    RECORDED = "recorded"
    STALE = "stale"
    MISSING = "missing"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to record: `name` in addresses, the sentence it belongs to ("" for words), its text.

    `clip` is the newest recording made for it, which is played only while `state` is recorded.
    """

    name: str
    key: str
    text: str
    state: PromptState
    clip: PromptClip | None
    first: bool = False
    locked: bool = False

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is poor about the recording that is played."""
        if self.clip is None or self.state is not PromptState.RECORDED:
            return ()
        return self.clip.troubles


def prompts(
    content: LineContent, settings: Settings, clips: Iterable[PromptClip], language: str
) -> list[Prompt]:
    """Everything the line says in `language`, in the order of work."""
    by_digest: dict[str, PromptClip] = {}
    by_name: dict[str, PromptClip] = {}
    for clip in clips:
        if clip.language == language:
            by_name[clip.prompt] = clip
            if clip.seconds or clip.waits:
                by_digest[clip.digest] = clip
    found, seen = [], set[str]()
    for name, key, text in _texts(content, settings, language):
        here = digest(text)
        if here in seen:
            continue
        seen.add(here)
        made = by_digest.get(here) or by_name.get(name)
        found.append(Prompt(name, key, text, _state(made, here), made, key in FIRST, key in LOCKED))
    return found


def _state(clip: PromptClip | None, here: str) -> PromptState:
    if clip is None:
        return PromptState.MISSING
    if clip.digest != here:
        return PromptState.STALE
    if clip.waits:
        return PromptState.WAITS
    return PromptState.RECORDED if clip.seconds else PromptState.MISSING


def _texts(content: LineContent, settings: Settings, language: str) -> Iterable[tuple[str, str, str]]:
    catalogue = content.texts[language]
    keys = keys_of_part(language, "line")
    ordered = [*(key for key in FIRST if key in keys), *(key for key in keys if key not in FIRST)]
    for key in ordered[: len(FIRST)]:
        yield from _parts(catalogue, key, settings)
    for number, word in enumerate(WORDS.get(language, ())):
        yield f"word.{number}", "", word
    yield from _own(content, settings)
    for key in ordered[len(FIRST) :]:
        yield from _parts(catalogue, key, settings)
    yield from _to_officials(catalogue, settings, language)


def _to_officials(catalogue: Catalogue, settings: Settings, language: str) -> Iterable[tuple[str, str, str]]:
    """What fills the sentences of a call to an official: what it is about, the fields, their titles."""
    for key in keys_of_part(language, "escalations"):
        if key.startswith(OF_ESCALATION):
            yield from _parts(catalogue, key, settings)
    for category in settings.tickets.categories:
        yield f"category.{category.key}", "", category.name
    for official in settings.notifications.officials:
        yield f"official.{official.id}", "", official.title


def _parts(catalogue: Catalogue, key: str, settings: Settings) -> Iterable[tuple[str, str, str]]:
    parts = parts_of(catalogue, key, settings)
    for number, text in enumerate(parts, start=1):
        yield (key if len(parts) == 1 else f"{key}.{number}"), key, text


def parts_of(catalogue: Catalogue, key: str, settings: Settings) -> list[str]:
    """What of a sentence is always the same: the whole, or the parts between its variables."""
    fixed = {**catalogue.names(), "office": settings.office.name_spoken}
    parts = [""]
    for literal, name, _, _ in string.Formatter().parse(catalogue.sentences[key]):
        parts[-1] += literal
        if name in fixed:
            parts[-1] += fixed[name]
        elif name is not None:
            parts.append("")
    return [written(text) for text in (part.strip(" ,.;:") for part in parts) if re.search(r"\w", text)]


def _own(content: LineContent, settings: Settings) -> Iterable[tuple[str, str, str]]:
    """The office's own texts that are read aloud as they stand."""
    for one in content.procedures:
        for name in ("name", "papers", "fee", "time_limit", "where"):
            yield f"procedure.{one.id}.{name}", "", str(getattr(one, name))
    for number in settings.emergency_numbers:
        yield f"emergency.{number.number}", "", number.purpose
    for criterion in settings.ratings.criteria:
        yield f"criterion.{criterion.key}", "", criterion.text
