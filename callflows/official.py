"""The outgoing call to the chairman or another official: escalations, each acknowledged by a key (000-13).

Whoever picks up hears no citizen's identity and nothing of the content; a recording needs the personal PIN.
"""

from __future__ import annotations

from callflows.escalations import (
    Acknowledge,
    CallAttemptOver,
    HandOn,
    Listening,
    MayListen,
    Noted,
    OpenEscalation,
    WaitingEscalations,
    WhatWaits,
)
from callflows.instruction import STATES as INSTRUCTION
from callflows.office import Office
from callflows.states import TO_OFFICIALS, Go, State, go
from callflows.vocabulary import (
    Ask,
    Digits,
    Ended,
    Goodbye,
    Heard,
    Keys,
    Place,
    Plain,
    Play,
    Press,
    Said,
    Say,
    Term,
    Turn,
    When,
    say,
)

PIN_TRIES = 3
SHORTEST_PIN, LONGEST_PIN = 4, 8
TERMS = {
    "classify": Term("chair_term_classify"),
    "transfer": Term("chair_term_transfer"),
    "notice": Term("chair_term_notice"),
    "answer": Term("chair_term_answer"),
}
"""What was to be done within a deadline."""


def begin(_office: Office, call_attempt: str) -> Go:
    """The first turn of a call to an official."""
    return Go(Place("official.matter").keep(call_attempt=call_attempt))


def look(_office: Office, place: Place) -> Turn:
    """Every turn asks again what waits: it may be settled by now, or concern the official."""
    return Turn(place, (), Ask(WhatWaits(place.get("call_attempt"), place.get("escalation"))))


def hear(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Read the first open escalation; only `1` acknowledges it."""
    match heard:
        case WaitingEscalations(escalation=None):
            return _nothing_left(office, place, heard)
        case WaitingEscalations(escalation=OpenEscalation() as escalation):
            return _present(office, place, heard, escalation)
        case Keys(pressed="1"):
            noting = Ask(Acknowledge(place.get("call_attempt"), place.get("escalation")))
            return Turn(place.move("official.acknowledging"), (), noting)
        case Keys(pressed="2" | "9"):
            return go(place.keep(keys_known=""), "official.matter")
        case Keys(pressed="3") if place.get("sound"):
            return _listen(place)
        case Keys(pressed="4") if place.get("can_hand_on"):
            handing = Ask(HandOn(place.get("call_attempt"), place.get("escalation")))
            return Turn(place.move("official.handing"), (), handing)
        case Keys(pressed="5") if place.get("can_instruct"):
            return go(place.keep(recording="", empty=""), "official.instruct")
        case _:
            return None


def _greeting(office: Office, place: Place, waiting: WaitingEscalations) -> tuple[Said, ...]:
    if place.get("greeted"):
        return ()
    return (say("chair_greeting", title=Plain(waiting.title), office=Plain(office.name)),)


def _nothing_left(office: Office, place: Place, waiting: WaitingEscalations) -> Turn:
    last = say("chair_done") if place.get("greeted") else say("chair_nothing")
    return _over(place, *_greeting(office, place, waiting), last)


def _present(office: Office, place: Place, waiting: WaitingEscalations, escalation: OpenEscalation) -> Turn:
    says = list(_greeting(office, place, waiting))
    if not place.get("greeted"):
        says.append(say("chair_count", count=waiting.count))
    known = place.keep(
        greeted="1",
        escalation=escalation.id,
        sound="" if escalation.sound == "none" else escalation.sound,
        can_hand_on="1" if escalation.next_title else "",
        can_instruct="1" if escalation.can_instruct else "",
    )
    brief = bool(place.get("keys_known")) and place.tries == 0
    keys = [say("chair_keys_brief")] if brief else _keys(escalation)
    return Turn(known, (*says, *_facts(office, escalation), *keys), Press(seconds=office.key_seconds))


def _facts(office: Office, escalation: OpenEscalation) -> list[Say]:
    kind = Term(f"chair_kind_{escalation.kind}")
    facts = [say("chair_escalation_office", kind=kind)]
    if escalation.code:
        facts = [say("chair_escalation", kind=kind, code=Digits(escalation.code))]
    if escalation.code and escalation.term:
        facts = [
            say("chair_escalation_term", kind=kind, term=TERMS[escalation.term], code=Digits(escalation.code))
        ]
    if escalation.about:
        facts.append(say("chair_about", about=Plain(escalation.about)))
    elif escalation.code:
        facts.append(say("chair_not_classified"))
    if escalation.urgent:
        facts.append(say("chair_urgent"))
    elif escalation.code:
        facts.append(say("chair_usual"))
    facts.append(say("chair_received", received=When(escalation.received, office.today)))
    if escalation.due:
        facts.append(say("chair_due", due=When(escalation.due, office.today)))
    return facts


def _keys(escalation: OpenEscalation) -> list[Say]:
    keys = [say("chair_keys")]
    if escalation.sound != "none":
        keys.append(say("chair_key_listen"))
    if escalation.next_title:
        keys.append(say("chair_key_hand_on", title=Plain(escalation.next_title)))
    if escalation.can_instruct:
        keys.append(say("chair_key_instruct"))
    return keys


def acknowledged(office: Office, place: Place, heard: Heard) -> Go | None:
    """Say when it was noted, then the next escalation."""
    match heard:
        case Noted(at=None):
            return _next(place, say("chair_gone"))
        case Noted(at=at) if at is not None:
            return _next(place, say("chair_confirmed", at=When(at, office.today)))
        case _:
            return None


def handed_on(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Say to whom it went; the key is offered only where there is a next one."""
    match heard:
        case Noted(at=None):
            return _next(place, say("chair_gone"))
        case Noted(next_title=title):
            return _next(place, say("chair_handed_on", title=Plain(title)))
        case _:
            return None


def _next(place: Place, said: Say) -> Go:
    return go(place.keep(escalation="", keys_known="1"), "official.matter", said)


def _listen(place: Place) -> Go:
    if place.get("sound") == "no_pin":
        return go(place, "official.matter", say("chair_pin_missing"))
    if int(place.get("pin_tries", "0")) >= PIN_TRIES:
        return go(place, "official.matter", say("chair_pin_refused"))
    return go(place, "official.pin")


def ask_pin(_office: Office, place: Place) -> Turn:
    """Four to eight digits."""
    return Turn(place, (say("chair_pin"),), Press(LONGEST_PIN, seconds=10, private=True))


def hear_pin(_office: Office, place: Place, heard: Heard) -> Turn | None:
    """Ask the logbook; nobody keeps the PIN after this turn."""
    match heard:
        case Keys(pressed=pin) if pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN:
            question = MayListen(place.get("call_attempt"), place.get("escalation"), pin)
            return Turn(place.move("official.listening"), (), Ask(question))
        case _:
            return None


def listened(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Play it and come back to the keys; three wrong PINs are all one call may try."""
    match heard:
        case Listening(recording=str(recording)):
            return go(place, "official.matter", Play(recording))
        case Listening(refused=True):
            return go(place, "official.matter", say("chair_pin_refused"))
        case Listening():
            tries = int(place.get("pin_tries", "0")) + 1
            tried = place.keep(pin_tries=str(tries))
            if tries >= PIN_TRIES:
                return go(tried, "official.matter", say("chair_pin_refused"))
            return go(tried, "official.pin", say("chair_pin_wrong"))
        case _:
            return None


def back(_office: Office, place: Place) -> Go:
    """Back to the escalation, which is still open."""
    return go(place, "official.matter")


def no_key(_office: Office, place: Place) -> Turn:
    """Nobody acknowledged anything: a voice mail box, a child, or silence (F-25)."""
    return _over(place, say("chair_no_key"))


def _over(place: Place, *says: Say | Said) -> Turn:
    facts = (CallAttemptOver(place.get("call_attempt"), "answered"), Ended("goodbye"))
    return Turn(place.move("over"), tuple(says), Goodbye(), facts)


def hang_up(_office: Office, place: Place) -> Turn:
    """Hanging up acknowledges nothing."""
    facts = (CallAttemptOver(place.get("call_attempt"), "answered"), Ended("hung_up"))
    return Turn(place.move("over"), (), Goodbye(), facts)


STATES = {
    "official.matter": State(look, hear, no_key, hang_up, TO_OFFICIALS),
    "official.acknowledging": State(back, acknowledged, no_key, hang_up, TO_OFFICIALS),
    "official.handing": State(back, handed_on, no_key, hang_up, TO_OFFICIALS),
    "official.pin": State(ask_pin, hear_pin, back, hang_up, TO_OFFICIALS),
    "official.listening": State(back, listened, back, hang_up, TO_OFFICIALS),
    **INSTRUCTION,
}
