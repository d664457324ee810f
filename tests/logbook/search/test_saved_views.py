"""Views of the list that a person keeps."""

from datetime import datetime

import pytest

from logbook.database.engine import Database
from logbook.search import saved_views
from logbook.search.saved_views import ViewRefusedError
from logbook.search.ticket_filters import Filters
from tests.logbook.book_of_cases import Cast, hire


@pytest.fixture
def cast(database: Database, now: datetime) -> Cast:
    with database.writing() as conn:
        return hire(conn, now)


def test_a_view_belongs_to_one_person_and_keeps_its_filters(database: Database, cast: Cast) -> None:
    mine, theirs = cast["clerk"].id, cast["auditor"].id
    filters = Filters("all", kind="feedback", q="đường")
    with database.writing() as conn:
        view_id = saved_views.keep(conn, mine, "  Đường   sá ", filters)
        [view] = saved_views.listed(conn, mine)
        assert (view.name, view.filters) == ("Đường sá", filters)
        assert saved_views.listed(conn, theirs) == []
        assert not saved_views.forget(conn, theirs, view_id)
        assert saved_views.forget(conn, mine, view_id)
        assert saved_views.listed(conn, mine) == []


def test_the_same_name_replaces_the_view_even_when_there_are_many(database: Database, cast: Cast) -> None:
    mine = cast["clerk"].id
    with database.writing() as conn:
        for number in range(saved_views.MOST):
            saved_views.keep(conn, mine, f"Xem {number}", Filters())
        saved_views.keep(conn, mine, "Xem 3", Filters("closed"))
        with pytest.raises(ViewRefusedError, match="tickets_view_too_many"):
            saved_views.keep(conn, mine, "Xem nữa", Filters())
        views = saved_views.listed(conn, mine)
    assert len(views) == saved_views.MOST
    assert views[3].filters == Filters("closed")


def test_a_view_needs_a_name_and_an_end(database: Database, cast: Cast) -> None:
    with database.writing() as conn:
        with pytest.raises(ViewRefusedError, match="tickets_view_needs_name"):
            saved_views.keep(conn, cast["clerk"].id, " \n", Filters())
        with pytest.raises(ViewRefusedError, match="tickets_view_too_long"):
            saved_views.keep(conn, cast["clerk"].id, "dài", Filters(q="ướ" * 99))
