"""`/phone`: the page of the telephone, its files, and what its tab asks and sends."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ivr.softphone.door import HEADER, Door
from ivr.softphone.drawn_dialogue import DrawnDialogue
from ivr.softphone.moments import CallMoment, moment_of
from ivr.softphone.people import CITIZENS, owner_of, owners
from ivr.softphone.spoken import spoken_folder
from logbook.clock import local
from logbook.database.engine import DatabaseBusyError
from logbook.guards import guarded_by
from logbook.phone_numbers import dotted

if TYPE_CHECKING:
    from ivr.line.hotline import Hotline
    from ivr.softphone.softphone import Event, Softphone
    from ivr.softphone.telephones import Telephones

FILES = frozenset({"phone.css", "phone.js", "sound.js", "view.js", "microphone.js"})
FOLDER = Path(__file__).parent / "static"
SAMPLE = Path(__file__).parents[1] / "phone" / "sounds"
ORIGIN = "X-Tongdai-Voice"
KEYS = re.compile(r"[0-9*#]", re.ASCII)
LARGEST_SOUND = 32 * 1024
"""Bytes of microphone sound at once: two seconds; a tab sends a fifth of a second."""
LARGEST_BROUGHT = 320 * 1024
"""Bytes of a sound that comes with its event: twenty seconds; a longer one is fetched."""
Refusal = tuple[Response, int]


def blueprint(installation: Hotline) -> Blueprint:
    """The telephone of one office, for demonstrations and trials; production does not have it."""
    return _Pages(installation).blueprint


class _Pages:
    def __init__(self, installation: Hotline) -> None:
        self._installation, self._settings = installation, installation.settings
        self._texts = installation.texts[self._settings.line.language]
        self._door = Door(installation)
        self._lock = Lock()
        self._picture = DrawnDialogue(self._settings.data_folder, self._texts.language)
        self._made: Telephones | None = None
        self.blueprint = Blueprint("softphone", __name__, url_prefix="/phone", template_folder="templates")
        self._add()
        if any(spoken_folder(self._settings).glob("*.wav")):
            Thread(target=self._take_in, daemon=True, name="softphone left behind").start()

    def _take_in(self) -> None:
        self.telephones.take_in_left_behind()

    @property
    def telephones(self) -> Telephones:
        """Made when the first tab is opened: a process that nobody telephones with loads none of it."""
        with self._lock:
            if self._made is None:
                from ivr.softphone.shelf import Shelf
                from ivr.softphone.telephones import Telephones

                self._made = Telephones(self._installation, Shelf(self._installation.voice))
            return self._made

    def _add(self) -> None:
        self._add_one("", self._page)
        self._add_one("/static/<name>", self._static)
        self._add_one("/sample.wav", self._sample)
        self._add_one("/dialogue.svg", self._dialogue)
        self._add_one("/line", self._open, "POST")
        self._add_one("/line/<key>/events", self._events)
        self._add_one("/line/<key>/sound/<name>", self._sound)
        self._add_one("/line/<key>/voice", self._voice, "POST")
        self._add_one("/line/<key>/<act>", self._act, "POST")
        for kind in (404, 405, HTTPException):  # the console answers the first two for the whole program
            self.blueprint.register_error_handler(kind, self._refused)
        self.blueprint.register_error_handler(DatabaseBusyError, self._busy)

    def _add_one(self, rule: str, view: Callable[..., ResponseReturnValue], method: str = "GET") -> None:
        guarded = guarded_by(self._door.let_in)(partial(view))
        endpoint = view.__name__.removeprefix("_")
        self.blueprint.add_url_rule(rule, endpoint, guarded, methods=[method])

    # -- the page

    def _page(self) -> str:
        says, settings = self._texts.sentence, self._settings
        owner = owner_of(request.args.get("so", dotted(CITIZENS[0])), settings, self._texts)
        return render_template(
            "softphone/phone.html",
            w=lambda key, **words: says(key, {name: str(word) for name, word in words.items()}),
            language=self._texts.language,
            office=settings.office,
            hotline=settings.line.number_shown,
            owners=owners(settings, self._texts),
            owner=owner,
            whens=self._moments() if settings.is_demo else [],
            demo=settings.is_demo,
            seal=self._door.seal,
            header=HEADER,
            labels={key: self._unfilled(f"phone_js_{key}") for key in LABELS},
            languages=self._texts.spell.locale,
        )

    def _unfilled(self, key: str) -> str:
        """A sentence whose words the script fills in."""
        words = self._texts.words_of(key)
        return self._texts.sentence(key, {word: f"{{{word}}}" for word in words})

    def _moments(self) -> list[tuple[str, str, str]]:
        """The moments to choose from: value, name, and the time where the call brings one."""
        now = self._installation.clock.now()
        with self._installation.database.reading() as conn:
            times, _ = self._installation.calendars.now(conn)
        found = []
        for when in CallMoment:
            moment = moment_of(when, now, times)
            if moment is not None or when in (CallMoment.NOW, CallMoment.LOCKED):
                shown = f"{local(moment):%H:%M %d/%m/%Y}" if moment else ""
                found.append((when.value, self._texts.sentence(f"phone_when_{when.value}"), shown))
        return found

    def _static(self, name: str) -> Response:
        if name not in FILES:
            abort(404)
        return send_from_directory(FOLDER, name, max_age=0, conditional=True)

    def _sample(self) -> Response:
        return send_from_directory(SAMPLE, "complaint.wav", max_age=3600)

    def _dialogue(self) -> Response:
        with self._installation.database.reading() as conn:
            menu = self._installation.prompts.now(conn).menu
        answer = Response(self._picture.of(menu), mimetype="image/svg+xml")
        answer.headers["Cache-Control"] = "private, max-age=10"
        return answer

    # -- a tab

    def _open(self) -> Response | Refusal:
        asked = str(_sent().get("number", ""))[:40]
        owner = owner_of(asked, self._settings, self._texts)
        if owner is None:
            return self._said("phone_bad_number", 400)
        phone = self.telephones.open(owner.number, owner.name)
        if phone is None:
            return self._said("phone_too_many", 429)
        return jsonify(key=phone.key, name=owner.name, number=owner.shown, value=owner.value)

    def _of(self, key: str) -> Softphone:
        phone = self.telephones.find(key)
        if phone is None:
            abort(410)
        return phone

    def _events(self, key: str) -> Response:
        phone = self._of(key)
        events = self.telephones.events(phone, _count("after") or 0)
        return jsonify(events=[self._with_sound(event, phone) for event in events])

    def _with_sound(self, event: Event, phone: Softphone) -> Event:
        """A sound that is there already comes along, once a tab: the tab need not ask for it."""
        name = event.get("sound")
        if not isinstance(name, str) or name in phone.has:
            return event
        sound = self.telephones.shelf.ready(name)
        if sound is None or len(sound.wav) > LARGEST_BROUGHT:
            return event
        phone.has.add(name)
        return {**event, "wav": b64encode(sound.wav).decode(), "origin": sound.origin}

    def _sound(self, key: str, name: str) -> Response:
        phone = self._of(key)
        phone.has.add(name)
        sound = self.telephones.shelf.get(name)
        if sound is None:
            abort(404)
        answer = Response(sound.wav, mimetype="audio/wav")
        answer.headers[ORIGIN] = sound.origin or "-"
        answer.headers["Cache-Control"] = "private, max-age=3600"
        return answer

    def _voice(self, key: str) -> tuple[str, int]:
        request.max_content_length = LARGEST_SOUND
        take, at = _count("take"), _count("at")
        self._of(key).speak_in(request.get_data(), take, at)
        return "", 204

    def _act(self, key: str, act: str) -> Refusal | tuple[str, int]:
        phone, sent = self._of(key), _sent()
        match act:
            case "call":
                return self._call(phone, str(sent.get("when", CallMoment.NOW.value)))
            case "press":
                pressed = str(sent.get("key", ""))
                if not KEYS.fullmatch(pressed):
                    return self._said("phone_bad_key", 400)
                phone.press(pressed)
            case "done":
                utterance = sent.get("id")
                phone.done(utterance if isinstance(utterance, int) else 0)
            case "hang-up":
                phone.hang_up()
            case "pick-up":
                phone.pick_up()
            case "close":
                self.telephones.close(phone)
            case _:
                abort(404)
        return "", 204

    def _call(self, phone: Softphone, asked: str) -> Refusal | tuple[str, int]:
        if asked not in {when.value for when in CallMoment} or (
            asked != CallMoment.NOW and not self._settings.is_demo
        ):
            return self._said("phone_bad_time", 400)
        when = CallMoment(asked)
        with self._installation.database.reading() as conn:
            times, _ = self._installation.calendars.now(conn)
        at = moment_of(when, self._installation.clock.now(), times)
        if not self.telephones.call(phone, at, book_locked=when is CallMoment.LOCKED):
            return self._said("phone_in_use", 409)
        return "", 204

    # -- what cannot be done, in a sentence

    def _said(self, key: str, status: int) -> Refusal:
        return jsonify(error=self._texts.sentence(key)), status

    def _refused(self, error: HTTPException) -> Refusal:
        keys = {403: "phone_reload", 410: "phone_closed", 413: "phone_too_loud"}
        return self._said(keys.get(error.code or 500, "phone_wrong"), error.code or 500)

    def _busy(self, _error: DatabaseBusyError) -> Refusal:
        return self._said("phone_busy", 503)


LABELS = (
    *(
        "ready",
        "calling",
        "answered",
        "speaking",
        "press",
        "recording",
        "beep",
        "ringing",
        "rings",
        "talking",
    ),
    *("ended", "ended_caller", "ended_failure", "refused", "no_voice", "last_resort", "no_microphone"),
    *("microphone_on", "sample_on", "message", "waiting_leg", "nobody_there", "gone", "not_kept", "seconds"),
    *(
        "you_pressed",
        "missed",
        "leg_busy",
        "leg_no_answer",
        "fields",
        "answer",
        "due",
        "audio",
        "open_ticket",
    ),
    *("browser_voice", "recorded", "silence", "now_at"),
)
"""Sentences that the page's script shows, by the end of their key."""


def _count(name: str) -> int | None:
    """A whole number of the address; None where it is none."""
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def _sent() -> dict[str, object]:
    """What the tab sent; nothing where it is no JSON object."""
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}
