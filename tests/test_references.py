"""What code, tests, settings and documents cite has an entry in `docs/`, and documents they name exist."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house import ROOT
from tests.rows import rows

AN_ID = re.compile(
    r"\b(?:00[0-4]-\d{2}|[TFB]-\d{2}|(?:ASK|FACT|TEL)-\d+|B\d{1,2}|[GKLNPRSU]\d{1,2})\b(?![-/.]?\d)"
)
"""Ids of requirements; threats, faults and field cases; wishes, facts and hosts; rules; more field cases."""
ENTRY = re.compile(rf"^(?:\| |## |- \*\*)({AN_ID.pattern})(?=[ *])", re.MULTILINE)
"""Where a document says what an id stands for: a row of a table, a heading, an item of a list."""
A_DOCSTRING = re.compile(r'"""(.+?)"""', re.DOTALL)
A_NAME = re.compile(r"`([a-z_]+)`")
OF_OTHERS = {"tongdai", "timestamptz"}
"""A command and a type of PostgreSQL."""
A_COMMENT = re.compile(r"(?:^|\s)# (.+)$", re.MULTILINE)
A_DECISION = re.compile(r"\bdecisions?[ /](\d{4})\b")
A_DOCUMENT = re.compile(r"[\w./-]*\w\.md\b")
A_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
A_LAW = re.compile(
    r"\b(?:NĐ|Nghị định|Luật|Law|Decree|QĐ|Quyết định|TT|Thông tư)(?: số)? (\d+/(?:19|20)\d\d)"
)
NOT_HERE = re.compile(
    r"\btraps? \d|users-ask|\bseeds? 0\d\d|\b[Ff]indings? \d|\b[Ii]ssues? #?\d"
    r"|\b00[0-4],? [IVX]+\b|telephony (?:contract )?\d|\(5\.[1-6]\)|reliability\.md"
)
"""Citations of documents that nobody has who reads the checkout."""
OLD_WORDS = re.compile(
    r"\b(?:told|tells|telling|errands?|journal|tombstones?|climbs?|climbing|owed|the book)\b"
    r"(?! of opinions)"
)
"""An own dialect, for which a reader would not search; docs/glossary.md has the words."""
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
OWN_WORDS = Path(__file__)


def _prose_of_python(source: str) -> Iterator[str]:
    """Docstrings, the strings below an attribute, and comments."""
    yield from A_DOCSTRING.findall(source)
    yield from A_COMMENT.findall(source)


def prose(path: Path) -> str:
    """What a file says to people: all of a document or template, the comments of code and settings."""
    text = path.read_text("utf-8")
    match path.suffix:
        case ".py":
            return "\n".join(_prose_of_python(text))
        case ".md" | ".html":
            return text
        case _:
            return "\n".join(line.partition("#")[2] for line in text.splitlines())


def _files() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    yield from DOCUMENTS
    yield from (ROOT / name for name in ("config.yaml", "pyproject.toml", "Makefile"))
    for folder in ("callflows", "ivr", "logbook", "scheduler", "bench", "tests"):
        for kind in ("*.py", "*.html", "*.yaml"):
            yield from (path for path in sorted((ROOT / folder).rglob(kind)) if path != OWN_WORDS)


@cache
def _texts() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): prose(path) for path in _files()}


def entries(texts: dict[str, str]) -> Counter[str]:
    """How often each id is explained."""
    return Counter(
        found for name, text in texts.items() if name.startswith("docs/") for found in ENTRY.findall(text)
    )


def without_entry(texts: dict[str, str], known: Counter[str]) -> list[str]:
    """The citations that lead to no entry, with the file that cites."""
    return [
        f"{name}: {cited}"
        for name, text in texts.items()
        for cited in AN_ID.findall(text)
        if cited not in known
    ]


def not_in_the_checkout(texts: dict[str, str]) -> list[str]:
    """Documents, decisions and links that are named and do not exist, with the file that names them."""
    found: list[str] = []
    for name, text in texts.items():
        here = (ROOT / name).parent
        found += [f"{name}: {cited}" for cited in NOT_HERE.findall(text)]
        links = A_LINK.findall(text) if name.endswith(".md") else []
        for cited in [*A_DOCUMENT.findall(text), *links]:
            places = (ROOT / cited, ROOT / "docs" / cited, here / cited)
            found += [f"{name}: {cited}"] * (not any(place.exists() for place in places))
        for number in A_DECISION.findall(text):
            found += [f"{name}: {number}"] * (not list((ROOT / "docs" / "decisions").glob(f"{number}-*.md")))
    return found


def _anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as hosts of Markdown make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def anchors_that_lead_nowhere(texts: dict[str, str]) -> list[str]:
    """Links to a heading that its document does not have, with the file that links."""
    found: list[str] = []
    for name, text in texts.items():
        if not name.endswith(".md"):
            continue
        for document, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text):
            to = Path(os.path.normpath(Path(name).parent / document)).as_posix() if document else name
            found += [f"{name}: {document}#{anchor}"] * (anchor not in _anchors(texts.get(to, "")))
    return found


def test_every_link_to_a_heading_finds_it() -> None:
    assert anchors_that_lead_nowhere(_texts()) == []
    texts = {
        "README.md": "[a](docs/x.md#one-two) [b](docs/x.md#three) [c](#no)",
        "docs/x.md": "# One two\n",
    }
    assert anchors_that_lead_nowhere(texts) == ["README.md: docs/x.md#three", "README.md: #no"]


def test_every_id_that_is_cited_leads_to_one_entry() -> None:
    known = entries(_texts())
    assert without_entry(_texts(), known) == []
    assert [each for each, times in known.items() if times > 1] == []


def test_every_document_that_is_cited_is_in_the_checkout() -> None:
    assert not_in_the_checkout(_texts()) == []


def named_nowhere(sources: dict[str, str]) -> list[str]:
    """Names in backticks of a docstring that no code has any more, with the file that names them."""
    code = {name: A_DOCSTRING.sub("", source) for name, source in sources.items()}
    known = {word for source in code.values() for word in re.findall(r"[A-Za-z_]+", source)} | OF_OTHERS
    return [
        f"{name}: {cited}"
        for name, source in sources.items()
        for text in A_DOCSTRING.findall(source)
        for cited in A_NAME.findall(text)
        if cited not in known
    ]


def test_every_name_in_backticks_of_a_docstring_is_still_in_the_code() -> None:
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for folder in ("callflows", "ivr", "logbook", "scheduler", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }
    assert named_nowhere(sources) == []
    sources["logbook/a.py"] = '"""Opens `errand_of_old` by `key`."""\nkey = 1\n'
    assert named_nowhere(sources) == ["logbook/a.py: errand_of_old"]


def test_modules_open_with_the_words_of_the_glossary() -> None:
    opening = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8").partition("\n")[0]
        for folder in ("callflows", "ivr", "logbook", "scheduler")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "versions" not in path.parts
    }
    assert {name: line for name, line in opening.items() if OLD_WORDS.search(line)} == {}
    assert OLD_WORDS.findall("Tells what an errand told the book; the book of opinions.") == [
        "errand",
        "told",
        "the book",
    ]


def test_every_row_has_an_entry_and_every_requirement_is_a_row() -> None:
    known = set(entries(_texts()))
    assert sorted(set(rows()) - known) == []
    assert sorted(each for each in known - set(rows()) if re.match(r"00|[TF]-|[GKLNPRSU]\d", each)) == []


def test_every_law_with_a_number_stands_in_the_rules() -> None:
    rules = _texts()["docs/rules.md"]
    cited = {(name, number) for name, text in _texts().items() for number in A_LAW.findall(text)}
    assert sorted(f"{name}: {number}" for name, number in cited if number not in rules) == []


def test_a_citation_that_leads_nowhere_is_found() -> None:
    texts = {
        "docs/rules.md": "## B1 Feedback\n\n| T-01 | forged | signed |\n- **FACT-1** A job is lost.",
        "logbook/a.py": "Rules B1 and B99, T-01 and T-99, 000-99, FACT-1, ASK-7, R77; not B1.2 or T-011.",
        "ivr/b.py": "nowhere.md, docs/decisions/9999, rules.md, trap 1, users-ask 25",
    }
    assert without_entry(texts, entries(texts)) == [
        f"logbook/a.py: {each}" for each in ("B99", "T-99", "000-99", "ASK-7", "R77")
    ]
    assert not_in_the_checkout(texts) == [
        f"ivr/b.py: {each}" for each in ("trap 1", "users-ask", "nowhere.md", "9999")
    ]


def test_prose_is_docstrings_and_comments_and_not_code() -> None:
    source = '"""Opens T-01."""\nCELL = "B7"  # beside T-02\n"""Below T-03."""\n'
    assert AN_ID.findall("\n".join(_prose_of_python(source))) == ["T-01", "T-03", "T-02"]
