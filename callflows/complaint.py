"""Takes a phản ánh or kiến nghị: consent, recording, ticket, code (000-01, rules B1, B4)."""

from __future__ import annotations

from callflows.office import Office
from callflows.record_and_review import RecordAndReview
from callflows.states import FINISHING, Go, State, go, to_person, zero
from callflows.vocabulary import (
    Ask,
    CallerType,
    Consent,
    Count,
    Digits,
    Ended,
    Filed,
    FileTicket,
    Goodbye,
    Guided,
    Heard,
    Keys,
    Place,
    Plain,
    Press,
    Silence,
    Turn,
    say,
)

CALLER_TYPES = {"1": CallerType("individual"), "2": CallerType("organisation")}


def ask_type(office: Office, place: Place) -> Turn:
    """Individual, organisation, or a khiếu nại / tố cáo, which the law treats otherwise."""
    return Turn(place, (say("complaint_type", zero=zero(office)),), Press(seconds=office.key_seconds))


def hear_type(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Only a phản ánh or kiến nghị goes on to be recorded."""
    match heard:
        case Keys(pressed=key) if key in CALLER_TYPES:
            caller_type = CALLER_TYPES[key]
            return go(place.keep(caller=caller_type.name), "complaint.consent", caller_type)
        case Keys(pressed="3"):
            return go(place, "complaint.guided", Guided())
        case _:
            return None


def guide(office: Office, place: Place) -> Turn:
    """A khiếu nại or tố cáo is not received by telephone: say how to lodge it (rules B1)."""
    says = (
        say("petition_guidance", place=Plain(office.reception_place)),
        say("petition_guidance_after", zero=zero(office)),
    )
    return Turn(place, says, Press(seconds=office.key_seconds))


def hear_guided(_office: Office, place: Place, heard: Heard) -> Go | None:
    """Back to a phản ánh if that is what the caller wants after all."""
    match heard:
        case Keys(pressed="2"):
            return go(place, "complaint.type")
        case Silence():
            return go(place, "farewell")
        case _:
            return None


def ask_consent(office: Office, place: Place) -> Turn:
    """The notice is heard to its end; only key 1 is a yes (rules B4)."""
    notice = say("consent_notice", barge_in=False, office=Plain(office.name))
    return Turn(place, (notice, say("consent_question")), Press(seconds=office.key_seconds))


def hear_consent(office: Office, place: Place, heard: Heard) -> Go | None:
    """Anything but 1 means no recording."""
    match heard:
        case Keys(pressed="1"):
            return go(place, "complaint.speak", Consent(office.consent_wording, "1", given=True))
        case Keys(pressed=key) if key not in ("0", "9") and key.strip(FINISHING):
            return go(place, "complaint.refused", Consent(office.consent_wording, key, given=False))
        case _:
            return None


def no_consent(office: Office, place: Place) -> Go:
    """Silence is not consent."""
    return go(place, "complaint.refused", Consent(office.consent_wording, "", given=False))


def refuse(office: Office, place: Place) -> Turn:
    """No recording; the other ways."""
    ways = say("consent_refused" if office.staffed else "consent_refused_closed")
    return Turn(place, (ways,), Press(seconds=office.key_seconds))


def hear_refused(_office: Office, place: Place, heard: Heard) -> Go | None:
    """The caller may still change their mind."""
    match heard:
        case Keys(pressed="1"):
            return go(place, "complaint.consent")
        case Keys(pressed="2"):
            return go(place, "callback")
        case Silence():
            return go(place, "farewell")
        case _:
            return None


def review(office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """Send, hear it again, or speak again; silence sends, and so does the wish for a person."""
    match heard:
        case Silence():
            return send(office, place)
        case Keys(pressed="0"):
            return send(office, place.keep(clerk="1"))
        case _:
            return RECORDING.hear_review(office, place, heard)


def send(_office: Office, place: Place) -> Turn:
    """File the ticket before its code is spoken."""
    return _send(place)


def _send(place: Place) -> Turn:
    caller = place.get("caller")
    question = FileTicket(
        recording=place.get("recording"),
        caller_type="individual" if caller == "individual" else "organisation" if caller else None,
        why_low=bool(place.get("why_low")),
    )
    return Turn(place.move("complaint.filing"), (), Ask(question))


def send_and_leave(_office: Office, place: Place) -> Turn:
    """Hanging up at the review sends what was said."""
    return _send_gone(place)


def _send_gone(place: Place) -> Turn:
    return _send(place.keep(gone="1"))


def _nothing(place: Place) -> Go:
    return go(place, "transfer", say("record_nothing"))


RECORDING = RecordAndReview(
    speak="complaint.speak",
    review="complaint.review",
    cut_off="complaint.cut_off",
    instructions=lambda longest: say("record_instructions", longest=longest),
    empty=say("record_empty"),
    nothing=_nothing,
    send=_send,
    keep=_send_gone,
    keep_earlier=_send_gone,
)


def hear_filed(_office: Office, place: Place, heard: Heard) -> Turn | Go | None:
    """The ticket stands; say its code, unless nobody is there to hear it."""
    match heard:
        case Filed(code=code, pin=pin) if place.get("gone"):
            return Turn(_forget(place, code, pin).move("over"), (), Goodbye(), (Ended("hung_up"),))
        case Filed(code=code, pin=pin):
            return go(_forget(place, code, pin), "complaint.filed")
        case _:
            return None


def _forget(place: Place, code: str, pin: str | None) -> Place:
    return place.keep(code=code, pin=pin or "", recording="", why_low="", here="")


def tell_code(office: Office, place: Place) -> Turn | Go:
    """The code twice, in two groups of three; the PIN when the number was withheld."""
    code, pin = Digits(place.get("code")), place.get("pin")
    sentence_key = "ticket_filed" if office.caller_callable else "ticket_filed_no_news"
    says = [
        say(
            sentence_key,
            code=code,
            days=Count(office.notice_days, "unit_working_day_one", "unit_working_day_many"),
        )
    ]
    if pin:
        says.append(say("ticket_pin", pin=Digits(pin, group=4)))
    if place.get("clerk"):
        return to_person(office, place.keep(clerk=""), *says)
    after = "ticket_after" if office.offers("rating") else "ticket_after_unrated"
    return Turn(place, (*says, say(after, zero=zero(office))), Press(seconds=office.key_seconds))


def hear_after(office: Office, place: Place, heard: Heard) -> Go | None:
    """Rate the service, where the office asks, or nothing more; `9` says the code again."""
    match heard:
        case Keys(pressed="4") if office.offers("rating"):
            return go(place, "rating")
        case Silence():
            return go(place, "goodbye")
        case _:
            return None


STATES = {
    "complaint.type": State(ask_type, hear_type),
    "complaint.guided": State(guide, hear_guided),
    "complaint.consent": State(ask_consent, hear_consent, give_up=no_consent),
    "complaint.refused": State(refuse, hear_refused),
    "complaint.speak": State(
        RECORDING.ask_speech,
        RECORDING.hear_speech,
        hung_up=RECORDING.leave_speaking,
        records=RECORDING.purpose,
    ),
    "complaint.cut_off": State(
        RECORDING.wait_for_recording,
        RECORDING.hear_late,
        hung_up=RECORDING.wait_for_recording,
        records=RECORDING.purpose,
        left_behind=True,
    ),
    "complaint.review": State(RECORDING.ask_review, review, give_up=send, hung_up=send_and_leave),
    "complaint.filing": State(send, hear_filed, hung_up=send_and_leave),
    "complaint.filed": State(tell_code, hear_after),
}
