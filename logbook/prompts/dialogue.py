"""Decides how far an office may change what the line offers: entries of the menu, procedures and their texts.

Receiving phản ánh, kiến nghị is the line's duty (NĐ 20/2008): that entry may be moved, not switched off.
Whoever presses 9 or 0 always gets what these keys mean everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from logbook.prompts.sentences import SentenceTrouble
from logbook.settings.config_file import ProcedurePart

DUTY = "complaint"
"""The entry that stays."""
MOST_PROCEDURES = 8
FIELDS = ("name", "papers", "fee", "time_limit", "where")


def menu_of(places: Mapping[str, str], switched_on: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The chosen entries in the order of their places (numbers as typed; an unreadable one comes last)."""
    order = {name: _place(places.get(name, ""), at) for at, name in enumerate(known)}
    return tuple(sorted((name for name in known if name in switched_on), key=lambda name: order[name]))


def menu_trouble(menu: Sequence[str]) -> SentenceTrouble | None:
    """What is wrong with a menu; None when it may be kept."""
    if not menu:
        return SentenceTrouble("line_menu_empty")
    return None if DUTY in menu else SentenceTrouble("line_menu_duty")


def menu_value(menu: Sequence[str]) -> str:
    """A menu as it is kept."""
    return json.dumps(list(menu))


def procedures_of(
    rows: Sequence[Mapping[str, str]],
) -> tuple[tuple[ProcedurePart, ...], SentenceTrouble | None]:
    """The procedures as typed, by their place; rows without any text are left out.

    The trouble says which one cannot be kept, and why.
    """
    written = [row for row in rows if any(row.get(name, "").strip() for name in FIELDS)]
    ordered = sorted(enumerate(written), key=lambda one: _place(one[1].get("place", ""), one[0]))
    if len(ordered) > MOST_PROCEDURES:
        return (), SentenceTrouble("line_procedures_many", (("most", str(MOST_PROCEDURES)),))
    found: list[ProcedurePart] = []
    for at, (_, row) in enumerate(ordered, start=1):
        values = {name: row.get(name, "").strip() for name in FIELDS}
        try:
            part = ProcedurePart.model_validate({**values, "id": row.get("id") or f"thu-tuc-{at}"})
        except ValidationError as wrong:
            field = str(wrong.errors()[0]["loc"][0])
            words = (("number", str(at)), ("field", field))
            return (), SentenceTrouble("line_procedures_field", words)
        found.append(part)
    return tuple(_with_own_ids(found)), None


def procedures_value(procedures: Sequence[ProcedurePart]) -> str:
    """Procedures as they are kept."""
    return json.dumps([one.model_dump() for one in procedures], ensure_ascii=False)


def _with_own_ids(found: Sequence[ProcedurePart]) -> list[ProcedurePart]:
    """No two with one id, which names their recordings."""
    seen: set[str] = set()
    own = []
    for one in found:
        name, number = one.id, 2
        while name in seen:
            name, number = f"{one.id[:36]}-{number}", number + 1
        seen.add(name)
        own.append(one if name == one.id else one.model_copy(update={"id": name}))
    return own


def _place(text: str, otherwise: int) -> tuple[int, int]:
    readable = text.isascii() and text.isdigit() and len(text) <= 3
    return (int(text) if readable else 1000, otherwise)
