"""Habits of the hand: a hash too many, a turn that comes back too soon, a key during the notice (L3, K1)."""

from datetime import timedelta

import pytest

from ivr.phone.parameters import standard
from ivr.phone.scripted import PressAt
from ivr.phone.verbs import Gather, SayVerb
from logbook.database.tables import consents
from tests.caller import PUBLIC_URL, STARTED, Caller
from tests.journeys.town import Town, complain
from tests.people import FARMER

SCOLDING = {"no_input", "invalid_key", "status_not_found"}


def asked(town: Town, caller: Caller, **fields: str) -> list[str]:
    """What a provider's own request, with these fields, is answered at the turn the call stands at."""
    turn = town.call(caller).turn
    params = standard(caller.setup, "in-progress", STARTED) | fields
    document = caller.carrier.fetch(f"{PUBLIC_URL}/ivr/turn/{turn}", "POST", params)
    (gather,) = (verb for verb in document.verbs if isinstance(verb, Gather))
    return town.keys(prompt.text for prompt in gather.prompts if isinstance(prompt, SayVerb))


@pytest.mark.row("L3")
def test_the_hash_after_a_code_that_is_complete_already_costs_nothing(town: Town) -> None:
    code = town.ticket(complain(town.ring()).hang_up()).code
    caller = town.ring().press("3").press(code)
    assert town.keys(caller.press("#").just_heard) == ["status_proof"]
    assert town.keys(caller.press(FARMER[-4:]).just_heard) == ["status_result", "status_after"]
    assert town.keys(caller.press("#").just_heard) == ["status_result", "status_after"]


@pytest.mark.row("L3")
@pytest.mark.parametrize("habit", ["#", "*"])
def test_a_finishing_key_is_no_mistake_at_any_question(town: Town, habit: str) -> None:
    for keys in ("", "1", "1 1", "2", "2 1", "2 3", "3", "4", "0"):
        caller = town.ring()
        for key in keys.split():
            caller.press(key)
        if caller.waiting_for == "clerk":
            caller.clerk_busy().clerk_busy().clerk_busy()
        question = town.keys(caller.just_heard or caller.heard)[-1]
        for _ in range(2):
            heard = town.keys(caller.press(habit).just_heard)
            skipped = habit == "*" and question == "rating_question"
            assert heard[-1] == question, (keys, heard)
            assert skipped or not SCOLDING & set(heard), (keys, heard)
        assert town.rows(consents, caller) == []


@pytest.mark.row("L3")
def test_silence_after_slips_is_still_asked_again_twice_and_then_handed_on(town: Town) -> None:
    caller = town.ring().press("#").press("#")
    assert town.keys(caller.stay_silent().just_heard) == ["no_input", "menu"]
    assert town.keys(caller.press("#").just_heard) == ["menu"]
    assert town.keys(caller.stay_silent().just_heard) == ["no_input", "menu"]
    assert town.keys(caller.stay_silent().just_heard) == ["too_many_errors", "connect_clerk"]


@pytest.mark.row("L3")
def test_by_webhook_a_hash_alone_or_a_turn_that_comes_back_too_soon_is_no_silence(town: Town) -> None:
    """A host that says which key finished, one that does not, and one on which nobody pressed anything."""
    caller = town.ring()
    assert asked(town, caller, Digits="", FinishedOnKey="#", msg="Gather End") == ["menu"]
    town.clock.moment += timedelta(seconds=1)
    assert asked(town, caller) == ["menu"]
    town.clock.moment += timedelta(seconds=5)
    assert asked(town, caller) == ["no_input", "menu"]
    town.clock.moment += timedelta(seconds=30)
    assert asked(town, caller) == ["no_input", "menu"]


@pytest.mark.row("L3")
def test_a_host_that_always_comes_back_at_once_does_not_keep_a_call_for_ever(town: Town) -> None:
    caller = town.ring()
    heard = [asked(town, caller) for _ in range(5)]
    assert heard == [["menu"]] * 3 + [["no_input", "menu"]] * 2


@pytest.mark.row("L3")
def test_who_is_brought_back_to_their_question_is_asked_it_again_for_nothing(town: Town) -> None:
    """A line that lost its place asks for a turn far ahead and is sent to the one the call stands at."""
    caller = town.ring().press("3")
    document = caller.carrier.fetch(
        f"{PUBLIC_URL}/ivr/turn/400", "POST", standard(caller.setup, "in-progress", STARTED)
    )
    (back,) = document.verbs
    town.clock.moment += timedelta(seconds=60)
    again = caller.carrier.fetch(
        getattr(back, "url", ""), "POST", standard(caller.setup, "in-progress", STARTED)
    )
    (gather,) = (verb for verb in again.verbs if isinstance(verb, Gather))
    assert town.keys(prompt.text for prompt in gather.prompts if isinstance(prompt, SayVerb)) == [
        "status_ask"
    ]


@pytest.mark.row("K1")
def test_a_key_pressed_during_the_consent_notice_is_no_consent(town: Town) -> None:
    caller = Caller(
        town.app,
        town.settings.auth_token.get_secret_value(),
        account_sid=town.settings.account_sid,
        first=(PressAt("2"), PressAt("1"), PressAt("1", at_once=True)),
        queues_keys=True,
    )
    assert town.keys(caller.heard)[-2:] == ["consent_notice", "consent_question"]
    assert town.rows(consents, caller) == []
    caller.press("1")
    assert caller.waiting_for == "speech"
    assert [row.given for row in town.rows(consents, caller)] == [True]
