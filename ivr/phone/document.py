"""Parses one TwiML document into verbs, and refuses everything outside the portable subset."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

from ivr.phone import markup
from ivr.phone.markup import Element
from ivr.phone.verbs import (
    Dial,
    Gather,
    Hangup,
    Method,
    Party,
    PlayVerb,
    Record,
    Redirect,
    Reject,
    SayVerb,
    Verb,
)

LONGEST_BODY = 64 * 1024
LONGEST_SAY = 4096
ENDLESS_LOOP = 1000
"""What loop="0" (until hang-up) means here; Somleng stops there too."""

BAD_MARKUP, BAD_SCHEMA, TOO_LARGE, BAD_CONTENT_TYPE = 12100, 12200, 11750, 12300
MEDIA_TYPES = ("text/xml", "application/xml", "text/html")


class DocumentError(ValueError):
    """A document the provider would not run; `code` is the provider's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def parse(body: bytes, content_type: str) -> tuple[Verb, ...]:
    """Return the verbs of a document in order; raise DocumentError (TEL-2 and TEL-4)."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise DocumentError(BAD_CONTENT_TYPE, f"content type {content_type or 'missing'}")
    if len(body) > LONGEST_BODY:
        raise DocumentError(TOO_LARGE, f"{len(body)} bytes")
    try:
        root = markup.read(body)
    except markup.MarkupError as trouble:
        raise DocumentError(BAD_MARKUP, str(trouble)) from trouble
    if root.name != "Response":
        raise _schema(f"the root is <{root.name}>, not <Response>")
    _only(root, (), text=False)
    verbs = tuple(_verb(child, _VERBS) for child in root.children)
    if any(isinstance(verb, Reject) for verb in verbs[1:]):
        raise _schema("<Reject> must be the first verb")
    return verbs


def _say(element: Element) -> SayVerb:
    _only(element, ("language", "voice", "loop"), nested=False)
    if len(element.text) > LONGEST_SAY:
        raise _schema(f"<Say> has {len(element.text)} characters, at most {LONGEST_SAY} are allowed")
    values = element.attributes
    return SayVerb(element.text, values.get("language", ""), values.get("voice", ""), _loop(element))


def _play(element: Element) -> PlayVerb:
    _only(element, ("loop",), nested=False)
    return PlayVerb(_required_text(element), _loop(element))


def _gather(element: Element) -> Gather:
    allowed = ("action", "method", "timeout", "finishOnKey", "numDigits", "actionOnEmptyResult", "input")
    _only(element, allowed, text=False)
    values = element.attributes
    _choice(element, "input", ("dtmf",), "dtmf")
    prompts = []
    for child in element.children:
        prompt = _verb(child, _PROMPTS)
        prompts.append(prompt)
    key = values.get("finishOnKey", "#")
    if not re.fullmatch(r"[0-9*#]?", key):
        raise _schema(f"<Gather finishOnKey={key!r}>")
    return Gather(
        prompts=tuple(prompt for prompt in prompts if isinstance(prompt, SayVerb | PlayVerb)),
        action=values.get("action", ""),
        method=_method(element, "method"),
        timeout=_number(element, "timeout", 5, 1),
        finish_on_key=key,
        num_digits=_number(element, "numDigits", 0, 1) or None,
        action_on_empty_result=_truth(element, "actionOnEmptyResult", default=False),
    )


def _record(element: Element) -> Record:
    callback = ("recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent")
    allowed = ("action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim", *callback)
    _only(element, allowed, text=False, nested=False)
    values = element.attributes
    keys = values.get("finishOnKey", "1234567890*#")
    if not re.fullmatch(r"[0-9*#]*", keys):
        raise _schema(f"<Record finishOnKey={keys!r}>")
    events = tuple(values.get("recordingStatusCallbackEvent", "completed").split())
    if not set(events) <= {"in-progress", "completed", "absent"}:
        raise _schema(f"<Record recordingStatusCallbackEvent={' '.join(events)!r}>")
    return Record(
        action=values.get("action", ""),
        method=_method(element, "method"),
        timeout=_number(element, "timeout", 5, 1),
        finish_on_key=keys,
        max_length=_number(element, "maxLength", 3600, 1, 14400),
        play_beep=_truth(element, "playBeep", default=True),
        trim=_choice(element, "trim", ("trim-silence", "do-not-trim"), "trim-silence") == "trim-silence",
        callback=values.get("recordingStatusCallback", ""),
        callback_method=_method(element, "recordingStatusCallbackMethod"),
        callback_events=events,
    )


def _dial(element: Element) -> Dial:
    callback = ("recordingStatusCallback", "recordingStatusCallbackMethod")
    allowed = ("action", "method", "timeout", "timeLimit", "callerId", "record", *callback)
    _only(element, allowed)
    values = element.attributes
    parties = [_party(child) for child in element.children]
    if element.text:
        parties.insert(0, Party("number", element.text))
    if not parties:
        raise _schema("<Dial> rings nobody")
    records = ("do-not-record", "record-from-answer", "record-from-ringing")
    return Dial(
        parties=tuple(parties),
        action=values.get("action"),
        method=_method(element, "method"),
        timeout=_number(element, "timeout", 30, 5, 600),
        time_limit=_number(element, "timeLimit", 14400, 1, 14400),
        caller_id=values.get("callerId", ""),
        record=_choice(element, "record", records, records[0]) != records[0],
        callback=values.get("recordingStatusCallback", ""),
        callback_method=_method(element, "recordingStatusCallbackMethod"),
    )


def _party(element: Element) -> Party:
    if element.name not in {"Number", "Sip"}:
        raise _schema(f"<{element.name}> is not allowed inside <Dial>")
    _only(element, ("url", "method"), nested=False)
    kind: Literal["number", "sip"] = "number" if element.name == "Number" else "sip"
    url = element.attributes.get("url", "")
    return Party(kind, _required_text(element), url, _method(element, "method"))


def _redirect(element: Element) -> Redirect:
    _only(element, ("method",), nested=False)
    return Redirect(element.text, _method(element, "method"))


def _reject(element: Element) -> Reject:
    _only(element, ("reason",), text=False, nested=False)
    return Reject(
        "busy" if _choice(element, "reason", ("rejected", "busy"), "rejected") == "busy" else "rejected"
    )


def _hangup(element: Element) -> Hangup:
    _only(element, (), text=False, nested=False)
    return Hangup()


_PROMPTS: Mapping[str, Callable[[Element], Verb]] = {"Say": _say, "Play": _play}
_VERBS: Mapping[str, Callable[[Element], Verb]] = {
    **_PROMPTS,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Redirect": _redirect,
    "Reject": _reject,
    "Hangup": _hangup,
}


def _verb(element: Element, allowed: Mapping[str, Callable[[Element], Verb]]) -> Verb:
    if element.name not in allowed:
        raise _schema(f"<{element.name}> is not one of {', '.join(allowed)}")
    return allowed[element.name](element)


def _schema(message: str) -> DocumentError:
    return DocumentError(BAD_SCHEMA, message)


def _only(element: Element, attributes: tuple[str, ...], *, text: bool = True, nested: bool = True) -> None:
    unknown = sorted(set(element.attributes) - set(attributes))
    if unknown:
        raise _schema(f"<{element.name}> has the unknown attribute {unknown[0]}")
    if element.text and not text:
        raise _schema(f"<{element.name}> contains the text {element.text[:40]!r}")
    if element.children and not nested:
        raise _schema(f"<{element.children[0].name}> is not allowed inside <{element.name}>")


def _required_text(element: Element) -> str:
    if not element.text:
        raise _schema(f"<{element.name}> is empty")
    return element.text


def _loop(element: Element) -> int:
    return min(_number(element, "loop", 1, 0), ENDLESS_LOOP) or ENDLESS_LOOP


def _number(element: Element, name: str, default: int, least: int, most: int = 1_000_000) -> int:
    given = element.attributes.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"[0-9]{1,7}", given) or not least <= int(given) <= most:
        raise _schema(f"<{element.name} {name}={given!r}> is not a number from {least} to {most}")
    return int(given)


def _choice(element: Element, name: str, allowed: tuple[str, ...], default: str) -> str:
    given = element.attributes.get(name, default)
    if given not in allowed:
        raise _schema(f"<{element.name} {name}={given!r}> is not one of {', '.join(allowed)}")
    return given


def _truth(element: Element, name: str, *, default: bool) -> bool:
    return _choice(element, name, ("true", "false"), "true" if default else "false") == "true"


def _method(element: Element, name: str) -> Method:
    return "GET" if _choice(element, name, ("GET", "POST"), "POST") == "GET" else "POST"
