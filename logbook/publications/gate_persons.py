"""People described without a name: by trade and place, by kin, by age, by what sets them apart (002-27).

"The woman selling noodles at the head of the market" is known to everybody in a commune. The patterns are
written with their marks; a text without any mark is read by the same patterns without theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from logbook.publications.findings import Finding, FindingKind, bare, found
from logbook.publications.name_words import phrases

_MANY = frozenset(
    (
        "các",
        "những",
        "nhiều",
        "mấy",
        "mọi",
        "số",
        "từng",
        "mỗi",
        "hai",
        "ba",
        "bốn",
        "năm",
        "sáu",
        "vài",
        "tất",
    )
)
"""After these more than one is meant."""
_PAIRS = frozenset(
    tuple(pair.split())
    for pair in (
        *("anh chị", "anh em", "bà con", "chú bác", "chị em", "cô bác", "cô chú", "cô dì", "cô cậu"),
        *("thầy cô", "ông bà", "chú thím", "bác chú", "dì cậu", "bà ông"),
    )
)
"""Two words that address everybody."""
_NUMBER = r"(?:\d{1,3}|(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười)(?: (?:mươi|mốt|lăm|\w{2,4})){0,2})"
_STOREYS = r"(?:hai|ba|một|\d) (?:tầng|lầu|gian)|cấp (?:bốn|4)"
_HOUSE = rf"căn nhà|ngôi nhà|nhà(?= (?:sơn|màu|mái|lầu|ngói|tường|cổng|{_STOREYS}))"


def _words(most: int) -> str:
    return rf"(?: [\w-]+){{0,{most}}}?"


@dataclass(frozen=True)
class _Parts:
    """The alternatives of which the patterns are made, from name_words.yaml."""

    def __getattr__(self, name: str) -> str:
        """Return the words listed under `name`."""
        return phrases(name)

    @property
    def trade(self) -> str:
        """A trade, or work with what it is done to."""
        return rf"{self.trades}|(?:{self.working}) (?!(?:{self.no_work})(?!\w))\w+"

    @property
    def facing(self) -> str:
        """Before or behind something people find their way by."""
        return rf"(?:phía )?(?:trước|sau)(?: lưng| mặt)? (?:{self.landmarks})(?!\w)"

    def at(self, more: str = "") -> str:
        """A word of nearness and what it is near to."""
        beside = rf"(?<!ban )(?<!bước )(?<!bắt )(?<!lúc )(?:{self.near})"
        return rf"(?:{beside}{more})(?!\w)(?! (?:{self.not_near})(?!\w))(?= \w)"

    @property
    def beside(self) -> str:
        """A place where one person or one house is."""
        return rf"(?:{self.at()}|{self.facing})"

    @property
    def here(self) -> str:
        """Any place, down from the thôn."""
        settled = "thôn|xóm|ấp|khóm|buôn|bến|chợ|khu|trong (?:hẻm|xóm|thôn|chợ|làng)"
        return rf"(?:{self.at('|ở|tại')}|{self.facing}|(?:{settled})(?!\w))"

    @property
    def then(self) -> str:
        """A place or a day."""
        return rf"(?:{self.here}|(?:tuần|tháng|hôm|năm) (?:trước|qua|rồi|ngoái|vừa)|(?:ngày|hôm|đêm) \d)"


_NAMED = r"(?-i:[A-ZĐ][^\W\d_]+ [A-ZĐ])"
_UNDER = r"(?: (?!từ |trên |dưới |đủ |đến |hơn |quá |khi )[\w-]+){0,4}?,?"
_TAUGHT = r"(?:học sinh|giáo viên|chủ nhiệm|phụ huynh|thầy|cô|em|cháu)(?: \w+){0,3}?"


def _of_work(of: _Parts) -> Iterator[str]:
    yield rf"(?:{of.titles_of_one})(?: (?:{of.persons}))? (?:{of.trade}|{of.posts})(?!\w)"
    who = r"(?:người|vợ chồng)(?: (?:già|trẻ))?"
    yield rf"{who} (?!bán|nuôi|trồng|buôn)(?:{of.trade})(?!\w){_words(6)} {of.here}"
    every = r"(?:người|hộ|gia đình|vợ chồng|nhà)"
    yield rf"{every} (?:{of.trade})(?!\w){_words(6)} (?:{of.beside}|{_NAMED})"
    yield rf"(?:thợ|thầy) (?!cô|giáo)\w+{_words(3)} {of.here}"
    yield r"(?:thầy|cô) giáo (?:dạy|bộ môn|chủ nhiệm|phụ trách) \w+"
    yield rf"chủ (?:{of.owned}){_words(5)} {of.here}"


def _of_life(of: _Parts) -> Iterator[str]:
    office = rf"(?! (?:{of.no_person})(?!\w))"
    yield rf"(?:{of.titles_of_one}){office}(?: (?!đã |sẽ |và |đến |về )[\w-]+){{1,6}}? {of.here}"
    yield rf"(?:{of.met}){_words(8)} (?:{of.events})(?!\w){_words(6)} {of.then}"
    yield rf"(?:{of.titles_of_one})(?! (?:hoặc|và|có|nào))(?: \w+){{0,2}}? (?:{of.bodily})(?! chữ)(?!\w)"
    yield rf"(?:{of.persons}){_words(8)},? (?:{of.here}|{of.bodily})"
    yield rf"người (?:{of.bodily})(?! chữ)(?!\w){_words(6)} {of.here}"
    yield rf"(?:{of.superlative_of}){_words(7)} (?:{of.superlatives})(?!\w)"
    aged = rf"(?:{of.titles_of_one}|{of.persons}|{of.aged}),?"
    yield rf"{aged}{_UNDER} (?:khoảng |gần |tròn )?{_NUMBER} (?:tháng )?tuổi(?! trở| đến)"
    yield rf"{_TAUGHT} lớp \d{{1,2}}\s?[a-h]\d?(?!\w)"


def _of_kin(of: _Parts) -> Iterator[str]:
    whom = rf"(?:{of.titles_of_one}) (?!em |chị |con )\w|{of.of_whom}"
    yield rf"(?:{of.kin})(?: (?:{of.which_kin}))?(?: của)? (?!trẻ|bé|em bé)(?:{whom})"


def _of_house(of: _Parts) -> Iterator[str]:
    yield rf"(?:người|hộ|gia đình) (?:ở|sống|ngụ|cư ngụ|trú)(?: tại)? {of.beside}"
    yield rf"(?:{_HOUSE}){_words(6)} {of.beside}"
    yield rf"nhà {of.beside}"
    yield r"nhà (?:thứ (?:nhất|hai|ba|tư|\w+)|đầu tiên|cuối cùng) "


@cache
def _compiled(*, plain: bool) -> tuple[tuple[FindingKind, re.Pattern[str]], ...]:
    of = _Parts()
    described = [*_of_work(of), *_of_life(of), *_of_kin(of)]
    pairs = [(FindingKind.DESCRIBED, each) for each in described]
    pairs += [(FindingKind.HOUSE, each) for each in _of_house(of)]
    return tuple(
        (kind, re.compile(rf"(?<!\w)(?:{bare(each) if plain else each})", re.IGNORECASE))
        for kind, each in pairs
    )


def persons(text: str) -> Iterator[Finding]:
    """Yield every description of one person, and of one person's house, in `text`."""
    for kind, pattern in _compiled(plain=text.isascii()):
        for match in pattern.finditer(text):
            if not _means_many(text[: match.start()], match[0]):
                yield found(kind, text, match.start(), match.end())


def _means_many(before: str, here: str) -> bool:
    """Whether the words before say that more than one person is meant: "các", "một số", "cô chú"."""
    words = re.findall(r"\w+", before[-40:].lower())
    last, first = words[-1] if words else "", here.split()[0].lower().strip(",")
    return last in _MANY or (last, first) in _PAIRS
