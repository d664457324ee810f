"""Asks for ratings by keypad: one question per criterion, stored key by key (000-02, 000-05 to 000-09)."""

from __future__ import annotations

from callflows.office import Office
from callflows.states import Go, State, go, to_person
from callflows.vocabulary import (
    Count,
    Ended,
    Goodbye,
    Heard,
    Keys,
    Place,
    Plain,
    Press,
    Purpose,
    Rated,
    RatingBegun,
    RatingEnded,
    Silence,
    Turn,
    say,
)

SKIP = "*"


def offer(office: Office, place: Place) -> Turn | Go:
    """After a talk with the clerk the rating is offered, not imposed; not where the menu has none."""
    if not office.offers("rating"):
        return go(place, "farewell")
    return Turn(place, (say("rating_offer"),), Press(seconds=office.key_seconds))


def hear_offer(_office: Office, place: Place, heard: Heard) -> Go | None:
    """`1`, or `4` as in the menu, begins."""
    match heard:
        case Keys(pressed="1" | "4"):
            return go(place, "rating", Purpose("rating"))
        case Silence():
            return go(place, "farewell")
        case _:
            return None


def start(office: Office, place: Place) -> Go:
    """Explain the keys once, then the first question."""
    begun = place.keep(question="0", low="")
    if not office.criteria:
        return go(begun, "farewell", say("rating_none"))
    count = Count(len(office.criteria), "unit_question_one", "unit_question_many")
    intro = say("rating_intro", count=count, lowest=office.lowest, highest=office.highest)
    return go(begun, "rating.question", RatingBegun(), intro)


def ask(office: Office, place: Place) -> Turn | Go:
    """The question this call stands at."""
    number = int(place.get("question", "0"))
    if number >= len(office.criteria):
        return finish(office, place)
    question = say(
        "rating_question",
        number=number + 1,
        question=Plain(office.criteria[number].question),
        lowest=office.lowest,
        highest=office.highest,
    )
    return Turn(place, (question,), Press(seconds=office.key_seconds))


def hear(office: Office, place: Place, heard: Heard) -> Go | None:
    """Each key is a fact at once; star skips."""
    number = int(place.get("question", "0"))
    if number >= len(office.criteria):
        return finish(office, place)
    criterion = office.criteria[number].key
    onward = place.keep(question=str(number + 1))
    match heard:
        case Keys(pressed=key) if key == SKIP:
            return go(onward, "rating.question", Rated(criterion, None))
        case Keys(pressed=key) if key in [str(n) for n in range(office.lowest, office.highest + 1)]:
            if int(key) <= office.low_at_most:
                onward = onward.keep(low="1")
            return go(onward, "rating.question", Rated(criterion, int(key)))
        case Keys(pressed="0"):
            return to_person(office, place, RatingEnded("partial"))
        case _:
            return None


def finish(_office: Office, place: Place) -> Go:
    """All asked: thanks, and after a low answer the offer to say why (000-17)."""
    to = "rating.low" if place.get("low") else "farewell"
    return go(place, to, RatingEnded("complete"), say("rating_thanks"))


def give_up(_office: Office, place: Place) -> Go:
    """What was answered counts; the rest is left."""
    return go(place, "farewell", RatingEnded("partial"), say("rating_partial"))


def hang_up(_office: Office, place: Place) -> Turn:
    """Two answers and a hang-up keep two answers."""
    return Turn(place.move("over"), (), Goodbye(), (RatingEnded("partial"), Ended("hung_up")))


def ask_why(office: Office, place: Place) -> Turn:
    """Offer to say what went wrong."""
    return Turn(place, (say("rating_low_followup"),), Press(seconds=office.key_seconds))


def hear_why(_office: Office, place: Place, heard: Heard) -> Go | None:
    """The reason becomes a ticket linked to the rating, by the way of consent like any other."""
    match heard:
        case Keys(pressed="1"):
            return go(place, "complaint.consent", why_low="1")
        case Keys(pressed="2") | Silence():
            return go(place, "farewell")
        case _:
            return None


STATES = {
    "rating.offer": State(offer, hear_offer),
    "rating": State(start, hear, hung_up=hang_up),
    "rating.question": State(ask, hear, give_up=give_up, hung_up=hang_up),
    "rating.low": State(ask_why, hear_why),
}
