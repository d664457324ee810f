"""News and videos with day, link and author, judged against the year's target (002-06, 002-07)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, select

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.clock import local
from logbook.database.hand_kept import HandKeptList
from logbook.database.tables import news_items
from logbook.plain_text import whole_text

LONGEST_TITLE, LONGEST_LINK, LONGEST_AUTHOR = 300, 500, 200


class NewsKind(StrEnum):
    """What was put on the web page."""

    NEWS = "news"
    VIDEO = "video"


class Pace(StrEnum):
    """How a year stands against its target: reached, on the way, behind, or over without it."""

    REACHED = "reached"
    ON_PACE = "on_pace"
    BEHIND = "behind"
    MISSED = "missed"


class NewsRefusedError(Exception):
    """An entry that cannot be kept; `args[0]` is a text key of the console."""


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One item of news or one video: its day, title, link and author."""

    id: int
    kind: NewsKind
    published_on: date
    title: str
    link: str
    author: str


@dataclass(frozen=True, slots=True)
class TypedNews:
    """An item as it was typed."""

    kind: str
    published_on: date | None
    title: str
    link: str
    author: str


@dataclass(frozen=True, slots=True)
class YearPace:
    """So many items up to a day of the year, the target, and how many the year will have at this pace."""

    count: int
    target: int
    projected: int
    pace: Pace


def pace(count: int, target: int, today: date, year: int) -> YearPace:
    """Judge `count` items of `year` as of `today`; the last day of the year is the day of judgement (002-06).

    The projection is cut, never rounded up. Before the year began nothing is expected yet.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    gone = max(0, (min(today, last) - first).days + 1)
    projected = count * ((last - first).days + 1) // gone if gone else count
    if count >= target:
        found = Pace.REACHED
    elif today >= last:
        found = Pace.MISSED
    else:
        found = Pace.ON_PACE if projected >= target or not gone else Pace.BEHIND
    return YearPace(count, target, projected, found)


_NEWS = tuple(news_items.c[name] for name in NewsItem.__slots__)


_LIST = HandKeptList(news_items)


def enter(conn: Connection, typed: TypedNews, person: Person, now: datetime) -> bool:
    """Enter an item; False for a link that was entered before: one item counts once, whatever its title.

    NewsRefusedError says what is missing; TooLongError.
    """
    title, author = whole_text(typed.title, LONGEST_TITLE), whole_text(typed.author, LONGEST_AUTHOR)
    link = whole_text(typed.link, LONGEST_LINK)
    if typed.kind not in set(NewsKind) or not title or not author:
        raise NewsRefusedError("news_lacks")
    if typed.published_on is None or not date(2000, 1, 1) <= typed.published_on <= local(now).date():
        raise NewsRefusedError("news_day_wrong")
    values = {
        "kind": typed.kind,
        "published_on": typed.published_on,
        "title": title,
        "link": link,
        "author": author,
    }
    entered = _LIST.enter(conn, (typed.kind, _same(link)), values, person.id, now)
    if entered is not None:
        audit_log.write(conn, person, "enter_news", f"news:{entered}", now)
    return entered is not None


def _same(link: str) -> str:
    """What two spellings of one address have in common; NewsRefusedError for what is no web address."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme.lower() not in ("http", "https") or any(sign.isspace() for sign in link):
        raise NewsRefusedError("news_link_wrong")
    return f"{host.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def strike(conn: Connection, item_id: int, person: Person, now: datetime) -> bool:
    """Take an item entered by mistake out of lists and counts; it stays in the database. False where gone."""
    done = _LIST.strike(conn, item_id, now)
    if done:
        audit_log.write(conn, person, "strike_news", f"news:{item_id}", now)
    return done


def published(conn: Connection, first: date, last: date) -> list[NewsItem]:
    """Return what was published from `first` to `last`, both included, the newest first."""
    inside = (_LIST.standing(), news_items.c.published_on.between(first, last))
    query = select(*_NEWS).where(*inside).order_by(news_items.c.published_on.desc(), news_items.c.id.desc())
    return [_item(row) for row in conn.execute(query)]


def news_of(conn: Connection, ids: Iterable[int]) -> list[NewsItem]:
    """Return these items, the oldest first."""
    query = select(*_NEWS).where(news_items.c.id.in_(list(ids))).order_by(news_items.c.published_on)
    return [_item(row) for row in conn.execute(query)]


def _item(row: Row[Any]) -> NewsItem:
    return NewsItem(row.id, NewsKind(row.kind), row.published_on, row.title, row.link, row.author)
