"""The guides of the console: Markdown files with pictures, shown as pages and searched by section.

They are written in Vietnamese; a folder of a language beside them holds the same guides in that language.

Headings, paragraphs, lists, **bold**, `code`, fenced commands and one picture a line: no more is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from logbook.plain_text import folded

FOLDER = Path(__file__).parents[1] / "guides"
PICTURES = FOLDER / "pictures"
_PICTURE = re.compile(r"!\[([^\]]+)\]\(([a-z-]+\.webp)\)")
_ITEM = re.compile(r"(?:- |(\d+)\. )(.*)")
GUIDES = ("can-bo-truc", "truong-mot-cua", "lanh-dao", "to-lay-phieu", "quan-tri", "tai-may", "rieng-tu")
_OWN = {
    "clerk": "can-bo-truc",
    "desk_officer": "truong-mot-cua",
    "head_of_desk": "truong-mot-cua",
    "survey_lead": "truong-mot-cua",
    "head_of_office": "can-bo-truc",
    "team_leader": "to-lay-phieu",
    "team_member": "to-lay-phieu",
    "plan_owner": "lanh-dao",
    "chairman": "lanh-dao",
    "vice_chairman": "lanh-dao",
    "administrator": "quan-tri",
    "auditor": "rieng-tu",
}


@dataclass(frozen=True, slots=True)
class GuideSection:
    """One section of a guide: its heading, where it stands on the page, its text without marks of layout."""

    guide: str
    heading: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide as a page."""

    key: str
    language: str
    title: str
    body: Markup
    sections: tuple[GuideSection, ...]


def own_guide(role: str) -> str:
    """The key of the guide a role needs first."""
    return _OWN.get(role, GUIDES[0])


@cache
def guide(key: str, language: str, agency: str, desk: str) -> Guide:
    """Read one guide in the words of an office (KeyError for a key that is none).

    It is in `language` where it was written in that, else in Vietnamese.
    """
    if key not in GUIDES:
        raise KeyError(key)
    file = FOLDER / language / f"{key}.md"
    if not file.is_file():
        file, language = FOLDER / f"{key}.md", "vi"
    text = file.read_text(encoding="utf-8")
    lines = text.replace("{agency}", agency).replace("{desk}", desk).splitlines()
    title = lines[0].removeprefix("# ")
    body, sections, heading, told = [], [], title, list[str]()
    for block in "\n".join(lines[1:]).strip().split("\n\n"):
        if block.startswith("## "):
            sections.append(GuideSection(key, heading, anchor_of(heading), " ".join(told)))
            heading, told = block.removeprefix("## "), []
            body.append(_block(block))
            continue
        body.append(_block(block))
        told.append(re.sub(r"[*`#]|!\[|\]\([a-z-]+\.webp\)", "", block))
    sections.append(GuideSection(key, heading, anchor_of(heading), " ".join(told)))
    return Guide(key, language, title, Markup("\n").join(body), tuple(sections))


def every(language: str, agency: str, desk: str) -> list[Guide]:
    """Return all guides in the words of an office and, where they were written in it, in `language`."""
    return [guide(key, language, agency, desk) for key in GUIDES]


def found(typed: str, guides: Iterable[Guide]) -> list[GuideSection]:
    """Sections in which every word of `typed` stands, marks and case aside; at most twenty."""
    words = folded(typed).split()
    if not words:
        return []
    sections = [section for one in guides for section in one.sections]
    return [one for one in sections if all(word in folded(f"{one.heading} {one.text}") for word in words)][
        :20
    ]


def anchor_of(heading: str) -> str:
    """The name of a heading in the page's address."""
    return re.sub(r"[^a-z0-9]+", "-", folded(heading)).strip("-")


def _block(block: str) -> Markup:
    if block.startswith("## "):
        heading = block.removeprefix("## ")
        return Markup('<h2 id="{}">{}</h2>').format(anchor_of(heading), heading)
    if block.startswith("```"):
        return Markup("<pre>{}</pre>").format("\n".join(block.splitlines()[1:-1]))
    if picture := _PICTURE.fullmatch(block):
        shown = Markup(
            '<figure><img src="/console/help/pictures/{}" alt="{}" loading="lazy">'
            "<figcaption>{}</figcaption></figure>"
        )
        return shown.format(picture[2], picture[1], picture[1])
    items = [_ITEM.fullmatch(line) for line in block.splitlines()]
    if all(items):
        around = Markup("<ol>{}</ol>") if items[0] and items[0][1] else Markup("<ul>{}</ul>")
        listed = Markup("").join(Markup("<li>{}</li>").format(_words(one[2])) for one in items if one)
        return around.format(listed)
    return Markup("<p>{}</p>").format(_words(" ".join(block.splitlines())))


def _words(text: str) -> Markup:
    """A line with its **bold** and `code`, everything else as it is written."""
    safe = str(escape(text))
    safe = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe)
    return Markup(re.sub(r"`(.+?)`", r"<code>\1</code>", safe))  # noqa: S704 (escaped above)
