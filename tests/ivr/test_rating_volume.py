"""Stuffing at full volume (T-19): ten thousand posts, ten thousand guesses, a thousand honest codes."""

from __future__ import annotations

from collections import Counter

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ivr.line.hotline import Hotline
from logbook.calls import rating_counts
from logbook.database.tables import ratings, replaced_ratings
from logbook.ratings import by_token
from logbook.ratings.by_token import RatingRefusedError, Sent
from tests.ivr.test_rating_by_code import GOOD, codes, how_many, phone, qr_figures
from tests.one_kind import on_sqlite

__all__ = ["phone"]

SENT = Sent((5, 4, 2), None, "", "")
TIMES, BY_HTTP, HONEST = 10_000, 1000, 1000
"""So often in all; the first of them through the form's address, the others straight to what decides."""


def stored(hotline: Hotline, code: str) -> str:
    """What becomes of a sending to a code."""
    try:
        with hotline.database.writing() as conn:
            return by_token.store(conn, hotline.settings, code, SENT, hotline.clock.now())
    except RatingRefusedError as refused:
        return str(refused.args[0])


@on_sqlite
@pytest.mark.proof
@pytest.mark.row("T-19")
@pytest.mark.row("004-05")
def test_ten_thousand_posts_and_guesses_make_one_rating_and_a_thousand_codes_behind_one_address_all_count(
    hotline: Hotline, phone: FlaskClient
) -> None:
    code = codes(hotline)[0]
    sent = Counter(
        phone.post(f"/r/{code}", data=GOOD | {"a1": str(1 + turn % 5)}).status_code for turn in range(BY_HTTP)
    )
    assert sent == {200: 20, 429: BY_HTTP - 20}
    assert {stored(hotline, code) for _ in range(TIMES - BY_HTTP)} == {"rate_too_often"}
    guessed = Counter(phone.post(f"/r/{number:012d}", data=GOOD).status_code for number in range(BY_HTTP))
    assert guessed == {404: 300, 429: BY_HTTP - 300}
    unknown = {stored(hotline, f"{number:012d}") for number in range(BY_HTTP, TIMES)}
    assert unknown == {"rate_code_unknown"}
    assert (how_many(hotline), qr_figures(hotline)) == (1, [("qr", 1)])
    honest = Counter(phone.post(f"/r/{one}", data=GOOD).status_code for one in codes(hotline, HONEST))
    assert honest == {200: HONEST}
    assert qr_figures(hotline) == [("qr", HONEST + 1)]
    with hotline.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(ratings)).scalar_one() == 3 * (HONEST + 1)
        assert conn.execute(select(func.count()).select_from(replaced_ratings)).scalar_one() == 19
        assert rating_counts.wrong(conn) == []
