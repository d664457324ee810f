"""What is past its years is deleted, the audit log says so, and how things stand is never lost."""

from __future__ import annotations

from sqlalchemy import func, select

from logbook.accounts import audit_log
from logbook.database.tables import checklist_looks, internal_checks, monthly_counts, news_items, work_checks
from logbook.installation import Installation
from logbook.plan import forgetting
from tests.logbook.console.conftest import SignIn
from tests.logbook.console.pages.figures.test_superior import furnish
from tests.logbook.console.pages.office.test_checklists import tick
from tests.logbook.dossiers.shelf import local_time


def test_lists_and_checks_are_deleted_after_their_years_but_the_newest_look_at_a_cell_stays(
    installation: Installation, signed_in: SignIn
) -> None:
    clerk = signed_in("clerk")
    furnish(installation, clerk, signed_in("chairman"))
    tick(clerk, "niem-yet", **{"tra-cuu.bang": "missing"})
    tables = (checklist_looks, news_items, monthly_counts, work_checks, internal_checks)

    def counts() -> list[int]:
        with installation.database.reading() as conn:
            return [conn.execute(select(func.count()).select_from(one)).scalar_one() for one in tables]

    assert counts() == [15, 4, 2, 1, 1]
    part = installation.settings.retention
    for moment, gone in (("2031-11-20 09:00", 0), ("2032-01-02 09:00", 9)):
        with installation.database.writing() as conn:
            assert forgetting.forget_old(conn, part, local_time(moment)) == gone, moment
    assert counts() == [14, 0, 0, 0, 0]
    with installation.database.reading() as conn:
        acts = [one.act for one in audit_log.recent(conn, 5)]
    assert {"delete_lists", "delete_internal_checks"} <= set(acts)
