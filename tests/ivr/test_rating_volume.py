"""Stuffing at full volume (T-19): ten thousand posts, ten thousand guesses, a thousand honest codes."""

from __future__ import annotations

from collections import Counter

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ivr.line.hotline import Hotline
from logbook.calls import rating_counts
from logbook.database.tables import ratings, replaced_ratings
from tests.ivr.test_rating_by_code import GOOD, codes, how_many, phone, qr_figures

__all__ = ["phone"]

TIMES, HONEST = 10_000, 1000


@pytest.mark.proof
@pytest.mark.row("T-19")
@pytest.mark.row("004-05")
def test_ten_thousand_posts_and_guesses_make_one_rating_and_a_thousand_codes_behind_one_address_all_count(
    hotline: Hotline, phone: FlaskClient
) -> None:
    code = codes(hotline)[0]
    sent = Counter(
        phone.post(f"/r/{code}", data=GOOD | {"a1": str(1 + turn % 5)}).status_code for turn in range(TIMES)
    )
    assert sent == {200: 20, 429: TIMES - 20}
    guessed = Counter(phone.post(f"/r/{number:012d}", data=GOOD).status_code for number in range(TIMES))
    assert guessed == {404: 300, 429: TIMES - 300}
    assert (how_many(hotline), qr_figures(hotline)) == (1, [("qr", 1)])
    honest = Counter(phone.post(f"/r/{one}", data=GOOD).status_code for one in codes(hotline, HONEST))
    assert honest == {200: HONEST}
    assert qr_figures(hotline) == [("qr", HONEST + 1)]
    with hotline.database.reading() as conn:
        assert conn.execute(select(func.count()).select_from(ratings)).scalar_one() == 3 * (HONEST + 1)
        assert conn.execute(select(func.count()).select_from(replaced_ratings)).scalar_one() == 19
        assert rating_counts.wrong(conn) == []
