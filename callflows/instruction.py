"""Records an official's spoken instruction: speak after the tone, listen, send with a key (ASK-30)."""

from __future__ import annotations

from callflows.escalations import CallAttemptOver, Instruct, Noted
from callflows.office import Office
from callflows.states import TO_OFFICIALS, Go, State, go
from callflows.vocabulary import (
    Ask,
    Audio,
    Ended,
    Fact,
    Goodbye,
    Heard,
    IsAudioHere,
    Keys,
    Place,
    Play,
    Press,
    Silence,
    Span,
    Speak,
    Turn,
    Voice,
    When,
    say,
)


def ask_speech(office: Office, place: Place) -> Turn:
    """Say that it is recorded, then the tone."""
    asked = say("chair_instruct", longest=Span(office.speak_seconds))
    said = say("chair_instruct_empty") if place.get("empty") else asked
    return Turn(place, (said,), Speak(office.speak_seconds, office.silence_seconds, "instruction"))


def hear_speech(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """A recording with sound goes to review, an empty one is asked once more; hanging up keeps it."""
    match heard:
        case Voice(recording=recording, hung_up=True, seconds=seconds) if seconds > 0:
            return _keep(place.keep(recording=recording), "over")
        case Voice(recording=recording, seconds=seconds) if seconds > 0:
            return go(place.keep(recording=recording, empty=""), "official.review")
        case Voice(hung_up=True):
            return cut_off(office, place)
        case Silence() | Voice() if place.get("recording"):
            return go(place.keep(empty=""), "official.review", say("record_kept"))
        case Silence() | Voice() if not place.get("empty"):
            return go(place.keep(empty="1"), "official.instruct")
        case Silence() | Voice():
            return go(place.keep(empty=""), "official.matter", say("chair_instruct_nothing"))
        case _:
            return None


def cut_off(_office: Office, place: Place) -> Turn:
    """The official is gone; an earlier recording is kept at once, a later one may still be on the way."""
    if place.get("recording"):
        return _keep(place, "official.cut_off")
    return Turn(place.move("official.cut_off"), (), Goodbye(), _gone(place))


def wait_for_recording(_office: Office, place: Place) -> Turn:
    """Nothing is left to say; only a late recording changes anything."""
    return Turn(place, (), Goodbye())


def hear_late(office: Office, place: Place, heard: Heard) -> Turn:
    """The recording of an official who is gone arrives late: it is kept all the same."""
    match heard:
        case Voice(recording=recording, seconds=seconds) if seconds > 0:
            return _keep(place.keep(recording=recording), "over")
        case _:
            return wait_for_recording(office, place)


def ask_review(_office: Office, place: Place) -> Turn:
    """Whether the sound can be heard again depends on its having arrived."""
    return Turn(place, (), Ask(IsAudioHere(place.get("recording"))))


def review(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Send it, hear it again, or speak again; only the key sends and acknowledges."""
    match heard:
        case Audio(here=here):
            question = say("record_review" if here else "record_review_unheard")
            return Turn(place.keep(here="1" if here else ""), (question,), Press(seconds=office.key_seconds))
        case Keys(pressed="1"):
            return _file(place, acknowledges=True)
        case Keys(pressed="2") if place.get("here"):
            return go(place, "official.review", Play(place.get("recording")))
        case Keys(pressed="2"):
            return go(place, "official.review", say("record_not_here_yet"))
        case Keys(pressed="3"):
            return go(place, "official.instruct")
        case _:
            return None


def keep_and_leave(_office: Office, place: Place) -> Turn:
    """What was said is kept, but without the key it acknowledges nothing (F-25)."""
    return _keep(place, "over")


def keep_and_end(_office: Office, place: Place) -> Turn:
    """As above, for somebody who may still be listening."""
    return _file(place.keep(gone="over", last="1"), acknowledges=False)


def _keep(place: Place, then: str) -> Turn:
    return _file(place.keep(gone=then), acknowledges=False)


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


STATES = {
    "official.instruct": State(ask_speech, hear_speech, hung_up=cut_off, manners=TO_OFFICIALS),
    "official.cut_off": State(wait_for_recording, hear_late, wait_for_recording, wait_for_recording),
    "official.review": State(ask_review, review, keep_and_end, keep_and_leave, TO_OFFICIALS),
    "official.instructing": State(ask_review, instructed, keep_and_end, keep_and_leave, TO_OFFICIALS),
}
