"""Limits of the outbox: which numbers, how many a day, and at what hour a citizen may be disturbed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from logbook.calendar.of_settings import working_times
from logbook.calendar.working_time import Closure
from logbook.database import rate_limits
from logbook.database.engine import Database
from logbook.opening_hours import Window
from logbook.outbox.deliveries import Delivery
from logbook.sending import limits
from logbook.settings import own_numbers
from logbook.settings.loading import load_settings
from tests import frozen

SETTINGS = load_settings(frozen.OFFICE)
HOTLINE, CHAIRMAN = "+842583842102", "+842583842100"
OFFICE = working_times(SETTINGS).office
QUIET = SETTINGS.notifications.quiet_hours
DAY = timedelta(days=1)
CHANCE = random.Random(13)


def row(recipient: str = "citizen", number: str | None = None) -> Delivery:
    nothing = dict.fromkeys(Delivery.__dataclass_fields__)
    return Delivery(**{**nothing, "id": 1, "recipient": recipient, "number": number, "params": "{}"})  # type: ignore[arg-type]


def digits(count: int) -> str:
    return "".join(CHANCE.choices("0123456789", k=count))


MOBILE = {
    "03": "23456789", "05": "689", "07": "06789", "08": "1234568", "09": "01234678",
}  # fmt: skip
"""Beginnings of Vietnamese mobile numbers: two digits and those of the third that are given out whole."""
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


ABROAD = ("1", "7", "44", "61", "85", "86", "252", "263", "675", "979", "990")


def mobile() -> str:
    two = CHANCE.choice(sorted(MOBILE))
    return two + CHANCE.choice(MOBILE[two]) + digits(7)


def landline() -> str:
    return "0258" + CHANCE.choice("3") + digits(6)


def forms_of(national: str) -> Iterator[str]:
    """Ways in which one number is written."""
    yield national
    yield f"+84{national[1:]}"
    yield f"84{national[1:]}"
    yield f" {national[:4]} {national[4:7]} {national[7:]} "
    yield f"{national[:4]}.{national[4:7]}.{national[7:]}"
    yield f"(+84) {national[1:]}"
    yield national.translate(WIDE)


def forbidden() -> Iterator[str]:
    """Numbers nobody may make us dial, in many shapes."""
    while True:
        yield f"1900{digits(4)}"
        yield f"+841900{digits(6)}"
        yield f"1800{digits(4)}"
        yield f"+84180{digits(5)}"
        yield CHANCE.choice(
            ["110", "111", "112", "113", "114", "115", "116", "119", "1022", "18001166", "069"]
        )
        yield f"+88{CHANCE.choice('123')}{digits(9)}"
        yield f"+87{digits(10)}"
        yield f"+{CHANCE.choice(ABROAD)}{digits(9)}"
        yield f"00{CHANCE.choice(['1', '44', '881', '8490'])}{digits(9)}"
        yield f"{mobile()};ext={digits(3)}"
        yield f"{mobile()} ext. {digits(2)}"
        yield f"sip:name{digits(4)}@example.com"
        yield f"tel:{mobile()},,{digits(4)}"
        yield f"+841{digits(CHANCE.randint(1, 5))}"
        yield f"+84011{digits(8)}"
        yield f"*{digits(3)}#"
        yield CHANCE.choice(["", " ", "anonymous", "+266696687", "không số", "+", "𝟗𝟎𝟎", "\x00"])
        yield CHANCE.choice(list(forms_of("02583842102")))


@pytest.mark.row("T-13")
def test_of_twenty_thousand_numbers_exactly_the_allowed_ones_may_be_called() -> None:
    bad = forbidden()
    wrong: list[str] = []
    allowed = 0
    for each in range(10_000):
        national = mobile() if each % 2 else landline()
        expected = f"+84{national[1:]}"
        good = list(forms_of(national))[each % 7]
        own = expected in (HOTLINE,)
        if limits.destination(row(number=good), "call", SETTINGS) != (None if own else expected):
            wrong.append(good)
        text = limits.destination(row(number=good), "sms", SETTINGS)
        if text != (expected if each % 2 else None):
            wrong.append(f"sms {good}")
        allowed += not own
        evil = next(bad)
        if limits.destination(row(number=evil), "call", SETTINGS) is not None:
            wrong.append(evil)
    assert wrong == []
    assert allowed > 9_990


@pytest.mark.row("T-13")
@pytest.mark.parametrize("number", [None, "+84987654321", "+14155550123"])
def test_an_official_has_the_number_of_the_settings_and_no_other(number: str | None) -> None:
    assert limits.destination(row("chu-tich", number), "call", SETTINGS) == CHAIRMAN
    assert limits.destination(row("nobody", number), "call", SETTINGS) is None


@pytest.mark.row("T-13")
@pytest.mark.row("B-16")
def test_our_own_numbers_are_never_rung() -> None:
    line = SETTINGS.line.model_copy(update={"caller_id": "+842583842199"})
    settings = replace(SETTINGS, line=line)
    assert own_numbers.of_line(settings) == {HOTLINE, "+842583842199"}
    for number in (HOTLINE, "+842583842199", "0258.3842.102"):
        assert limits.destination(row(number=number), "call", settings) is None
        for channel in ("call", "sms"):
            assert limits.reached(number, channel, settings) is None, "not even as somebody of the office"


@pytest.mark.row("B-02")
def test_a_citizen_is_never_looked_for_at_a_desk_of_the_office_but_at_anybodys_mobile() -> None:
    """The landlines of duty and officials are desks; a mobile is a person's, who may complain."""
    mobile = SETTINGS.duty.people[0].model_copy(update={"number": "+84905111222"})
    duty = SETTINGS.duty.model_copy(update={"people": (mobile, *SETTINGS.duty.people[1:])})
    settings = replace(SETTINGS, duty=duty)
    desk = settings.duty.people[1].number
    assert limits.destination(row(number=desk), "call", settings) is None
    assert limits.destination(row(number=CHAIRMAN), "call", settings) is None
    assert limits.destination(row("chu-tich"), "call", settings) == CHAIRMAN
    assert limits.destination(row(number="+84905111222"), "call", settings) == "+84905111222"
    assert own_numbers.callable_citizen("sip:02583842102@pbx", own_numbers.of_office(settings)) is None
    assert own_numbers.callable_citizen("0905 111 222", own_numbers.of_office(settings)) == "+84905111222"


@pytest.mark.row("T-13")
def test_a_person_and_everybody_have_a_budget_of_their_own(database: Database, now: datetime) -> None:
    notifications = SETTINGS.notifications.model_copy(
        update={"sends_per_person_per_day": 2, "sends_per_day": 3}
    )
    settings = replace(SETTINGS, notifications=notifications)
    first, second = row("chu-tich"), row("pho-chu-tich")
    with database.writing() as conn:
        spent = [limits.spend(conn, first, "x", settings, now) for _ in range(3)]
        assert spent == [True, True, False]
        assert [limits.spend(conn, second, "y", settings, now) for _ in range(2)] == [True, False]
        assert rate_limits.used(conn, "send:person:pho-chu-tich", DAY, now) == 1
        limits.give_back(conn, first, "x", settings, now)
        assert limits.spend(conn, second, "y", settings, now)
        assert rate_limits.used(conn, "send:all", DAY, now) == 3


def test_the_next_days_budget_begins_at_midnight_in_vietnam() -> None:
    for at in (local("2026-11-24T23:59"), local("2026-11-24T00:00"), local("2026-11-24T06:59")):
        assert limits.next_day(at) == local("2026-11-25T00:00")


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


def hour(
    channel: str, at: str, quiet: tuple[Window, ...] = QUIET, closures: tuple[Closure, ...] = ()
) -> datetime:
    return limits.citizen_hour(channel, local(at), quiet, OFFICE, closures)


def test_every_minute_of_a_fortnight_leads_to_the_first_allowed_one() -> None:
    quiet = (Window.parse("00:00-06:00"), Window.parse("08:00-09:15"), Window.parse("21:00-24:00"))
    begin = local("2026-11-20T00:00")
    expected: dict[str, datetime | None] = {"call": None, "sms": None}
    for minute in range(14 * 24 * 60, -1, -1):
        moment = begin + timedelta(minutes=minute)
        clock = moment.hour * 60 + moment.minute
        awake = not any(window.start <= clock < window.end for window in quiet)
        fit = {"call": OFFICE.at(moment).is_open and awake, "sms": 7 * 60 <= clock < 20 * 60 and awake}
        for channel, allowed in fit.items():
            if allowed:
                expected[channel] = moment
            if minute % 7 == 0 and expected[channel] is not None:
                found = limits.citizen_hour(channel, moment, quiet, OFFICE)
                assert found == expected[channel], (channel, moment)


def test_nobody_is_called_while_the_office_is_closed_by_hand() -> None:
    storm = Closure(local("2026-11-25T09:00"), local("2026-11-26T14:00"), "bão")
    assert hour("call", "2026-11-25T10:00", closures=(storm,)) == local("2026-11-26T14:00")
    assert hour("sms", "2026-11-25T10:00", closures=(storm,)) == local("2026-11-25T10:00")


def test_the_hour_is_told_in_utc_and_never_lies_before_now() -> None:
    for channel in ("call", "sms"):
        found = hour(channel, "2026-11-25T09:10")
        assert (found, found.tzinfo) == (local("2026-11-25T09:10"), UTC)


def test_quiet_all_day_ends_the_search() -> None:
    assert hour("sms", "2026-11-25T09:10", (Window(0, 1440),)) > local("2026-11-26T00:00")
