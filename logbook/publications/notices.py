"""The monthly notice: consolidated, written by the head, approved by a leader, posted by two officials.

What was approved is frozen: board, web page, documents and yearly sums read the same kept figures (003-13).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, insert, select, update

from logbook.accounts import audit_log
from logbook.accounts.rights import Person
from logbook.calendar.working_time import WorkingTime
from logbook.clock import local
from logbook.database.errors import StaleVersionError
from logbook.database.tables import notices, postings
from logbook.dossiers import quota
from logbook.dossiers.months import Month
from logbook.plain_text import whole_text
from logbook.publications import gate, notice_figures
from logbook.publications.notice_figures import NoticeFigures, PromiseShown
from logbook.publications.publications import NotPublishableError, office_names
from logbook.ratings import index, tags
from logbook.ratings.spans import month_of
from logbook.settings.loading import Settings

LONGEST_WORDS, LONGEST_WHERE, LONGEST_ADDRESS = 2000, 200, 500
LARGEST_PHOTO = 4 * 1024 * 1024
PARTS = ("strengths", "shortcomings", "remedies")
"""Ưu điểm, tồn tại, giải pháp (003-13)."""
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class PostingPlace(StrEnum):
    """Where a notice is posted: the board (003-10) and the web (003-11)."""

    BOARD = "board"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Posting:
    """One posting; `photo_type` says whether a photograph proves it, `address` may be the other proof."""

    place: str
    posted_on: date
    where: str
    address: str | None
    photo_type: str | None
    posted_by: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """One month's notice; `writer_ids` are all who consolidated or wrote it."""

    id: int
    month: Month
    figures: NoticeFigures
    counted_at: datetime
    strengths: str
    shortcomings: str
    remedies: str
    writer_ids: frozenset[int]
    approved_by: int | None
    approved_at: datetime | None
    version: int

    @property
    def is_approved(self) -> bool:
        """Whether it is frozen."""
        return self.approved_at is not None


_COLUMNS = tuple(notices.c[name] for name in Notice.__slots__)
_POSTED = tuple(postings.c[name] for name in Posting.__slots__)


def find(conn: Connection, month: Month, *, lock: bool = False) -> Notice | None:
    """Return the notice of a month, or None."""
    query = select(*_COLUMNS).where(notices.c.month == str(month))
    if lock:
        query = query.with_for_update()
    row = conn.execute(query).first()
    return None if row is None else _notice(row)


def listed(conn: Connection, limit: int = 120) -> list[Notice]:
    """Return the notices, the newest month first."""
    query = select(*_COLUMNS).order_by(notices.c.month.desc()).limit(limit)
    return [_notice(row) for row in conn.execute(query)]


def consolidate(
    conn: Connection, month: Month, version: int, settings: Settings, who: Person, now: datetime
) -> None:
    """Count the month, or count it anew while it is a draft; `version` is what was seen, 0 for none.

    NotPublishableError for a month that runs or an approved notice; StaleVersionError.
    """
    if month >= Month.of(now):
        raise NotPublishableError("notice_month_runs")
    before = _seen(conn, month, version)
    counted = quota.of_month(conn, month, settings.dossiers.quota_percent)
    found = index.figures(conn, settings, month_of(month.first))
    mentioned = tags.counted(conn, month_of(month.first))
    promises = [PromiseShown(one.name, mentioned[one.key]) for one in settings.tickets.tags]
    figures = notice_figures.shown(found, counted, settings.publications.smallest_group, promises)
    values = {"figures": notice_figures.as_text(figures), "counted_at": now, "version": version + 1}
    if before is None:
        blank = dict.fromkeys(PARTS, "")
        made = {"month": str(month), "writer_ids": frozenset({who.id}), **blank, **values}
        conn.execute(insert(notices).values(**made))
    else:
        conn.execute(update(notices).where(notices.c.id == before.id).values(**values))
    audit_log.write(conn, who, "consolidate_notice", f"notice:{month}", now, version=version + 1)


def write(
    conn: Connection,
    month: Month,
    words: Collection[str],
    version: int,
    settings: Settings,
    who: Person,
    now: datetime,
) -> None:
    """Keep strengths, shortcomings and remedies of a draft; GateRefusedError for words that name somebody.

    NotPublishableError, StaleVersionError, TooLongError.
    """
    told = [whole_text(text, LONGEST_WORDS) for text in words]
    before = _seen(conn, month, version)
    if before is None:
        raise NotPublishableError("notice_not_counted")
    gate.check(told, office_names(settings))
    values = {**dict(zip(PARTS, told, strict=True)), "writer_ids": before.writer_ids | {who.id}}
    conn.execute(update(notices).where(notices.c.id == before.id).values(**values, version=version + 1))
    audit_log.write(conn, who, "write_notice", f"notice:{month}", now, version=version + 1)


def approve(
    conn: Connection, month: Month, version: int, settings: Settings, who: Person, now: datetime
) -> None:
    """Freeze a notice, words and figures: the only way one comes to be posted.

    Whoever wrote at it does not approve it. GateRefusedError, NotPublishableError, StaleVersionError.
    """
    before = _seen(conn, month, version)
    if before is None:
        raise NotPublishableError("notice_not_counted")
    words = [getattr(before, part) for part in PARTS]
    if not all(words):
        raise NotPublishableError("notice_lacks_words")
    if who.id in before.writer_ids:
        raise NotPublishableError("notice_own_words")
    gate.check(words, office_names(settings))
    values = {"approved_by": who.id, "approved_at": now, "version": version + 1}
    conn.execute(update(notices).where(notices.c.id == before.id).values(**values))
    audit_log.write(conn, who, "approve_notice", f"notice:{month}", now, version=version)


@dataclass(frozen=True, slots=True)
class PostingProof:
    """What proves a posting: an address, or a photograph of the board."""

    address: str = ""
    photo: bytes = b""


def post(
    conn: Connection,
    month: Month,
    place: PostingPlace,
    posted_on: date,
    where: str,
    proof: PostingProof,
    who: Person,
    now: datetime,
) -> None:
    """Record that an approved notice hangs on the board, or stands on the web: each by another official.

    NotPublishableError: not approved, posted before, by the same person, without proof, on no such day.
    """
    notice = find(conn, month, lock=True)
    if notice is None or notice.approved_at is None:
        raise NotPublishableError("notice_not_approved")
    standing = of_notice(conn, notice.id)
    if any(one.place == place for one in standing):
        raise NotPublishableError("notice_posted_before")
    if any(one.posted_by == who.id for one in standing):
        raise NotPublishableError("notice_same_person")
    if not local(notice.approved_at).date() <= posted_on <= local(now).date():
        raise NotPublishableError("notice_day_wrong")
    photo_type, address = _proven(place, proof)
    values = {
        "notice_id": notice.id,
        "place": place,
        "posted_on": posted_on,
        "where": whole_text(where, LONGEST_WHERE) or "–",
        "address": address,
        "photo": proof.photo or None,
        "photo_type": photo_type,
        "posted_by": who.id,
        "recorded_at": now,
    }
    conn.execute(insert(postings).values(**values))
    audit_log.write(conn, who, "post_notice", f"notice:{month}", now, place=place, where=values["where"])


def _proven(place: PostingPlace, proof: PostingProof) -> tuple[str | None, str | None]:
    address = whole_text(proof.address, LONGEST_ADDRESS)
    if len(proof.photo) > LARGEST_PHOTO:
        raise NotPublishableError("notice_photo_large")
    photo_type = next((kind for head, kind in _PICTURES.items() if proof.photo.startswith(head)), None)
    if proof.photo and photo_type is None:
        raise NotPublishableError("notice_photo_wrong")
    if not address and not proof.photo:
        raise NotPublishableError("notice_lacks_proof")
    if place is PostingPlace.WEB and not proof.photo and urlsplit(address).scheme not in ("http", "https"):
        raise NotPublishableError("notice_address_wrong")
    return photo_type, address or None


def of_notice(conn: Connection, notice_id: int) -> list[Posting]:
    """Return where a notice was posted, the first one first."""
    query = select(*_POSTED).where(postings.c.notice_id == notice_id).order_by(postings.c.id)
    return [Posting(*row) for row in conn.execute(query)]


def photo(conn: Connection, month: Month, place: str) -> tuple[bytes, str] | None:
    """Return the photograph that proves a posting and its type, or None."""
    of_month = select(notices.c.id).where(notices.c.month == str(month)).scalar_subquery()
    here = (postings.c.notice_id == of_month, postings.c.place == place)
    row = conn.execute(select(postings.c.photo, postings.c.photo_type).where(*here)).first()
    return None if row is None or row.photo is None else (row.photo, row.photo_type)


def on_web(conn: Connection) -> list[Notice]:
    """Return the notices an official put on the web, the newest month first."""
    posted = select(postings.c.notice_id).where(postings.c.place == PostingPlace.WEB)
    query = select(*_COLUMNS).where(notices.c.approved_at.is_not(None), notices.c.id.in_(posted))
    return [_notice(row) for row in conn.execute(query.order_by(notices.c.month.desc()))]


def stamp(conn: Connection) -> tuple[int, int]:
    """Return numbers that grow whenever what stands on the web changes; nothing of it is deleted."""
    versions = conn.execute(select(func.coalesce(func.sum(notices.c.version), 0))).scalar_one()
    return int(versions), conn.execute(select(func.count()).select_from(postings)).scalar_one()


@dataclass(frozen=True, slots=True)
class MissingNotice:
    """A month's notice that is not posted everywhere yet: where not, until which day, and since when late."""

    month: Month
    places: tuple[PostingPlace, ...]
    until: date
    is_late: bool


def missing(
    conn: Connection, by_day: int, office: WorkingTime, began: datetime | None, now: datetime
) -> MissingNotice | None:
    """Return what of last month's notice is not posted, from the working day before the set day on.

    None before that day, where both stand, and for a month before the office `began` to use the hotline.
    """
    month, today = Month.of(now).plus(-1), local(now).date()
    until = Month.of(now).first + timedelta(days=by_day - 1)
    if today < office.day_before(until) or began is None or began >= month.ends:
        return None
    notice = find(conn, month)
    posted = {one.place for one in of_notice(conn, notice.id)} if notice else set()
    places = tuple(place for place in PostingPlace if place not in posted)
    return MissingNotice(month, places, until, today > until) if places else None


def _seen(conn: Connection, month: Month, version: int) -> Notice | None:
    before = find(conn, month, lock=True)
    if (before.version if before else 0) != version:
        raise StaleVersionError
    if before is not None and before.is_approved:
        raise NotPublishableError("notice_frozen")
    return before


def _notice(row: Any) -> Notice:
    kept = row._asdict()
    kept |= {"month": Month.read(kept["month"]), "figures": notice_figures.read(kept["figures"])}
    return Notice(**kept)
