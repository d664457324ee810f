"""Promises of the office as tags of ratings: on the page, in leaders' files, in the report, in public."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence

import pytest
from docx import Document
from flask.testing import FlaskClient
from sqlalchemy import select

from logbook.database.tables import token_ratings
from logbook.dossiers.months import Month
from logbook.installation import Installation
from logbook.publications import notice_figures, notices
from logbook.ratings import spans, tags
from logbook.reports.sections.rating_tags import of_tags
from logbook.reports.sections.section import Counting
from logbook.reports.ticket_counts import CountedPeriod
from tests.logbook.console.conftest import SignIn, form_token
from tests.logbook.console.pages.figures.test_officials_ratings import rated

NAMES = {"xin-loi": "Bốn xin: xin lỗi", "luon-mim-cuoi": "Bốn luôn: luôn mỉm cười"}


def tag(leader: FlaskClient, installation: Installation, carried: Sequence[Sequence[str]]) -> None:
    """A leader lets comments through, one after the other, each with tags of the promises."""
    token = form_token(leader.get("/console/rating-comments").text)
    with installation.database.reading() as conn:
        query = select(token_ratings.c.response_id, token_ratings.c.comment)
        rows = conn.execute(query.order_by(token_ratings.c.response_id)).all()
    for row, promises in zip(rows, carried, strict=False):
        sent = {"form_token": token, "decision": "shown", "read": row.comment, "promise": list(promises)}
        leader.post(f"/console/rating-comments/{row.response_id}", data=sent)


@pytest.mark.row("002-12")
@pytest.mark.row("004-16")
def test_a_rating_carries_promises_as_tags_and_the_month_counts_them(
    installation: Installation, signed_in: SignIn
) -> None:
    rated(installation, {"an": 7})
    leader = signed_in("chairman")
    page = html.unescape(leader.get("/console/rating-comments").text)
    assert all(name in page for name in NAMES.values())
    tag(
        leader,
        installation,
        [("xin-loi", "luon-mim-cuoi", "không có nhãn này")] * 2 + [("luon-mim-cuoi",)] * 4,
    )
    read = html.unescape(signed_in("clerk").get("/console/rating-comments").text)
    assert (read.count("· Bốn xin: xin lỗi"), read.count("· Bốn luôn: luôn mỉm cười")) == (2, 6)
    month = spans.read("2026-10")
    assert month is not None
    with installation.database.reading() as conn:
        assert tags.counted(conn, month) == {"xin-loi": 2, "luon-mim-cuoi": 6}
        times, _ = installation.calendars.now(conn)
        october = CountedPeriod(month.begins, month.ends)
        figures = of_tags(Counting(conn, (), october, installation.settings, times))
    assert [(one.label, one.value) for one in figures] == [
        (NAMES["xin-loi"], 2),
        (NAMES["luon-mim-cuoi"], 6),
    ]
    file = leader.get("/console/officials-ratings/2026-10.docx").data
    words = "\n".join(one.text for one in Document(io.BytesIO(file)).paragraphs)
    assert words.count("Bốn xin: xin lỗi") == 2


@pytest.mark.row("002-12")
@pytest.mark.row("002-25")
def test_the_notice_tells_of_a_promise_only_where_enough_ratings_mention_it(
    installation: Installation, signed_in: SignIn
) -> None:
    rated(installation, {"an": 7})
    head = signed_in("head_of_office")
    tag(signed_in("chairman"), installation, [("xin-loi", "luon-mim-cuoi")] * 4 + [("luon-mim-cuoi",)] * 2)
    sent = {"form_token": form_token(head.get("/console/account").text), "version": "0"}
    assert head.post("/console/notices/2026-10/count", data=sent).status_code == 303
    page = html.unescape(head.get("/console/notices/2026-10").text)
    assert "Bốn luôn: luôn mỉm cười: 6 ý kiến" in page
    assert "xin lỗi" not in page
    with installation.database.reading() as conn:
        found = notices.find(conn, Month(2026, 10))
    assert found is not None
    kept = notice_figures.as_text(found.figures)
    assert "xin lỗi" not in kept  # what is not told is not kept either
    assert notice_figures.read(kept) == found.figures
    file = head.get("/console/notices/2026-10/document").data
    assert "Bốn luôn: luôn mỉm cười: 6 ý kiến" in "\n".join(
        one.text for one in Document(io.BytesIO(file)).paragraphs
    )
