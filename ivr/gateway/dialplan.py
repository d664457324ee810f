"""Writes the dialplan: calls go to us, and where we are not, Asterisk alone greets and takes a message.

Nothing a caller sends reaches `Dial`, `System` or a path unfiltered (T-25).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ivr.gateway.folders import LineFolders
from ivr.gateway.whom import TRUNK, telephone_name
from logbook.opening_hours import Window
from logbook.settings.loading import Settings
from logbook.settings.own_line import AsteriskPart

KEEPS_TRYING, TRIES_AT_FIRST = 20, 6
"""Seconds for which a caller is brought to us again before the exchange goes on alone: longer than a start of
ours takes on a busy machine, however short the sentence is that asks for patience. Less where we did not
answer the call at all."""
SAID_AGAIN = 3
"""Every so many tries, about a second apart, the caller is asked for patience once more."""
LONGEST_CALL, LONGEST_MESSAGE, SILENCE, TALK = 7200, 180, 8, 3600
"""Seconds."""
MESSAGE_NAME = "${EPOCH}-${FILTER(0-9,${UNIQUEID})}-${FILTER(0-9+,${CALLERID(num)})}.wav"
NOBODY = "0" * 32
"""The token of somebody who is expected nowhere."""
ZONE = "Asia/Ho_Chi_Minh"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class FallbackCalendar:
    """When somebody is rung by the fallback: days that differ from their weekday first, then the week."""

    week: dict[int, tuple[Window, ...]]
    days: dict[date, tuple[Window, ...]]


def extensions(
    settings: Settings, exchange: AsteriskPart, folders: LineFolders, door: str, calendar: FallbackCalendar
) -> str:
    """Return extensions.conf."""
    sounds, agi = folders.sounds, f"agi://127.0.0.1:{exchange.agi_port}"
    return "\n".join(
        [
            "[general]",
            "static=yes",
            "writeprotect=yes",
            "autofallthrough=yes",
            "",
            *_context("from-trunk", _incoming()),
            *_context(
                "product",
                {
                    "in": [f"AGI({agi}/in/{door},${{TONGDAI_SID}})", "Return()"],
                    "h": _hung_up(f"{agi}/in/{door}"),
                },
            ),
            *_context(
                "product-out",
                {
                    "_[0-9a-f].": _placed(sounds, f"{agi}/out/{door}/${{EXTEN}}"),
                    "h": _hung_up(f"{agi}/out/{door}/{NOBODY}"),
                },
            ),
            *_context(
                "product-asked",
                {
                    "s": [
                        "Set(GOSUB_RESULT=CONTINUE)",
                        f"AGI({agi}/asked/{door}/${{FILTER(0-9a-f,${{ARG1}})}})",
                        "Return()",
                    ]
                },
            ),
            *_context("nowhere", {}),
            *_context("fallback", _fallback(settings, exchange, folders, calendar)),
        ]
    )


def _context(name: str, extensions: dict[str, list[str]]) -> list[str]:
    """One context; a step written `(label)Application()` can be gone to."""
    lines = [f"[{name}]"]
    for extension, steps in extensions.items():
        for number, step in enumerate(steps):
            label, bracket, rest = step.partition(")") if step.startswith("(") else ("", "", step)
            lines.append(
                f"exten => {extension},1,{rest}" if number == 0 else f" same => n{label}{bracket},{rest}"
            )
    return [*lines, ""]


def _incoming() -> dict[str, list[str]]:
    steps = [
        f"Set(TIMEOUT(absolute)={LONGEST_CALL})",
        "Gosub(product,in,1)",
        'GotoIf($["${CHANNEL(state)}" = "Up"]?fallback,again,1)',
        "Goto(fallback,first,1)",
    ]
    return {"_[+0-9].": steps, "s": steps}


def _hung_up(door: str) -> list[str]:
    """The caller ended a talk that no process of ours watched: we are told how it ended, if we are back."""
    return [
        'GotoIf($["${DIALSTATUS}" = "" | "${TONGDAI_SID}" = ""]?over)',
        f"AGI({door},${{TONGDAI_SID}},gone)",
        "(over)Hangup()",
    ]


def _placed(sounds: Path, door: str) -> list[str]:
    """A call we placed: whoever picked up waits for us as a caller does, and hears goodbye at the end."""
    return [
        f"AGI({door},${{TONGDAI_SID}})",
        'GotoIf($["${TONGDAI_SID}" = ""]?over)',
        *_asked_for_patience(sounds, "over"),
        "(on)Goto(1)",
        "(over)Hangup()",
    ]


def _asked_for_patience(sounds: Path, after: str) -> list[str]:
    """One more try, at the step `on`, while it is not too late: then to `after`.

    Where we were gone after saying that the caller shall speak and before the recording began, the exchange
    itself says so and records: what was spoken is found by the next process of ours.
    """
    return [
        'GotoIf($["${SPOKEN}" = ""]?heard)',
        "GotoIf($[${STAT(e,${SPOKEN}.wav)}]?heard)",
        f"Playback({sounds}/beep)",
        "Record(${SPOKEN}.wav,${SPEAKS})",
        "(heard)Set(SPOKEN=)",
        'GotoIf($["${AWAY}" != ""]?since)',
        "Set(AWAY=${EPOCH})",
        "Set(TRIES=0)",
        f"(since)GotoIf($[${{EPOCH}} - ${{AWAY}} > {KEEPS_TRYING}]?{after})",
        "Set(TRIES=$[0${TRIES} + 1])",
        f"GotoIf($[${{TRIES}} % {SAID_AGAIN} != 1]?quiet)",
        f"Playback({sounds}/one-moment)",
        "Goto(on)",
        "(quiet)Wait(1)",
    ]


def _fallback(
    settings: Settings, exchange: AsteriskPart, folders: LineFolders, calendar: FallbackCalendar
) -> dict[str, list[str]]:
    sounds = folders.sounds
    talked = 'GotoIf($["${DIALSTATUS}" = "ANSWER" & 0${ANSWEREDTIME} > 0]?talked,1)'
    ring = _ring(settings, exchange)
    fallback = {
        "first": [
            "Answer(0,i)",
            f"Playback({sounds}/greeting)",
            f"Set(AWAY=$[${{EPOCH}} - {KEEPS_TRYING - TRIES_AT_FIRST}])",
            "Gosub(product,in,1)",
            "Goto(again,1)",
        ],
        "again": [
            talked,
            *_asked_for_patience(sounds, "ways,1"),
            "(on)Gosub(product,in,1)",
            "Goto(again,1)",
        ],
        "talked": ["Gosub(product,in,1)", "Goto(bye,1)"],
        "ways": [
            *(_when(calendar) if ring else []),
            f"(closed)Playback({sounds}/hours)",
            "Goto(message,1)",
        ],
        "message": [
            f"Read(YES,{sounds}/consent,1,,1,8)",
            'GotoIf($["${YES}" != "1"]?bye,1)',
            f"Playback({sounds}/beep)",
            f"Record({folders.messages}/{MESSAGE_NAME},{SILENCE},{LONGEST_MESSAGE},kq)",
            f"Playback({sounds}/thanks)",
            "Hangup()",
        ],
        "bye": [f"Playback({sounds}/bye)", "Hangup()"],
    }
    if ring:
        limits = f"{settings.duty.ring_seconds},grL({TALK * 1000})"
        fallback["ring"] = [
            f"Dial({ring},{limits})",
            talked.replace("talked,1", "bye,1"),
            f"Playback({sounds}/hours)",
            "Goto(message,1)",
        ]
    return fallback


def _ring(settings: Settings, exchange: AsteriskPart) -> str:
    """Who is rung when nothing of ours answers: the person named for emergencies, if any."""
    operator = settings.duty.emergency_operator
    if operator is None:
        return ""
    number = settings.duty.person(operator).number
    if not settings.guests.number(number):
        return ""
    if operator in exchange.telephones:
        return f"PJSIP/{telephone_name(operator)}"
    return f"PJSIP/0{number.removeprefix('+84')}@{TRUNK}"


def _when(calendar: FallbackCalendar) -> list[str]:
    """One line a window; a day of its own decides before its weekday does."""
    lines = []
    for day, windows in sorted(calendar.days.items()):
        date_of = f"*,{day.day},{_MONTHS[day.month - 1]},{ZONE}"
        lines += [f"GotoIfTime({_span(window)},{date_of}?ring,1)" for window in windows]
        lines.append(f"GotoIfTime(*,{date_of}?closed)")
    for weekday, windows in sorted(calendar.week.items()):
        lines += [f"GotoIfTime({_span(window)},{_DAYS[weekday]},*,*,{ZONE}?ring,1)" for window in windows]
    return [*lines, "Goto(closed)"]


def _span(window: Window) -> str:
    """From the first minute to the last one, as GotoIfTime counts: its end is still part of the span."""
    last = window.end - 1
    return f"{window.start // 60:02d}:{window.start % 60:02d}-{last // 60:02d}:{last % 60:02d}"
