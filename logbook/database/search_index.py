"""The search index: words without diacritics beside each ticket, found by their beginnings.

A searched word must begin a word of the ticket; whatever is no letter and no digit parts words. Few
tickets are asked by LIKE over the column (`holds`), the whole database by the index (`indexed`): both find
the same, since both are given words that this module has parted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from logbook import phone_numbers, typed
from logbook.database.tables import tickets
from logbook.database.tables.words import ALL_WORDS, MATTER_WORDS, PREFIX, TsQuery, ticket_words
from logbook.ids import TicketId

LONGEST = 20_000
"""Characters of a ticket's content that are searched; what a clerk writes down is far shorter."""
WORDS = 8
"""Words of one query that are used."""
LONGEST_WORD = 64
"""Letters of one word that count; PostgreSQL takes no lexeme above 2 kB."""
_GAP = re.compile(r"[\s\x00-\x1f]+")
_WORD = re.compile(r"[^\W_]+")
_BACKWARDS = "đ"
"""Begins a number written backwards, for its last digits; `fold` leaves no đ, so nobody can type it."""
_CODE = 6
_LABEL = re.compile(
    r"\s*(?:(?:mã|số|phiếu|hồ sơ|điện thoại|đt|sđt|code|ticket|no|tel)[\s.:]*)+(?=[^\w\s]*\d)", re.IGNORECASE
)
"""What people write before a code or a number."""
_SHORTEST_END = 3
"""Digits that are looked for at the end of a number; fewer would mean everybody."""


def fold(text: str) -> str:
    """`text` without diacritics and capitals, one space between words: "Đường xá" -> "duong xa".

    đ is a letter of its own, no mark can be taken off it; it becomes d. NFC and NFD give the same.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _GAP.sub(" ", bare.replace("đ", "d")).strip()


def words_of(text: str) -> list[str]:
    """The words of `text` as they are searched: "Số 12/QĐ-UBND" -> ["so", "12", "qd", "ubnd"]."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def of(
    code: str, content: str | None, summary: str | None, caller_name: str | None, caller_number: str | None
) -> str:
    """What is searched of a ticket: the content on the first line, who brought it on the second.

    A space stands before every word. Whoever may not see callers searches the first line only (B4).
    """
    escalation = words_of(" ".join((code, summary or "", content or ""))[:LONGEST])
    number = caller_number or ""
    national = "0" + number[3:] if number.startswith("+84") else number
    caller = words_of(" ".join((caller_name or "", number, national)))
    backwards = [_BACKWARDS + word[::-1] for word in words_of(national)]
    return f"{_line(escalation)}\n{_line(caller + backwards)}"


def _line(words: list[str]) -> str:
    return "".join(f" {word}" for word in dict.fromkeys(words))


def refresh(conn: Connection, ticket_id: TicketId) -> None:
    """Write a ticket's searched words anew; called by whatever changes what they are made of."""
    query = select(
        tickets.c.code,
        tickets.c.content,
        tickets.c.summary,
        tickets.c.caller_name,
        tickets.c.caller_number,
    ).where(tickets.c.id == ticket_id)
    text = of(*conn.execute(query).one())
    conn.execute(update(tickets).where(tickets.c.id == ticket_id).values(search_text=text))
    put(conn, ticket_id, text)


def put(conn: Connection, ticket_id: TicketId, text: str) -> None:
    """Put the searched words of a ticket, as its column holds them, into the index."""
    if conn.dialect.name == "sqlite":  # PostgreSQL's index follows the column
        escalation, _, caller = text.partition("\n")
        conn.execute(_REPLACE, {"rowid": ticket_id, "matter": escalation, "caller": caller})


def forget(conn: Connection, ticket_ids: Sequence[int]) -> None:
    """Take tickets out of the index that are about to go as rows (samples only)."""
    if conn.dialect.name == "sqlite":
        for ticket_id in ticket_ids:
            conn.execute(delete(ticket_words).where(ticket_words.c.rowid == ticket_id))


_REPLACE = insert(ticket_words).prefix_with("OR REPLACE")


def reindex(conn: Connection) -> None:
    """Build the index anew from the column, for a database whose column was filled in bulk."""
    if conn.dialect.name != "sqlite":
        return
    text = tickets.c.search_text
    ends = func.instr(text, "\n")
    lines = select(tickets.c.id, func.substr(text, 1, ends - 1), func.substr(text, ends + 1))
    conn.execute(delete(ticket_words))
    conn.execute(insert(ticket_words).from_select(["rowid", "matter", "caller"], lines.where(text != "")))


def refresh_missing(conn: Connection, limit: int = 1000) -> int:
    """Fill up to `limit` tickets that have no searched words yet; returns how many there were.

    For books that were begun before there was a search.
    """
    query = select(tickets.c.id).where(tickets.c.search_text == "").limit(limit)
    found = conn.execute(query).scalars().all()
    for ticket_id in found:
        refresh(conn, ticket_id)
    return len(found)


def exactly(question: str, *, callers_too: bool) -> ColumnElement[bool] | None:
    """The condition for a whole code or telephone number, answered by an index; None for other words."""
    digits = digits_in(question)
    if digits is None:
        return None
    if len(digits) == _CODE:
        return tickets.c.code == digits
    number = phone_numbers.parse(f"+{digits}" if question.strip().startswith("+") else digits).e164
    return tickets.c.caller_number == number if number is not None and callers_too else None


def holds(question: str, *, callers_too: bool) -> ColumnElement[bool]:
    """The condition that a ticket has a word for every word of `question`; reads the tickets it is put to."""
    readings = _readings(question)
    found = [and_(*(_begins_a_word(word, callers_too) for word in words)) for words in readings]
    return or_(*found) if found else false()


def digits_in(question: str) -> str | None:
    """The code or number that is asked for, however it is written: "mã 836.368", "(0258) 3842-102" (B-10)."""
    found = _LABEL.match(question)
    return typed.digits((question[found.end() :] if found else question).lstrip("+ "))


def _readings(question: str) -> list[list[str]]:
    """The words of a question, and where it is digits in groups, the one word these make as well."""
    digits = digits_in(question)
    readings = [words_of(question)[:WORDS], [digits[:LONGEST_WORD]] if digits else []]
    return [words for at, words in enumerate(readings) if words and words not in readings[:at]]


def _begins_a_word(word: str, callers_too: bool) -> ColumnElement[bool]:
    end = "%" if callers_too else "%\n%"
    return or_(*(tickets.c.search_text.like(f"% {one}{end}") for one in _spellings(word, callers_too)))


def _spellings(word: str, callers_too: bool) -> list[str]:
    """The beginnings a searched word may stand for: itself, and of digits the end of a caller's number."""
    is_end = callers_too and word.isascii() and word.isdecimal() and len(word) >= _SHORTEST_END
    return [word, _BACKWARDS + word[::-1]] if is_end else [word]


def indexed(
    conn: Connection, question: str, *, callers_too: bool
) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """The condition of `holds` as the index answers it, and the column to sort and page by.

    On SQLite that column is the index's own: only by it the newest rows are read without all the others.
    Words are letters and digits in quotes, so nothing typed is ever read as the index's own language.
    """
    readings = [[_spellings(word, callers_too) for word in words] for words in _readings(question)]
    if not readings:
        return false(), tickets.c.id
    if conn.dialect.name == "sqlite":
        wanted = _either(readings, " AND ", " OR ", '"{}"*')
        asked = bindparam(None, wanted if callers_too else f"matter : ({wanted})", Text)
        matched = literal_column(PREFIX).op("MATCH", is_comparison=True)(asked)
        return and_(ticket_words.c.rowid == tickets.c.id, matched), ticket_words.c.rowid
    wanted = _either(readings, " & ", " | ", "'{}':*")
    vector = ALL_WORDS if callers_too else MATTER_WORDS
    return vector.op("@@", is_comparison=True)(cast(wanted, TsQuery())), tickets.c.id


def _either(readings: list[list[list[str]]], both: str, one_of: str, word: str) -> str:
    """A question in an index's own language: one reading or another, all words of it, each in a spelling."""
    parts = [
        both.join("(" + one_of.join(word.format(one) for one in spellings) + ")" for spellings in words)
        for words in readings
    ]
    return one_of.join(f"({part})" for part in parts)
