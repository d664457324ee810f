"""Puts a person's words back into a form of a finished page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

Attributes = list[tuple[str, str | None]]
_NOT_TYPED = frozenset({"submit", "button", "image", "reset", "file", "password"})
PLACE = "kept-form"
"""The place in the page where kept words stand again, as a link may name it."""
_OURS = frozenset({"form_token", "kept"})


def fill(page: str, path: str, fields: Sequence[tuple[str, str]], key: str) -> str | None:
    """Return `page` with `fields` in its first form that posts to `path`, marked as kept under `key`.

    What the form does not ask for is left out; whatever it lies folded in is opened. None when the page has
    no such form. The page is one of our own, so that its markup can be trusted; the words cannot.
    """
    filler = _Filler(path, fields, key)
    filler.feed(page)
    filler.close()
    return "".join(filler.out) if filler.found else None


def mark(page: str, path: str, key: str) -> str:
    """Return `page` with the form that posts to `path` marked as kept under `key`, its words as they are."""
    return fill(page, path, (), key) or page


class _Filler(HTMLParser):
    def __init__(self, path: str, fields: Sequence[tuple[str, str]], key: str) -> None:
        super().__init__(convert_charrefs=False)
        self.path, self.key = path, key
        self.values: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in fields:
            self.values[name].append(value)
        self.fills = bool(fields)
        self.out: list[str] = []
        self.folded: list[tuple[int, Attributes]] = []
        self.found = self.inside = self.skips = False
        self.choices: list[str] | None = None

    # --- tags

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        named = dict(attrs)
        text = self.get_starttag_text() or ""
        if tag == "details":
            self.folded.append((len(self.out), attrs))
        if tag == "form" and not self.found and self._is_wanted(named):
            self.found = self.inside = True
            self._unfold()
            text += f'<input type="hidden" name="kept" value="{escape(self.key)}">'
            text += f'<span id="{PLACE}"></span>' if self.fills else ""
        elif self.inside and self.fills:
            text = self._filled(tag, attrs, named, text)
        self.out.append(text)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "details" and self.folded:
            self.folded.pop()
        if tag == "select":
            self.choices = None
        if tag == "textarea":
            self.skips = False
        self.out.append(f"</{tag}>")

    def _is_wanted(self, named: dict[str, str | None]) -> bool:
        posts = (named.get("method") or "").lower() == "post"
        return posts and urlsplit(named.get("action") or "").path.endswith(self.path)

    def _unfold(self) -> None:
        for at, attrs in self.folded:
            if "open" not in dict(attrs):
                self.out[at] = _tag("details", [*attrs, ("open", None)])

    def _filled(self, tag: str, attrs: Attributes, named: dict[str, str | None], text: str) -> str:
        name = named.get("name") or ""
        match tag:
            case "input" if name not in _OURS and (named.get("type") or "text") not in _NOT_TYPED:
                return self._input(attrs, named, name)
            case "textarea" if name in self.values:
                self.skips = True
                return f"{text}\n{escape(self.values[name][0])}"
            case "select" if name in self.values:
                self.choices = self.values[name]
            case "option" if self.choices is not None:
                chosen = (named.get("value") or "") in self.choices
                return _tag("option", _without(attrs, "selected") + ([("selected", None)] if chosen else []))
        return text

    def _input(self, attrs: Attributes, named: dict[str, str | None], name: str) -> str:
        given = self.values.get(name)
        if named.get("type") in ("checkbox", "radio"):
            ticked = given is not None and (named.get("value") or "on") in given
            return _tag("input", _without(attrs, "checked") + ([("checked", None)] if ticked else []))
        if given is None:
            return _tag("input", attrs)
        return _tag("input", [*_without(attrs, "value"), ("value", given[0])])

    # --- everything else as it stands

    def handle_data(self, data: str) -> None:
        if not self.skips:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.out.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.out.append(f"<!{decl}>")


def _without(attrs: Attributes, name: str) -> Attributes:
    return [(each, value) for each, value in attrs if each != name]


def _tag(tag: str, attrs: Attributes) -> str:
    written = (name if value is None else f'{name}="{escape(value)}"' for name, value in attrs)
    return f"<{' '.join((tag, *written))}>"
