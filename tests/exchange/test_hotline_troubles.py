"""The hotline is slow, answers 500 or refuses signatures: callers hear Vietnamese and go on."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import func, select

from logbook.database.tables import calls
from tests.exchange.callers import at_once
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.hearing import likeness
from tests.exchange.test_failures import sound_named
from tests.exchange.test_real_calls import row_of
from tests.exchange.troubles import Trouble
from tests.suite.waiting import PATIENCE, until

pytestmark = pytest.mark.proof
DURING: dict[str, Trouble] = {"0912000901": "slow", "0912000902": "500", "0912000903": "signature"}
AT_FIRST: dict[str, Trouble] = {"0912000904": "slow", "0912000905": "500", "0912000906": "signature"}


@pytest.mark.row("L1")
def test_whatever_is_wrong_with_the_hotline_callers_hear_vietnamese_and_no_call_is_lost(
    office: ExchangeOffice,
) -> None:
    front = office.troubled
    wait, greeting = sound_named(office, "one-moment")[400:5000], sound_named(office, "greeting")[400:5000]

    def meets(caller: str, trouble: Trouble, *, at_first: bool) -> None:
        if at_first:
            front.troubles[caller] = trouble
        call = office.carrier.call(office.sip_port, caller=caller)
        assert call.answered.wait(PATIENCE)
        if not at_first:
            call.wait_heard(3200, PATIENCE)
            front.troubles[caller] = trouble
            call.press("4")
        heard = greeting if at_first else wait
        assert until(lambda: likeness(call.samples(), heard) > 0.9, every=0.2), (caller, trouble)
        del front.troubles[caller]
        call.wait_quiet()
        assert not call.ended.is_set(), (caller, trouble)
        call.press("4")
        call.wait_quiet()
        call.hang_up()

    at_once(
        [
            *(partial(meets, *one, at_first=False) for one in DURING.items()),
            *(partial(meets, *one, at_first=True) for one in AT_FIRST.items()),
        ]
    )
    front.over.set()
    for caller in DURING | AT_FIRST:
        row = row_of(office, caller)
        assert (row.status, row.outcome, row.turn >= 2) == ("completed", "hung_up", True), (caller, row)
    assert set(front.met) == {"slow", "500", "signature"}
    with office.hotline.database.reading() as conn:
        made = conn.execute(select(func.count()).select_from(calls)).scalar_one()
    assert made == len(DURING | AT_FIRST)
    said = office.spoken()
    assert {one.partition(" ")[0] for one in said} == {"vi"}
    assert not [one for one in said if "error" in one]
