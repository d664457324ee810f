"""Reads one mail, however broken it is: its words, who it is from, whether a machine wrote it.

Nothing here raises for what a stranger sends: a letter that cannot be read is still a letter.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser

from logbook.plain_text import plain_text

LONGEST = 15_000
"""Characters of a letter that a ticket holds; the rest stays in the mailbox."""
_CHARSETS = ("utf-8", "cp1258", "latin-1")
_MACHINES = re.compile(
    r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+._-].*)?", re.IGNORECASE
)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_PARTS = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as a ticket needs it; `key` names it for ever, `machine` is why nobody is answered, or ""."""

    key: str
    sender: str
    name: str
    subject: str
    text: str
    attachments: int
    machine: str
    answers: tuple[str, ...]


def read(raw: bytes, own: str = "") -> Letter:
    """Read a mail, which may be cut; `own` is the office's address, whose own letters are a machine's."""
    try:
        message = message_from_bytes(raw)
        return _read(message, raw, own)
    except Exception:  # a library for mail raises whatever it likes for hostile mail
        return Letter(_key("", raw), "", "", "", "", 0, "", ())


def _read(message: Message, raw: bytes, own: str) -> Letter:
    sender, name = _from(message)
    text, attachments = _words(message)
    answers = f"{_line(message, 'In-Reply-To')} {_line(message, 'References')}"
    return Letter(
        key=_key(_line(message, "Message-ID").strip(), raw),
        sender=sender,
        name=plain_text(name, 200).replace("\n", " ").strip(),
        subject=plain_text(_line(message, "Subject"), 200).replace("\n", " ").strip(),
        text=text,
        attachments=attachments,
        machine=_machine(message, sender, own),
        answers=tuple(re.findall(r"<([^<>\s]{1,200})>", answers[:8000])),
    )


def _key(message_id: str, raw: bytes) -> str:
    """The name of a letter: of its Message-ID, or of all its bytes where it has none."""
    return hashlib.sha256(message_id.encode("utf-8", "replace") if message_id else raw).hexdigest()


def _line(message: Message, name: str) -> str:
    """A header in letters; what cannot be decoded is shown as it came."""
    raw = message.get(name)
    if raw is None:
        return ""
    words = []
    try:
        for part, charset in decode_header(str(raw)):
            words.append(part if isinstance(part, str) else _decoded(part, charset))
    except ValueError:
        return str(raw)
    return "".join(words)


def _decoded(data: bytes, charset: str | None) -> str:
    """Bytes as text, by the charset they name, else by those that people in Vietnam use."""
    for each in (charset, *_CHARSETS):
        try:
            return data.decode(each or "utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("latin-1")


def _from(message: Message) -> tuple[str, str]:
    for name, address in getaddresses([_line(message, "From")[:1000]]):
        if len(address) <= 254 and _ADDRESS.fullmatch(address):
            return address.casefold(), name
    return "", ""


def _machine(message: Message, sender: str, own: str) -> str:
    """Why a letter is none of a person (RFC 3834): answered by a machine, of a list, bounced, our own."""
    submitted = _line(message, "Auto-Submitted").strip().casefold()
    if submitted and not submitted.startswith("no"):
        return "auto"
    if _line(message, "Precedence").strip().casefold() in ("bulk", "junk", "list", "auto_reply"):
        return "auto"
    if message.get("List-Id") is not None or message.get("X-Autoreply") is not None:
        return "list"
    if _line(message, "Return-Path").strip() == "<>" or message.get_content_type() == "multipart/report":
        return "bounce"
    if not sender or _MACHINES.fullmatch(sender.partition("@")[0]):
        return "bounce" if sender else ""
    return "own" if own and sender == own.casefold() else ""


def _words(message: Message) -> tuple[str, int]:
    plain, html, attachments = "", "", 0
    for number, part in enumerate(message.walk()):
        if number >= _PARTS:
            break
        if part.is_multipart():
            continue
        kind, named = part.get_content_type(), part.get_filename()
        if named or part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
            attachments += 1
        elif kind == "text/plain" and not plain:
            plain = _payload(part)
        elif kind == "text/html" and not html:
            html = _payload(part)
    text = plain if plain.strip() else _without_tags(html)
    text = "\n".join(line.rstrip() for line in plain_text(text.replace("\r", ""), 4 * LONGEST).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()[:LONGEST], attachments


def _payload(part: Message) -> str:
    data = part.get_payload(decode=True)
    return _decoded(data, part.get_content_charset()) if isinstance(data, bytes) else ""


class _Bare(HTMLParser):
    """Keeps the words of a page, nothing that acts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line with what begins one on a page; say nothing of styles and scripts."""
        del attrs
        self._silent += tag in ("script", "style", "head", "title")
        if tag in ("p", "br", "div", "li", "tr", "h1", "h2", "h3"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Speak again after a style or a script."""
        self._silent = max(0, self._silent - (tag in ("script", "style", "head", "title")))

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        if not self._silent:
            self.words.append(data)


def _without_tags(html: str) -> str:
    bare = _Bare()
    bare.feed(html[: 8 * LONGEST])
    return "".join(bare.words)
