"""One piece of dialogue for everybody who speaks after a tone: record, hear it again, send (000-01, ASK-30).

Whoever uses it says which sentences are spoken and how what was said is filed; the piece knows the rest: an
empty recording is asked for once more, an earlier one is kept, and one that arrives after the caller hung up
is filed all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from callflows.office import Office
from callflows.states import Go, go
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
    RecordedFor,
    Say,
    Silence,
    Span,
    Speak,
    Turn,
    Voice,
    say,
)


def _only_the_end(_place: Place) -> tuple[Fact, ...]:
    return (Ended("hung_up"),)


@dataclass(frozen=True)
class RecordAndReview:
    """The sentences, the states, and the ways out of one recording."""

    speak: str
    """The state that asks for speech."""
    review: str
    """The state that asks whether it shall be sent."""
    cut_off: str
    """The state of a call that ended before its recording arrived."""
    instructions: Callable[[Span], Say]
    """The sentence before the tone, which says how long the recording may be."""
    empty: Say
    """The sentence after a recording without sound."""
    nothing: Callable[[Place], Go]
    """Where to after a second recording without sound."""
    send: Callable[[Place], Turn]
    """File what was said, as its speaker wished."""
    keep: Callable[[Place], Turn]
    """File what was said by somebody who is gone."""
    keep_earlier: Callable[[Place], Turn]
    """File an earlier recording of somebody who hung up while speaking again."""
    purpose: RecordedFor = "complaint"
    gone: Callable[[Place], tuple[Fact, ...]] = _only_the_end

    def ask_speech(self, office: Office, place: Place) -> Turn:
        """Say what to speak about, then the tone."""
        said = self.empty if place.get("empty") else self.instructions(Span(office.speak_seconds))
        return Turn(place, (said,), Speak(office.speak_seconds, office.silence_seconds, self.purpose))

    def hear_speech(self, office: Office, place: Place, heard: Heard) -> Turn | Go | None:
        """A recording with sound goes to review; hanging up keeps it; an empty one is asked once more."""
        match heard:
            case Voice(recording=recording, hung_up=True, seconds=seconds) if seconds > 0:
                return self.keep(place.keep(recording=recording))
            case Voice(recording=recording, seconds=seconds) if seconds > 0:
                return go(place.keep(recording=recording, empty=""), self.review)
            case Voice(hung_up=True):
                return self.leave_speaking(office, place)
            case Silence() | Voice() if place.get("recording"):
                return go(place.keep(empty=""), self.review, say("record_kept"))
            case Silence() | Voice() if not place.get("empty"):
                return go(place.keep(empty="1"), self.speak)
            case Silence() | Voice():
                return self.nothing(place.keep(empty=""))
            case _:
                return None

    def leave_speaking(self, _office: Office, place: Place) -> Turn:
        """The speaker is gone: an earlier recording is filed; else its notice may still be on the way."""
        if place.get("recording"):
            return self.keep_earlier(place)
        return Turn(place.move(self.cut_off), (), Goodbye(), self.gone(place))

    def wait_for_recording(self, _office: Office, place: Place) -> Turn:
        """Nothing is left to say; only a late recording changes anything."""
        return Turn(place, (), Goodbye())

    def hear_late(self, office: Office, place: Place, heard: Heard) -> Turn:
        """The recording of somebody who is gone arrives late: it is filed all the same."""
        match heard:
            case Voice(recording=recording, seconds=seconds) if seconds > 0:
                return self.keep(place.keep(recording=recording))
            case _:
                return self.wait_for_recording(office, place)

    def ask_review(self, _office: Office, place: Place) -> Turn:
        """Whether the sound can be heard again depends on its having arrived."""
        return Turn(place, (), Ask(IsAudioHere(place.get("recording"))))

    def hear_review(self, office: Office, place: Place, heard: Heard) -> Turn | Go | None:
        """Send it, hear it again, or speak again."""
        match heard:
            case Audio(here=here):
                question = say("record_review" if here else "record_review_unheard")
                asked = place.keep(here="1" if here else "")
                return Turn(asked, (question,), Press(seconds=office.key_seconds))
            case Keys(pressed="1"):
                return self.send(place)
            case Keys(pressed="2") if place.get("here"):
                return go(place, self.review, Play(place.get("recording")))
            case Keys(pressed="2"):
                return go(place, self.review, say("record_not_here_yet"))
            case Keys(pressed="3"):
                return go(place, self.speak)
            case _:
                return None
