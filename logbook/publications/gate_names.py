"""Names of people in a Vietnamese text: after a title, in full, in small letters, without marks (002-27)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from logbook.publications import name_words as known
from logbook.publications.findings import Finding, FindingKind, bare, found

_TOKEN = re.compile(r"đ/c|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[^\w\s]|\n", re.IGNORECASE)
_JOINERS = frozenset("-:\"“”«»'‘’(.")
"""Signs between a title and its name."""
_PLAIN_SURNAMES = frozenset(bare(one) for one in known.SURNAMES if one != "mạc")
_IN_SMALL = (known.SURNAMES | known.WEAK_SURNAMES) - {"công", "văn", "vi", "đồng", "danh", "phó"}
_UNMISTAKABLE = frozenset({"nguyen", "nguyễn"})
_INITIALS = re.compile(
    r"(?<![\w.])(?:Ng|Ngh|Tr|Ph|(?i:bs|ks|ts|ths|ls|gs)|(?!TP|TX|TT)[A-ZĐ]\.\s?[A-ZĐ])\.\s?(?:[A-ZĐ]\.\s?)?[A-ZĐÂÊÔƠƯ][^\W\d_]+"
)
"""Ng. Văn Bình, N.T. Lan, BS. Hùng."""
_MINORITY = re.compile(
    r"(?<!\w)(?:[HK]['’]\s?[^\W\d_]+|[YA] [A-ZÊĐ][^\W\d_]+(?: [A-ZÊĐ][^\W\d_]+)?|(?:Ka|Ya) [A-ZÊĐ][^\W\d_]+)"
)
_LONGEST_NAME = 5
_SAID = frozenset({("tên", "là"), ("tên", "gọi"), ("xưng", "là")})
_COMMON = frozenset(
    {("văn", "hóa"), ("văn", "bản"), ("văn", "phòng"), ("văn", "thư"), ("thị", "xã"), ("thị", "trấn")}
    | {("thị", "trường"), ("đình", "chỉ")}
)
"""What follows an ordinary word and only looks like middle and given name."""


@dataclass(frozen=True)
class _Words:
    """A text cut into words and signs; `word(i)` is in lower case."""

    text: str

    @cached_property
    def tokens(self) -> list[re.Match[str]]:
        return list(_TOKEN.finditer(self.text))

    def word(self, at: int) -> str:
        return self.raw(at).lower()

    def raw(self, at: int) -> str:
        return self.tokens[at][0] if 0 <= at < len(self.tokens) else ""

    def pair(self, at: int) -> tuple[str, str]:
        return self.word(at), self.word(at + 1)

    def is_capital(self, at: int) -> bool:
        return self.raw(at)[:1].isupper()

    def shouts(self, at: int) -> bool:
        """Whether the words round this one are in capitals only, so that a capital says nothing."""
        near = [one for one in (self.raw(at - 1), self.raw(at), self.raw(at + 1)) if one.isalpha()]
        return len(near) > 1 and all(one.isupper() and len(one) > 1 for one in near)

    def begins_sentence(self, at: int) -> bool:
        return at == 0 or self.raw(at - 1) in '.!?:;\n“"-'

    def run(self, at: int) -> int:
        """Return how many capital words follow each other from here, hyphens between them not counted."""
        count, place = 0, at
        while self.is_capital(place) and count < _LONGEST_NAME:
            count, place = count + 1, self.after(place)
        return count

    def after(self, at: int) -> int:
        return at + 2 if self.raw(at + 1) == "-" and self.is_capital(at + 2) else at + 1

    def end(self, at: int, words: int) -> int:
        """Return where the last of so many words from `at` ends."""
        for _ in range(words - 1):
            at = self.after(at)
        return self.tokens[min(at, len(self.tokens) - 1)].end()

    def phrase(self, at: int) -> str:
        return " ".join(self.word(each) for each in range(at, min(at + 4, len(self.tokens))))


def names(text: str, places: Collection[str]) -> Iterator[Finding]:
    """Yield every name of a person in `text`; `places` are names of this office's places, lower case."""
    words = _Words(text)
    listed = False
    for at in range(len(words.tokens)):
        if words.begins_sentence(at):
            listed = False
        listed = listed or _names_place(words, at - 1)
        count = (
            _after_title(words, at)
            or _after_two_words(words, at)
            or _full(words, at, places, listed=listed)
            or _small(words, at)
            or _before_verb(words, at)
            or _two_given(words, at, places)
        )
        if count:
            yield found(FindingKind.NAME, text, words.tokens[at].start(), words.end(at, count))
    for pattern in (_MINORITY, _INITIALS):
        for one in pattern.finditer(text):
            if one[0].lower() != "y tế":
                yield found(FindingKind.NAME, text, one.start(), one.end())


def _after_title(words: _Words, at: int) -> int:
    """Return how many words make a title and the name after it, 0 where there is none."""
    title = words.word(at)
    if words.text.isascii() and words.is_capital(at + 1):
        title = known.PLAIN_TITLES.get(title, title)
    if title in known.CAPITAL_TITLES:
        return _after_kin(words, at)
    if title not in known.TITLES or _is_no_title(words, at):
        return 0
    name = at + 1
    while words.raw(name) in _JOINERS and name < at + 4:
        name += 1
    taken = name - at
    following = words.word(name)
    if not following.strip(".") or following in known.TITLES:
        return 0
    if words.is_capital(name) and not words.shouts(at):
        return 0 if _is_role(words, name) else taken + max(1, words.run(name))
    joined = words.raw(name - 1) in _JOINERS and name > at + 1
    if joined or (title, following) in known.NOT_AFTER_TITLE or title in ("tên", "hộ", "bé"):
        return 0
    return _small_after_title(words, name, taken)


def _small_after_title(words: _Words, name: int, taken: int) -> int:
    """A given name in small letters after a title of `taken` words: "chị hạnh", "chị mỹ dung"."""
    following = words.word(name)
    if following in known.MIDDLE and _is_small_given(words, name + 1):
        return 0 if words.pair(name) in known.COMPOUNDS | _COMMON else taken + 2
    return taken + 1 if _is_given(words, name) else 0


def _after_kin(words: _Words, at: int) -> int:
    """A word of kin before a name with a capital: "mẹ Lành", "cha Giuse Tuấn"."""
    name = at + 1
    if not words.is_capital(name) or words.shouts(at) or words.word(name) in known.PLACE_WORDS:
        return 0
    return 0 if _is_role(words, name) else 1 + words.run(name)


def _is_no_title(words: _Words, at: int) -> bool:
    here, before = words.word(at), words.word(at - 1)
    if words.is_capital(at) and not words.begins_sentence(at) and _names_place(words, at - 1):
        return True
    if here == "anh" and before in ("tiếng", "nước"):
        return True
    if here == "em" and before == "trẻ" and not words.is_capital(at + 1):
        return True
    place = words.phrase(at)
    return words.is_capital(at) and any(place.startswith(name) for name in known.PLACES)


def _is_role(words: _Words, at: int) -> bool:
    pair = words.pair(at)
    return pair in known.COMPOUNDS or words.word(at) in known.ROLE_WORDS or " ".join(pair) in known.ROLE_WORDS


def _is_given(words: _Words, at: int) -> bool:
    """Whether a word in small letters after a title is a given name."""
    name, following = words.pair(at)
    if (name, following) in known.COMPOUNDS:
        return False
    if name in known.NUMERALS and name != "út":
        return following not in known.AFTER_NUMERAL and not following.isdigit()
    return name in known.GIVEN


def _after_two_words(words: _Words, at: int) -> int:
    """A title of two words before a given name: "đồng chí Toàn", "trưởng thôn Hậu", "tên là hạnh"."""
    name = at + 2
    if words.pair(at) in known.RANKS and words.is_capital(name) and not words.shouts(at):
        return 0 if _is_role(words, name) or words.word(name) in known.PLACE_WORDS else 2 + words.run(name)
    if words.pair(at) in known.RANKS and _is_small_given(words, name):
        return 3
    if words.pair(at) not in known.TWO_WORD_TITLES:
        return 0
    while words.raw(name) == ":" or words.word(name) == "là":
        name += 1
    taken = name - at
    said = words.word(at + 1) == "tên" or words.pair(at) in _SAID
    if said and words.is_capital(name):
        return taken + words.run(name)
    fits = words.is_capital(name) or said
    alone = not words.is_capital(name + 1)
    compass = words.word(name) in ("đông", "tây", "nam", "bắc", "an", "bình") and not said
    if fits and alone and words.word(name) in known.GIVEN and not compass:
        return 0 if words.pair(name) in known.COMPOUNDS else taken + 1
    return 0


def _full(words: _Words, at: int, places: Collection[str], *, listed: bool) -> int:
    """Return how many words of a full name with capitals begin here."""
    if not words.is_capital(at):
        return 0
    surname, run = words.word(at), words.run(at)
    second = words.word(words.after(at))
    if run < 2 or (words.is_capital(at - 1) and words.word(at - 1) in known.SURNAMES):
        return 0
    plain = surname in _PLAIN_SURNAMES and words.text[words.tokens[at].start() : words.end(at, run)].isascii()
    if second in known.ONLY_MIDDLE and run > 2 and not _is_common(words, at):
        is_place = surname in known.PLACE_WORDS - known.WEAK_SURNAMES
        return 0 if is_place or _is_place(words, at, places, listed=listed) else run
    if surname not in known.SURNAMES and surname not in known.WEAK_SURNAMES and not plain:
        return 0
    if _is_place(words, at, places, listed=listed):
        return 0
    if plain and surname not in known.SURNAMES:
        return run if surname in _UNMISTAKABLE or run > 2 or second in ("van", "thi") else 0
    if surname in known.WEAK_SURNAMES or words.shouts(at):
        does = words.word(at + run) in known.DOING and words.begins_sentence(at)
        certain = run > 2 and (second in known.MIDDLE or (does and not words.shouts(at)))
        return run if certain or surname in _UNMISTAKABLE else 0
    return run


def _is_common(words: _Words, at: int) -> bool:
    """Whether the second and third word only look like a middle and a given name: Nhà Văn Hóa."""
    return words.pair(words.after(at)) in _COMMON


def _is_place(words: _Words, at: int, places: Collection[str], *, listed: bool) -> bool:
    phrase = words.phrase(at)
    if any(phrase.startswith(name) for name in (*known.PLACES, *places)):
        return True
    is_road = any(phrase.startswith(name) for name in known.ROAD_NAMES)
    before = words.word(at - 1)
    if before in known.SETTLEMENTS and words.word(words.after(at)) in known.ONLY_MIDDLE:
        return False
    return (listed and is_road) or _names_place(words, at - 1)


def _names_place(words: _Words, at: int) -> bool:
    """Whether the word here makes a place of the name after it."""
    here = words.word(at)
    return here in known.PLACE_WORDS or f"{words.word(at - 1)} {here}" in known.PLACE_WORDS


def _small(words: _Words, at: int) -> int:
    """A full name in small letters, with its marks or without: "trần thị lan", "nguyen van hung"."""
    if words.is_capital(at) and not words.shouts(at) and words.is_capital(at + 1):
        return 0
    here, second, third = words.word(at), words.word(at + 1), words.word(at + 2)
    if here in _UNMISTAKABLE and second.isalpha():
        return 3 if third.isalpha() else 2
    if here in _IN_SMALL and second in known.ONLY_MIDDLE:
        common = (second, third) in _COMMON
        return 3 if third.isalpha() and not common else 0
    if here in known.SURNAMES and second in known.MIDDLE and _is_small_given(words, at + 2):
        return 0 if {words.pair(at), words.pair(at + 1)} & known.COMPOUNDS else 3
    if here in _PLAIN_SURNAMES and second in ("van", "thi"):
        ordinary = not third.isascii() or third in ("hoa", "ban", "phong", "xa", "tran", "truong", "cong")
        return 3 if third.isalpha() and not ordinary else 0
    return 0


def _is_small_given(words: _Words, at: int) -> bool:
    """Whether a word in small letters is a given name where only a name can stand."""
    name = words.word(at)
    fits = (
        name in known.ANY_GIVEN - known.NUMERALS - known.PLACE_WORDS and words.pair(at) not in known.COMPOUNDS
    )
    return fits and not words.is_capital(at)


def _two_given(words: _Words, at: int, places: Collection[str]) -> int:
    """Two given names where a person is meant: "của Thanh Hằng", "Quang Vinh ở thôn Tây"."""
    called = words.word(at - 1) in known.OF_WHOM_NAMED
    if words.run(at) != 2 or words.shouts(at) or (words.is_capital(at - 1) and not called):
        return 0
    pair = words.pair(at)
    names_both = pair[0] in known.ANY_GIVEN | known.MIDDLE and pair[1] in known.ANY_GIVEN
    if not names_both or pair in known.PROVINCES:
        return 0
    if _is_place(words, at, places, listed=False):
        return 0
    after = (words.word(at + 2), words.word(at + 3))
    says = after in known.SAYING_PAIRS or after == (",", "thôn")
    return 2 if says or called else 0


def _before_verb(words: _Words, at: int) -> int:
    """A given name alone at the head of a sentence, before a verb of saying: "Hùng phản ánh"."""
    if not words.is_capital(at) or not words.begins_sentence(at) or words.is_capital(at + 1):
        return 0
    return int(words.word(at) in known.GIVEN and words.pair(at + 1) in known.SAYING_PAIRS)
