"""Whatever telephone and number a citizen has, the hotline understands keys and number."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import func, select

from ivr.provider.files import Drawer
from logbook.database.tables import call_quality, calls, ratings, responses
from logbook.phone_numbers import parse
from tests.exchange.callers import Attempt, at_once, carry_out, rehearse
from tests.exchange.equipment import ExchangeOffice
from tests.exchange.hearing import likeness
from tests.exchange.phone_sound import ALAW, EVENTS, ULAW
from tests.exchange.softphone import Call, KeysBy, SoftPhone
from tests.exchange.test_real_calls import press_through
from tests.exchange.voice import noise
from tests.suite.waiting import PATIENCE, until

pytestmark = pytest.mark.proof
CALLS, A_SECOND = 100, 20


@dataclass
class Telephone:
    """One citizen's telephone: how it codes sound, how it sends keys, how its carrier writes the number."""

    sender: str
    keys: str
    codecs: tuple[int, ...] = (ALAW, EVENTS)
    keys_by: KeysBy = "events"
    number: str | None = "0915000001"


TELEPHONES = {
    "A-law": Telephone("<sip:+84915000001@127.0.0.1>", "41"),
    "mu-law": Telephone("<sip:84915000002@127.0.0.1>", "42", (ULAW, EVENTS), number="0915000002"),
    "SIP INFO": Telephone("<sip:0915000003@127.0.0.1>", "43", (ALAW,), "info", "0915000003"),
    "keys in the sound": Telephone("<sip:02583842199@127.0.0.1>", "44", (ALAW,), "sound", "02583842199"),
    "withheld": Telephone('"Anonymous" <sip:anonymous@anonymous.invalid>', "45", number=None),
}


@pytest.mark.row("000-08")
def test_every_kind_of_telephone_is_heard_and_its_number_stands_in_the_book(office: ExchangeOffice) -> None:
    greeting = noise(
        " ".join(office.hotline.texts["vi"].sentence("greeting_open", {"office": "xã Đại Lãnh"}).split())
    )
    heard: dict[str, Call] = {}

    def rate(name: str, telephone: Telephone) -> None:
        phone = SoftPhone(user="0915000000")
        phone.codecs, phone.keys_by = telephone.codecs, telephone.keys_by
        try:
            call = heard[name] = phone.call(office.sip_port, sender=telephone.sender)
            assert call.answered.wait(PATIENCE)
            press_through(call, telephone.keys)
            call.wait_quiet(seconds=8)
        finally:
            phone.close()

    at_once([partial(rate, *pair) for pair in TELEPHONES.items()])
    with office.hotline.database.reading() as conn:
        rows = conn.execute(
            select(ratings.c.value, calls.c.caller_number)
            .join(responses, responses.c.id == ratings.c.response_id)
            .join(calls, calls.c.id == responses.c.call_id)
        ).all()
    assert {name: likeness(call.samples(), greeting[400:3000]) > 0.95 for name, call in heard.items()} == (
        dict.fromkeys(TELEPHONES, True)
    )
    assert {str(value): number for value, number in rows} == {
        one.keys[-1]: None if one.number is None else parse(one.number).e164 for one in TELEPHONES.values()
    }


@pytest.mark.row("T-25")
def test_a_hundred_people_call_within_five_seconds_and_every_key_and_every_end_is_in_the_book(
    office: ExchangeOffice,
) -> None:
    office.stop_hotline()
    office.start_hotline_process()
    ears = rehearse(office)
    people = [Attempt(number, complains=False, questions=1) for number in range(CALLS)]

    def rate(attempt: Attempt) -> None:
        time.sleep(attempt.number / A_SECOND)
        carry_out(office, ears, attempt)

    at_once([partial(rate, attempt) for attempt in people])
    assert [one.number for one in people if not one.done] == []
    numbers = {str(parse(one.caller).e164): one.number for one in people}
    mine = calls.c.caller_number.in_(numbers)
    over = select(func.count()).select_from(calls).where(mine, calls.c.status == "completed")

    def ended() -> int:
        with office.hotline.database.reading() as conn:
            return int(conn.execute(over).scalar_one())

    assert until(lambda: ended() == CALLS, every=0.3), (ended(), office.log("line"))
    with office.hotline.database.reading() as conn:
        rated = conn.execute(
            select(calls.c.caller_number, ratings.c.value)
            .join(responses, responses.c.call_id == calls.c.id)
            .join(ratings, ratings.c.response_id == responses.c.id)
            .where(mine)
        ).all()
    assert sorted((numbers[number], value) for number, value in rated) == [
        (one.number, one.value(1)) for one in people
    ]
    with office.hotline.database.reading() as conn:
        lost = conn.execute(select(func.sum(call_quality.c.lost)).join(calls).where(mine)).scalar_one()
    assert (sum(one.missed for one in people), lost) == (0, 0)
    assert until(lambda: office.channels() == [], every=0.3)
    store = Drawer(office.folders.store)
    assert until(lambda: {row["status"] for row in store.all("Calls")} == {"completed"}, every=0.3)
