"""The words a dialogue is written in."""

from callflows.vocabulary import Goodbye, Place, Play, Purpose, Turn, say


def test_what_was_kept_stays_in_its_room_and_is_left_behind_outside() -> None:
    place = Place("status.code").keep(code="004217")
    assert place.move("status.proof").get("code") == "004217"
    assert place.move("menu").kept == ()


def test_moving_forgets_the_tries_and_keeping_does_not() -> None:
    place = Place("menu", tries=2)
    assert place.move("menu").tries == 0
    assert place.keep(a="1").tries == 2


def test_places_that_kept_the_same_are_equal_in_whatever_order_they_kept_it() -> None:
    assert Place("menu").keep(a="1").keep(b="2") == Place("menu").keep(b="2", a="1")


def test_what_comes_before_a_turn_is_said_and_learnt_first() -> None:
    turn = Turn(Place("over"), (say("goodbye"),), Goodbye(), (Purpose("status"),))
    longer = turn.after(say("no_input"), Play("7"), Purpose("clerk"))
    assert longer.says == (say("no_input"), Play("7"), say("goodbye"))
    assert longer.learnt == (Purpose("clerk"), Purpose("status"))
