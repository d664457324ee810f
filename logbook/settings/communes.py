"""The communes of Vietnam since 1 July 2025: 3,321 xã, phường and đặc khu in 34 provinces, offline.

`communes.txt` names each province, and below it, indented, its communes, each behind its code
(docs/vendored.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from logbook.plain_text import folded

_KINDS = ("Xã", "Phường", "Đặc khu")
_AGENCY = "Ủy ban nhân dân"


@dataclass(frozen=True, slots=True)
class Commune:
    """One commune as the law writes it: `name` "Xã Đại Lãnh", `province` "Tỉnh Khánh Hòa", `code` "22504"."""

    name: str
    province: str
    code: str

    @property
    def shown(self) -> str:
        """Both names in one line, as a list of choices shows them."""
        return f"{self.name}, {self.province}"

    @property
    def kind(self) -> str:
        """Xã, Phường or Đặc khu."""
        return next(kind for kind in _KINDS if self.name.startswith(f"{kind} "))

    @property
    def place(self) -> str:
        """The name as it stands at the head of a document: Đại Lãnh, but Phường 1 Bảo Lộc."""
        alone = self.name.removeprefix(f"{self.kind} ")
        return self.name if alone[0].isdigit() else alone

    @property
    def in_sentence(self) -> str:
        """The name within a sentence: xã Đại Lãnh."""
        return self.name[0].lower() + self.name[1:]

    @property
    def province_in_sentence(self) -> str:
        """The province within a sentence: tỉnh Khánh Hòa."""
        return self.province[0].lower() + self.province[1:]


def communes() -> list[Commune]:
    """All of them, by province and name."""
    text = resources.files("logbook").joinpath("settings", "communes.txt").read_text(encoding="utf-8")
    found, province = [], ""
    for line in text.splitlines():
        if line.startswith(" "):
            code, _, name = line.strip().partition(" ")
            found.append(Commune(name, province, code))
        else:
            province = line
    return found


def of_code(code: str) -> Commune | None:
    """The commune with this code of five digits, or None."""
    return _by_code().get(code)


@cache
def _by_code() -> dict[str, Commune]:
    return {one.code: one for one in communes()}


def of_agency(agency: str, province: str) -> Commune | None:
    """The commune of "Ủy ban nhân dân xã Đại Lãnh", "tỉnh Khánh Hòa"; None for what is no commune."""
    wanted = _plain(agency).removeprefix(_plain(_AGENCY)).strip(), _plain(province)
    return next((one for one in communes() if (_plain(one.name), _plain(one.province)) == wanted), None)


def search(typed: str, among: list[Commune] | None = None) -> list[Commune]:
    """Communes that `typed` may mean, marks and case aside; one alone where it says the whole name.

    Words may come in any order of name and province: "dai lanh", "xã Đại Lãnh, Khánh Hòa". At most twenty.
    """
    wanted = _plain(typed)
    if not wanted:
        return []
    everybody = communes() if among is None else among
    named = {one: _plain(f"{one.name} {one.province}") for one in everybody}
    whole = [one for one, text in named.items() if text == wanted]
    same_name = [one for one in everybody if _plain(one.name) == wanted]
    if whole or len(same_name) == 1:
        return whole or same_name
    words = wanted.split()
    near = [one for one, text in named.items() if all(f" {word} " in f" {text} " for word in words)]
    together = [one for one in near if f" {wanted} " in f" {named[one]} "]
    return (together or near)[:20]


def _plain(text: str) -> str:
    """No marks, no case, no commas; M'gar and M’gar are mgar."""
    return folded(text.replace(",", " ").replace("'", "").replace("’", ""))
