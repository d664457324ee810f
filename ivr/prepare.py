"""What must be true before the first call: tables at the right revision, and the criteria in the book."""

from __future__ import annotations

from ivr.hotline import Hotline
from logbook import criteria
from logbook.database import SchemaError


def prepare(hotline: Hotline) -> None:
    """Upgrade SQLite by itself (after a copy); on PostgreSQL only check, since workers race (F-17, F-20).

    Raises SchemaError when the tables are not the ones this program knows.
    """
    database = hotline.database
    now = hotline.clock.now()
    if database.is_sqlite:
        database.upgrade(now)
    elif not database.at_head():
        raise SchemaError(
            "Cơ sở dữ liệu chưa được nâng cấp; hãy chạy: tongdai db upgrade\n"
            "The database is not up to date; run: tongdai db upgrade"
        )
    part = hotline.settings.ratings
    with database.writing() as conn:
        criteria.install_set(
            conn,
            key=part.key,
            version=part.version,
            title=hotline.settings.office.agency,
            scale_min=part.lowest,
            scale_max=part.highest,
            asked=[criteria.Criterion(each.key, each.name, each.text) for each in part.criteria],
            now=now,
        )
