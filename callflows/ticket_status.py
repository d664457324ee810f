"""Answers how a ticket stands: code, then proof, then status (NĐ 20/2008 Art 12; T-11, T-12)."""

from __future__ import annotations

from datetime import date

from callflows.entering_a_code import CODE_LENGTH, PROOF_LENGTH, ask_code, ask_proof, keyed
from callflows.office import Office
from callflows.states import Go, State, go, zero
from callflows.vocabulary import (
    Ask,
    CaseFound,
    CaseUnknown,
    CheckCase,
    Digits,
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


def hear_code(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Whether the code exists is not said before the proof."""
    code = keyed(heard, CODE_LENGTH)
    return go(place.keep(code=code), "status.proof") if code else None


def hear_proof(_office: Office, place: Place, heard: Heard) -> Turn | None:
    """Ask the logbook."""
    proof = keyed(heard, PROOF_LENGTH)
    if not proof:
        return None
    return Turn(place.keep(proof=proof).move("status.looking"), (), Ask(CheckCase(place.get("code"), proof)))


def look(_office: Office, place: Place) -> Turn:
    """Ask the logbook (again)."""
    return Turn(place, (), Ask(CheckCase(place.get("code"), place.get("proof"))))


def found(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Read the state, or ask for the code again without revealing which half was wrong."""
    place = place.keep(proof="")
    match heard:
        case CaseFound():
            return go(place.keep(**status_place(heard)), "status.told")
        case CaseUnknown(tries_left=0) | TooManyGuesses():
            return go(place.keep(code=""), "status.refused")
        case CaseUnknown():
            return go(place.keep(code=""), "status.code", say("status_not_found"))
        case _:
            return None


def status_place(case: CaseFound) -> dict[str, str]:
    """What the place keeps of a case, to read it once and to repeat it."""
    return {
        "state": case.state,
        "received": case.received.isoformat(),
        "due": case.due.isoformat() if case.due else "",
        "answered": case.answered.isoformat() if case.answered else "",
        "answer": case.answer or "",
        "answer_id": case.answer_id,
    }


def tell(office: Office, place: Place) -> Turn:
    """State and dates; `9` says them again without another look-up."""
    choice = say("status_answered_after" if place.get("answer") else "status_after", zero=zero(office))
    return Turn(place, (_result(place), choice), Press(seconds=office.key_seconds))


def _result(place: Place) -> Say:
    code = Digits(place.get("code"))
    state = place.get("state")
    received = date.fromisoformat(place.get("received"))
    if place.get("answered"):
        return say("status_answered", code=code, answered=date.fromisoformat(place.get("answered")))
    if place.get("due") and state in ("received", "in_progress", "need_more"):
        due = date.fromisoformat(place.get("due"))
        return say("status_result", code=code, received=received, state=Term(f"state_{state}"), due=due)
    return say("status_result_no_due", code=code, received=received, state=Term(f"state_{state}"))


def hear_after(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Hear the answer and say whether it helped, ask for another ticket, or nothing more."""
    match heard:
        case Keys(pressed="1") if place.get("answer") and place.get("answer_id"):
            return go(place, "verdict.ask", answer=place.get("answer"), answer_id=place.get("answer_id"))
        case Keys(pressed="1") if place.get("answer"):
            after = say("status_answered_after", zero=zero(office))
            says = (say("status_answer", answer=Plain(place.get("answer"))), after)
            return Turn(place, says, Press(seconds=office.key_seconds))
        case Keys(pressed="3"):
            return go(place.keep(answer=""), "status.code")
        case Silence():
            return go(place.keep(answer=""), "farewell")
        case _:
            return None


def refuse(office: Office, place: Place) -> Turn:
    """Too many tries: kindly on to a person."""
    return Turn(place, (say("status_refused", zero=zero(office)),), Press(seconds=office.key_seconds))


def hear_refused(_office: Office, place: Place, heard: Heard) -> Go | None:
    """A person, a complaint, or nothing more."""
    match heard:
        case Keys(pressed="2"):
            return go(place, "complaint.type")
        case Silence():
            return go(place, "farewell")
        case _:
            return None


STATES = {
    "status.code": State(ask_code, hear_code),
    "status.proof": State(ask_proof, hear_proof),
    "status.looking": State(look, found),
    "status.told": State(tell, hear_after),
    "status.refused": State(refuse, hear_refused),
}
