"""The call that brings a citizen a notification: who is there, then the code, then the news (T-11).

Before the code the call says nothing that a voice mail box, or somebody else at home, may not hear.
"""

from __future__ import annotations

from datetime import date

from callflows.entering_a_code import CODE_LENGTH, ask_code, keyed
from callflows.escalations import CallAttemptOver, CheckNews, CitizenNews
from callflows.office import Office
from callflows.states import Go, State, go, to_person, zero
from callflows.ticket_status import status_place
from callflows.vocabulary import (
    Ask,
    CaseFound,
    CaseUnknown,
    Digits,
    Ended,
    Goodbye,
    Heard,
    Keys,
    Place,
    Plain,
    Press,
    Say,
    Silence,
    Term,
    TooManyGuesses,
    Turn,
    say,
)


def begin(_office: Office, call_attempt: str) -> Go:
    """The first turn of a call to a citizen."""
    return Go(Place("news.who").keep(call_attempt=call_attempt))


def ask_who(office: Office, place: Place) -> Turn:
    """The office's name, and whether it is the person who called; no word of a complaint."""
    return Turn(place, (say("news_who", office=Plain(office.name)),), Press(seconds=office.key_seconds))


def hear_who(_office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Somebody else is not called again for this news."""
    match heard:
        case Keys(pressed="1"):
            return go(place, "news.code")
        case Keys(pressed="2"):
            facts = (CallAttemptOver(place.get("call_attempt"), "not_them"), Ended("goodbye"))
            return Turn(place.move("over"), (say("news_not_them"),), Goodbye(), facts)
        case _:
            return None


def later(_office: Office, place: Place) -> Turn:
    """Nobody answered, or a machine did: nothing of the news is said."""
    facts = (CallAttemptOver(place.get("call_attempt"), "answered"), Ended("goodbye"))
    return Turn(place.move("over"), (say("news_later"),), Goodbye(), facts)


def gone(_office: Office, place: Place) -> Turn:
    """Hanging up before the code: the notification was not delivered."""
    facts = (CallAttemptOver(place.get("call_attempt"), "answered"), Ended("hung_up"))
    return Turn(place.move("over"), (), Goodbye(), facts)


def hear_code(_office: Office, place: Place, heard: Heard) -> Turn | None:
    """Ask the logbook."""
    code = keyed(heard, CODE_LENGTH)
    if not code:
        return None
    question = CheckNews(place.get("call_attempt"), code)
    return Turn(place.keep(code=code).move("news.looking"), (), Ask(question))


def look(_office: Office, place: Place) -> Turn:
    """Ask the logbook (again)."""
    return Turn(place, (), Ask(CheckNews(place.get("call_attempt"), place.get("code"))))


def found(_office: Office, place: Place, heard: Heard) -> Go | None:
    """The news, or the ticket's present state; after an answer the question whether it helped."""
    match heard:
        case CitizenNews(kind="answered", answer_id=str(answer_id)) if answer_id:
            return go(
                place,
                "verdict.ask",
                _answered(place, heard),
                call_attempt=place.get("call_attempt"),
                answer=heard.answer,
                answer_id=answer_id,
            )
        case CitizenNews():
            return go(_kept(place, heard), "news.told")
        case CaseFound():
            over = CallAttemptOver(place.get("call_attempt"), "told")
            return go(place, "status.told", over, code=place.get("code"), **status_place(heard))
        case CaseUnknown(tries_left=0) | TooManyGuesses():
            return go(place, "status.refused", CallAttemptOver(place.get("call_attempt"), "answered"))
        case CaseUnknown():
            return go(place.keep(code=""), "news.code", say("status_not_found"))
        case _:
            return None


def _answered(place: Place, news: CitizenNews) -> Say:
    code = Digits(place.get("code"))
    return say("status_answered", code=code, answered=news.answered or date.min)


def _kept(place: Place, news: CitizenNews) -> Place:
    return place.keep(
        kind=news.kind,
        body=news.body,
        state=news.state,
        due=news.due.isoformat() if news.due else "",
        answered=news.answered.isoformat() if news.answered else "",
        answer=news.answer,
    )


def tell(office: Office, place: Place) -> Turn:
    """The news, which `9` says again."""
    return Turn(
        place, (*_news(place), say("news_after", zero=zero(office))), Press(seconds=office.key_seconds)
    )


def _news(place: Place) -> tuple[Say, ...]:
    code = Digits(place.get("code"))
    match place.get("kind"):
        case "transferred":
            return (say("news_transferred", code=code, body=Plain(place.get("body"))),)
        case "extended":
            return (say("news_extended", code=code, due=date.fromisoformat(place.get("due"))),)
        case "closed":
            return (say("news_closed", code=code, state=Term(f"state_{place.get('state')}")),)
        case "answered":
            answered = date.fromisoformat(place.get("answered"))
            answer = say("status_answer", answer=Plain(place.get("answer")))
            return (say("status_answered", code=code, answered=answered), answer)
        case _:
            return (say("news_accepted", code=code, due=date.fromisoformat(place.get("due"))),)


def hear_after(office: Office, place: Place, heard: Heard) -> Go | None:
    """Whatever follows the news, it was heard."""
    match heard:
        case Keys(pressed="9"):
            return go(place, "news.told", _heard(place))
        case Keys(pressed="0"):
            return to_person(office, place, _heard(place))
        case Silence():
            return go(place, "goodbye", _heard(place))
        case _:
            return None


def enough(_office: Office, place: Place) -> Go:
    """Wrong keys after the news: it was heard."""
    return go(place, "goodbye", _heard(place))


def leave_after(_office: Office, place: Place) -> Turn:
    """Hanging up after the news has begun counts as having heard it."""
    return Turn(place.move("over"), (), Goodbye(), (_heard(place), Ended("hung_up")))


def _heard(place: Place) -> CallAttemptOver:
    return CallAttemptOver(place.get("call_attempt"), "told")


STATES = {
    "news.who": State(ask_who, hear_who, later, gone),
    "news.code": State(ask_code, hear_code, later, gone),
    "news.looking": State(look, found, later, gone),
    "news.told": State(tell, hear_after, enough, leave_after),
}
