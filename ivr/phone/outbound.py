"""A clerk's telephone for demonstrations: it rings, is answered, presses one and talks to the citizen."""

from collections.abc import Callable, Mapping

from ivr.phone.carrier import Carrier
from ivr.phone.drawer import Drawer
from ivr.phone.executor import Executor
from ivr.phone.line import Line, drive
from ivr.phone.parameters import CallSetup
from ivr.phone.provider import PlaceCall
from ivr.phone.scripted import ClerkAnswers, Press, ScriptedLine
from ivr.phone.transport import HttpTransport, Transport
from logbook.clock import Clock, local

TALK_SECONDS = 30.0


def willing_clerk() -> Line:
    """Pick up, press one, and talk for half a minute."""
    return ScriptedLine(ClerkAnswers(0), Press("1"), ClerkAnswers(TALK_SECONDS))


def places_calls(
    drawer: Drawer,
    auth_token: str,
    *,
    transport: Transport | None = None,
    pick_up: Callable[[], Line] = willing_clerk,
) -> PlaceCall:
    """Return what carries a queued call out against our own webhooks and keeps how it ended in `drawer`."""

    def place(told: Mapping[str, str]) -> None:
        setup = CallSetup(
            account_sid=told["AccountSid"],
            caller=told["From"],
            called=told["To"],
            voice_url=told["Url"],
            status_url=told.get("StatusCallback", ""),
            started=local(Clock().now()),
            direction="outbound-api",
            ring_seconds=float(told.get("Timeout", "60")),
            call_sid=told["CallSid"],
        )
        carrier = Carrier(transport or HttpTransport(), auth_token)
        end = drive(Executor(setup, carrier).run(), pick_up())
        drawer.put(
            "Calls", setup.call_sid, {**told, "status": end.status, "duration": str(round(end.seconds))}
        )

    return place
