"""Places a created call at the stand-in: it rings, or in demonstrations a willing clerk picks up."""

from collections.abc import Callable, Mapping
from datetime import datetime

from ivr.phone.carrier import Carrier
from ivr.phone.executor import Executor
from ivr.phone.line import PhoneLine, drive
from ivr.phone.parameters import PROVIDER_API, CallSetup
from ivr.phone.scripted import ClerkAnswers, ClerkSilent, PressAt, ScriptedLine
from ivr.phone.transport import HttpTransport, Transport
from ivr.provider.files import Drawer
from ivr.provider.state import PlaceCall
from ivr.provider.switchboard import Switchboard
from logbook.clock import Clock, local

TALK_SECONDS = 30.0
RETURNED = "kind=returned_call"
"""Stands in the address of a returned call, which rings a clerk."""


def willing_clerk() -> PhoneLine:
    """Pick up, press one, and talk for half a minute."""
    return ScriptedLine(ClerkAnswers(0), PressAt("1"), ClerkAnswers(TALK_SECONDS))


def nobody() -> PhoneLine:
    """Let the telephone ring until it stops."""
    return ScriptedLine(ClerkSilent())


def is_returned_call(placed: Mapping[str, str]) -> bool:
    """Return whether a clerk is rung who asked for this call."""
    return RETURNED in placed["Url"]


def setup_of(placed: Mapping[str, str], started: datetime, recordings_api: str = PROVIDER_API) -> CallSetup:
    """Describe a created call to whoever carries it out; `started` is aware."""
    return CallSetup(
        account_sid=placed["AccountSid"],
        caller=placed["From"],
        called=placed["To"],
        voice_url=placed["Url"],
        status_url=placed.get("StatusCallback", ""),
        started=local(started),
        direction="outbound-api",
        recordings_api=recordings_api,
        ring_seconds=float(placed.get("Timeout", "60")),
        call_sid=placed["CallSid"],
    )


def places_calls(
    drawer: Drawer,
    auth_token: str,
    *,
    transport: Transport | None = None,
    pick_up: Callable[[], PhoneLine] = willing_clerk,
    switchboard: Switchboard | None = None,
    picks_up: Callable[[Mapping[str, str]], bool] = is_returned_call,
    clock: Clock | None = None,
) -> PlaceCall:
    """Return what carries a queued call out against our own webhooks and keeps how it ended in `drawer`.

    With a `switchboard` only calls that `picks_up` names are answered by themselves, and those only while no
    telephone of ours waits at that number; all others ring for their Timeout, and whoever takes one carries
    it out. A call that nobody takes ends as no-answer, and the hotline gets its status callback.
    """
    time = clock or Clock()

    def place(placed: Mapping[str, str]) -> None:
        setup = setup_of(placed, time.now())
        line = pick_up()
        if switchboard and (not picks_up(placed) or switchboard.waits_at(placed["To"])):
            drawer.put("Calls", setup.call_sid, {**placed, "status": "ringing"})
            if switchboard.ring(placed, setup.ring_seconds):
                return
            line = nobody()
        end = drive(Executor(setup, Carrier(transport or HttpTransport(), auth_token)).run(), line)
        kept = {**placed, "status": end.status, "duration": str(round(end.seconds))}
        drawer.put("Calls", setup.call_sid, {**kept, "ended": time.now().isoformat()})

    return place


def hang_up_what_rang(drawer: Drawer) -> None:
    """End the calls that rang when the stand-in was stopped: nobody waits for them any more."""
    for row in drawer.all("Calls"):
        if row["status"] in {"queued", "ringing"}:
            drawer.put("Calls", row["sid"], {**row, "status": "no-answer", "duration": "0"})
