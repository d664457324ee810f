"""What must be true before the first call: tables at the right revision, and the criteria in the book."""

from __future__ import annotations

from ivr.hotline import Hotline
from logbook import criteria, demo_people
from logbook.database import SchemaError


class DemoAccountsLeft(Exception):  # noqa: N818
    """Production does not start while sample accounts can sign in."""


def prepare(hotline: Hotline) -> None:
    """Upgrade SQLite by itself (after a copy); on PostgreSQL only check, since workers race (F-17, F-20).

    Raises SchemaError when the tables are not the ones this program knows, DemoAccountsLeft in production.
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
        if not hotline.settings.is_demo and demo_people.demo_accounts_left(conn):
            raise DemoAccountsLeft(
                "Còn tài khoản mẫu đang mở; hãy khóa bằng: tongdai user disable TÊN\n"
                "Sample accounts are still enabled; disable them with: tongdai user disable LOGIN"
            )
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
