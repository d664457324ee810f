"""Lets two tabs talk: what one microphone hears the other tab plays."""

from __future__ import annotations

from base64 import b64encode

from ivr.phone.line import CallerHungUpError, LegEnd
from ivr.softphone.softphone import Softphone

LOOK = 0.2


def talk(caller: Softphone, called: Softphone, seconds: float) -> LegEnd:
    """Join the two for at most `seconds`; the end of a leg says who hung up."""

    def to(other: Softphone, samples: bytes) -> None:
        other.emit("voice", samples=b64encode(samples).decode())

    caller.emit("talks", to=called.name)
    called.emit("talks", to=caller.name)
    with (
        caller.hearing(lambda samples, _: to(called, samples)),
        called.hearing(lambda samples, _: to(caller, samples)),
    ):
        try:
            talked = caller.wait(lambda: called.left, seconds, LOOK)
        except CallerHungUpError as gone:
            return LegEnd("completed", 0.0, gone.seconds, by_caller=True)
        finally:
            caller.forget_keys()
    return LegEnd("completed", 0.0, talked)
