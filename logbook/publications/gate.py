"""The gate: finds words of a text to be published that may identify somebody, and why (002-27, B4).

It is deliberately strict: a refused text is written again in a minute, a published name is never taken back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from logbook.publications.findings import Finding, FindingKind, bare, found, normal
from logbook.publications.gate_names import names
from logbook.publications.gate_numbers import numbers
from logbook.publications.gate_persons import persons

_WORD = re.compile(r"\w+")
COPIED_WORDS = 10
"""So many words in a row as the caller's own are no summary."""
_END_DIGITS = 6
_JOINED = re.compile(r"(?<=[^\W\d_])[-_](?=[^\W\d_])|(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
"""Signs that hold the words of a name together: Bùi-thị-Sen."""
_COARSE = re.compile(
    r"(?:thôn|xã|phường|huyện|thị|tỉnh|tp|thành phố|tổ dân phố|khu phố|xóm|buôn|làng|ấp|bản|khóm|việt nam)"
    r"(?!\w)"
)
"""Parts of an address that are no finer than the thôn."""


@dataclass(frozen=True, slots=True)
class TicketSecrets:
    """What of a ticket must not come out: who brought it, from where, and what they said."""

    name: str = ""
    numbers: tuple[str, ...] = ()
    address: str = ""
    code: str = ""
    content: str = ""


NO_SECRETS = TicketSecrets()


@dataclass(frozen=True, slots=True)
class OfficeNames:
    """What of the office may stand in a text: its places in small letters, its number and mail."""

    places: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()


class GateRefusedError(Exception):
    """A text says who somebody is; `findings` are the words, in their order."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Refuse for these words."""
        super().__init__("; ".join(f"{one.kind}: {one.words}" for one in findings))
        self.findings = findings


def inspect(text: str, office: OfficeNames, secrets: TicketSecrets = NO_SECRETS) -> tuple[Finding, ...]:
    """Return the words of `text` that may identify somebody, each place once, in their order."""
    looked_at = normal(text)
    exact = [
        *numbers(looked_at, office.allowed),
        *names(_JOINED.sub(" ", looked_at), office.places),
        *_foreign(looked_at),
        *_of_ticket(looked_at, secrets),
    ]
    kept = _apart(exact)
    described = [one for one in persons(looked_at) if not any(_overlap(one, each) for each in kept)]
    return tuple(sorted([*kept, *_apart(described)], key=lambda each: each.start))


def _apart(findings: Collection[Finding]) -> list[Finding]:
    """Return findings of which none lies within another, the first and longest ones."""
    kept: list[Finding] = []
    for one in sorted(findings, key=lambda each: (each.start, -each.end)):
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept


def _overlap(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end


def check(texts: Collection[str], office: OfficeNames, secrets: TicketSecrets = NO_SECRETS) -> None:
    """Let texts pass that identify nobody; GateRefusedError with the words of all of them."""
    findings = tuple(one for text in texts for one in inspect(text, office, secrets))
    if findings:
        raise GateRefusedError(findings)


def _foreign(text: str) -> Iterator[Finding]:
    """Letters of other scripts look like ours and would hide a name."""
    for one in _WORD.finditer(text):
        if any(
            letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN") for letter in one[0]
        ):
            yield found(FindingKind.SCRIPT, text, one.start(), one.end())


def _of_ticket(text: str, secrets: TicketSecrets) -> Iterator[Finding]:
    yield from _of_name(text, secrets.name)
    yield from _of_address(text, secrets.address)
    for number in (*secrets.numbers, secrets.code):
        digits = re.sub(r"\D", "", number)
        if len(digits) >= _END_DIGITS:
            spaced = r"[\s.\-()]*".join(digits[-_END_DIGITS:])
            yield from (found(FindingKind.CALLER, text, *one.span()) for one in re.finditer(spaced, text))
    yield from _copied(text, secrets.content)


def _of_name(text: str, name: str) -> Iterator[Finding]:
    """The caller's name: its last two words anywhere, its last one with a capital in the midst of a text."""
    parts = bare(normal(name)).split()
    plain = bare(text)
    if len(parts) > 1:
        pattern = rf"(?<!\w){re.escape(parts[-2])}\W+{re.escape(parts[-1])}(?!\w)"
        yield from (found(FindingKind.CALLER, text, *one.span()) for one in re.finditer(pattern, plain))
    last = normal(name).split()[-1:]
    for given in last:
        pattern = rf"(?<!thôn )(?<!xã )(?<!\w){re.escape(given)}(?!\w)"
        for one in re.finditer(pattern, text, re.IGNORECASE):
            inside = one.start() > 0 and text[: one.start()].rstrip()[-1:] not in ".!?\n"
            if one[0][:1].isupper() and inside and not _in_compound(text, one):
                yield found(FindingKind.CALLER, text, *one.span())


def _in_compound(text: str, one: re.Match[str]) -> bool:
    """Whether a capital word stands beside another one, as in the name of a place."""
    before = re.search(r"(\w+) $", text[: one.start()])
    after = re.match(r" (\w+)", text[one.end() :])
    return any(near is not None and near[1][:1].isupper() for near in (before, after))


def _of_address(text: str, address: str) -> Iterator[Finding]:
    plain = bare(text)
    for part in re.split(r"[,;\n]", normal(address)):
        words = part.strip().lower()
        if _COARSE.match(words) or (len(words.split()) < 2 and not any(map(str.isdigit, words))):
            continue
        pattern = rf"(?<!\w){re.escape(bare(words))}(?!\w)"
        yield from (found(FindingKind.CALLER, text, *one.span()) for one in re.finditer(pattern, plain))


def _copied(text: str, content: str) -> Iterator[Finding]:
    theirs = [bare(word) for word in _WORD.findall(normal(content))]
    runs = {tuple(theirs[at : at + COPIED_WORDS]) for at in range(len(theirs) - COPIED_WORDS + 1)}
    ours = list(_WORD.finditer(text))
    for at in range(len(ours) - COPIED_WORDS + 1):
        if tuple(bare(one[0]) for one in ours[at : at + COPIED_WORDS]) in runs:
            yield found(FindingKind.COPIED, text, ours[at].start(), ours[at + COPIED_WORDS - 1].end())
            return
