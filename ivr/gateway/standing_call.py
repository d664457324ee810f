"""Asks the hotline where a call stands whose process was killed, and says how a talk ended meanwhile."""

from __future__ import annotations

from urllib.parse import urlsplit

from ivr.phone.carrier import Carrier, CarrierError, StatusCallback
from ivr.phone.line import LegEnd
from ivr.phone.parameters import CallSetup, CallStatus, dialled, new_sid, standard
from ivr.phone.verbs import Gather, Redirect

WHERE_IT_STOOD = 500
"""The last turn a call may have: the hotline answers it with the way to the turn a call stands at."""
PATIENCE, ONCE = "#rc=1&rp=all&rt=4000", "#rc=0&rt=1000"


def turn_of(setup: CallSetup, carrier: Carrier, public_url: str) -> int | None:
    """The number of the turn a call stands at; None when the hotline does not know it or answer."""
    there = f"{public_url}/ivr/turn/{WHERE_IT_STOOD}{ONCE}"
    try:
        verbs = carrier.fetch(there, "POST", standard(setup, "in-progress", setup.started)).verbs
    except CarrierError:
        return None
    path = urlsplit(verbs[0].url).path if verbs and isinstance(verbs[0], Redirect) else ""
    number = path.rpartition("/ivr/turn/")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else None


def question_before(setup: CallSetup, carrier: Carrier, public_url: str, number: int) -> str:
    """Where the caller was asked for keys last, to be asked again; empty when it was for something else.

    A turn that is asked for again is answered alike: to go on to the next one instead would tell the
    hotline that the caller pressed nothing, and silence is no consent.
    """
    if number < 1:
        return ""
    there = setup.voice_url if number == 1 else f"{public_url}/ivr/turn/{number - 1}{PATIENCE}"
    fields = standard(setup, "in-progress", setup.started)
    try:
        verbs = carrier.fetch(f"{there.partition('#')[0]}{ONCE}", "POST", fields).verbs
    except CarrierError:
        return ""
    return there if any(isinstance(verb, Gather) for verb in verbs) else ""


def leg_over(setup: CallSetup, carrier: Carrier, public_url: str, number: int, leg: LegEnd) -> str:
    """Tell how the ringing of turn `number` ended; return where it is answered: asked again, it is alike."""
    there = f"{public_url}/ivr/turn/{number}{PATIENCE}"
    status: CallStatus = "completed" if leg.by_caller else "in-progress"
    fields = standard(setup, status, setup.started) | dialled(leg, new_sid("CA"))
    carrier.notify(StatusCallback("action", there, "POST", fields))
    return there
