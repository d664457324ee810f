"""Records an official's spoken instruction: speak after the tone, listen, send with a key (ASK-30)."""

from __future__ import annotations

from callflows.escalations import CallAttemptOver, Instruct, Noted
from callflows.office import Office
from callflows.record_and_review import RecordAndReview
from callflows.states import TO_OFFICIALS, Go, State, go
from callflows.vocabulary import (
    Ask,
    Ended,
    Fact,
    Goodbye,
    Heard,
    Place,
    Turn,
    When,
    say,
)


def keep_and_leave(_office: Office, place: Place) -> Turn:
    """What was said is kept, but without the key it acknowledges nothing (F-25)."""
    return _keep(place)


def keep_and_end(_office: Office, place: Place) -> Turn:
    """As above, for somebody who may still be listening."""
    return _file(place.keep(gone="over", last="1"), acknowledges=False)


def _keep(place: Place) -> Turn:
    return _file(place.keep(gone="over"), acknowledges=False)


def _keep_earlier(place: Place) -> Turn:
    """A later recording may still be on the way: the call waits for it."""
    return _file(place.keep(gone="official.cut_off"), acknowledges=False)


def _send(place: Place) -> Turn:
    """Only the key sends and acknowledges (ASK-30)."""
    return _file(place, acknowledges=True)


def _file(place: Place, *, acknowledges: bool) -> Turn:
    question = Instruct(
        place.get("call_attempt"), place.get("escalation"), place.get("recording"), acknowledges
    )
    return Turn(place.move("official.instructing"), (), Ask(question))


def instructed(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """The words are in the ticket's history; then the next escalation, unless nobody is there."""
    match heard:
        case Noted() if place.get("gone"):
            says = (say("chair_no_key"),) if place.get("last") else ()
            return Turn(place.keep(recording="").move(place.get("gone")), says, Goodbye(), _gone(place))
        case Noted(at=None):
            return go(place.keep(escalation="", recording=""), "official.matter", say("chair_gone"))
        case Noted(at=at) if at is not None:
            said = say("chair_instructed", at=When(at, office.today))
            return go(place.keep(escalation="", recording=""), "official.matter", said)
        case _:
            return None


def _gone(place: Place) -> tuple[Fact, ...]:
    return (CallAttemptOver(place.get("call_attempt"), "answered"), Ended("hung_up"))


def _nothing(place: Place) -> Go:
    return go(place, "official.matter", say("chair_instruct_nothing"))


RECORDING = RecordAndReview(
    speak="official.instruct",
    review="official.review",
    cut_off="official.cut_off",
    instructions=lambda longest: say("chair_instruct", longest=longest),
    empty=say("chair_instruct_empty"),
    nothing=_nothing,
    send=_send,
    keep=_keep,
    keep_earlier=_keep_earlier,
    purpose="instruction",
    gone=_gone,
)
_WAIT = RECORDING.wait_for_recording

STATES = {
    "official.instruct": State(
        RECORDING.ask_speech,
        RECORDING.hear_speech,
        hung_up=RECORDING.leave_speaking,
        manners=TO_OFFICIALS,
        records=RECORDING.purpose,
    ),
    "official.cut_off": State(
        _WAIT, RECORDING.hear_late, _WAIT, _WAIT, records=RECORDING.purpose, left_behind=True
    ),
    "official.review": State(
        RECORDING.ask_review, RECORDING.hear_review, keep_and_end, keep_and_leave, TO_OFFICIALS
    ),
    "official.instructing": State(
        RECORDING.ask_review, instructed, keep_and_end, keep_and_leave, TO_OFFICIALS
    ),
}
