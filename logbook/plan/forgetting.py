"""Deletes looks, news, counts and checks past their years; the newest look at each cell stays (B4)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, delete, func, select

from logbook.accounts import audit_log
from logbook.clock import local
from logbook.database.tables import checklist_looks, internal_checks, monthly_counts, news_items, work_checks
from logbook.settings.notifications import RetentionPart


def forget_old(conn: Connection, part: RetentionPart, now: datetime) -> int:
    """Delete what is older than its years, write that into the audit log, and return how many rows."""
    last = _before(now, part.list_years)
    newest = select(func.max(checklist_looks.c.id)).group_by(
        checklist_looks.c.checklist,
        checklist_looks.c.period,
        checklist_looks.c.item,
        checklist_looks.c.place,
    )
    looked_before = datetime.combine(last, datetime.min.time(), tzinfo=now.tzinfo)
    old_looks = (checklist_looks.c.looked_at < looked_before, checklist_looks.c.id.not_in(newest))
    gone = conn.execute(delete(checklist_looks).where(*old_looks)).rowcount
    gone += conn.execute(delete(news_items).where(news_items.c.published_on < last)).rowcount
    gone += conn.execute(delete(monthly_counts).where(monthly_counts.c.month < f"{last:%Y-%m}")).rowcount
    gone += conn.execute(delete(work_checks).where(work_checks.c.checked_on < last)).rowcount
    if gone:
        rule = f"retention.list_years = {part.list_years}"
        audit_log.write(conn, "retention", "delete_lists", "lists", now, rule, lines=gone)
    return gone + _internal(conn, part, now)


def _internal(conn: Connection, part: RetentionPart, now: datetime) -> int:
    """A record goes whole, with every version, when its last one is past its years."""
    last = _before(now, part.internal_check_years)
    over = (
        select(internal_checks.c.record)
        .group_by(internal_checks.c.record)
        .having(func.max(internal_checks.c.checked_on) < last)
    )
    gone = conn.execute(delete(internal_checks).where(internal_checks.c.record.in_(over))).rowcount
    if gone:
        rule = f"retention.internal_check_years = {part.internal_check_years}"
        audit_log.write(conn, "retention", "delete_internal_checks", "internal_checks", now, rule, lines=gone)
    return gone


def _before(now: datetime, years: int) -> date:
    today = local(now).date()
    return date(today.year - years, today.month, min(today.day, 28))
