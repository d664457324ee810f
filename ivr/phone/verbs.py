"""The verbs of the portable TwiML subset as frozen values, with their defaults (TEL-4)."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Method: TypeAlias = Literal["GET", "POST"]


@dataclass(frozen=True)
class SayVerb:
    """Read a text aloud."""

    text: str
    language: str = ""
    voice: str = ""
    loop: int = 1


@dataclass(frozen=True)
class PlayVerb:
    """Play a sound file."""

    url: str
    loop: int = 1


@dataclass(frozen=True)
class Gather:
    """Collect keys while and after the prompts are heard; seconds for `timeout`."""

    prompts: tuple[SayVerb | PlayVerb, ...] = ()
    action: str = ""
    method: Method = "POST"
    timeout: int = 5
    finish_on_key: str = "#"
    num_digits: int | None = None
    action_on_empty_result: bool = False


@dataclass(frozen=True)
class Record:
    """Record the caller; seconds for `timeout` (silence) and `max_length`."""

    action: str = ""
    method: Method = "POST"
    timeout: int = 5
    finish_on_key: str = "1234567890*#"
    max_length: int = 3600
    play_beep: bool = True
    trim: bool = True
    callback: str = ""
    callback_method: Method = "POST"
    callback_events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class Party:
    """Whom a Dial rings; what they hear at `url` before the two are joined, if anything."""

    kind: Literal["number", "sip"]
    address: str
    url: str = ""
    method: Method = "POST"


@dataclass(frozen=True)
class Dial:
    """Ring somebody else and join the two; seconds for `timeout` (ringing) and `time_limit` (talking)."""

    parties: tuple[Party, ...]
    action: str | None = None
    method: Method = "POST"
    timeout: int = 30
    time_limit: int = 14400
    caller_id: str = ""
    record: bool = False
    callback: str = ""
    callback_method: Method = "POST"


@dataclass(frozen=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: Method = "POST"


@dataclass(frozen=True)
class Reject:
    """Do not answer the call."""

    reason: Literal["rejected", "busy"] = "rejected"


@dataclass(frozen=True)
class Hangup:
    """End the call."""


Verb: TypeAlias = SayVerb | PlayVerb | Gather | Record | Dial | Redirect | Reject | Hangup
