"""The provider's webhooks: start, turn (a key, DTMF), status, recording, sound (docs/telephone.md)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import structlog
from flask import Blueprint, Response, abort, request, send_file
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from callflows.states import AGAIN
from ivr.line import key_to_accept, outgoing_webhooks, provider_form, text_receipts
from ivr.line.apology import Apology
from ivr.line.exchange import Exchange
from ivr.line.hotline import Hotline
from ivr.line.signature import Signature
from ivr.line.twiml import ProviderVoice, Speaker, WebhookAddresses
from logbook.guards import Guarding, guarded_by
from logbook.ids import RecordingId
from logbook.prompts import joining
from logbook.recordings import recordings
from logbook.recordings.files import RecordingFolder
from logbook.texts.spoken import SPELLERS

CARRIED = (
    "Digits",
    "RecordingSid",
    "RecordingDuration",
    "DialCallStatus",
    "DialCallDuration",
    "DialCallSid",
)
A_DAY = 86_400
_PROMPT = re.compile(joining.NAME)
_CARRIED_SHAPE = re.compile(r"[A-Za-z0-9*#-]{1,64}")
DIGITS = tuple("0123456789")
log = structlog.get_logger("ivr.line.webhooks")


def voice_of(language: str, voice: str) -> ProviderVoice:
    """Return how the provider reads sentences of a language aloud."""
    return ProviderVoice(SPELLERS[language].locale, voice)


def blueprint(hotline: Hotline) -> Blueprint:
    """All webhooks of one hotline, every one behind the provider's signature."""
    settings = hotline.settings
    voice = voice_of(settings.line.language, settings.line.voice)
    addresses, guests = WebhookAddresses(settings.public_url), settings.guests

    def recorded(text: str) -> str | None:
        return hotline.voice.recorded(text, settings.line.language)

    speaker = Speaker(
        addresses, voice, settings.line.caller_id, guests, recorded, lambda: hotline.prompts.content
    )
    apology = Apology(hotline, Speaker(addresses, voice, settings.line.caller_id, guests))
    seal = Signature(settings.public_url, settings.auth_token.get_secret_value())
    signed = guarded_by(lambda: seal.demand(request))
    webhooks = Blueprint("webhooks", __name__, url_prefix="/ivr")

    @contextmanager
    def exchange() -> Iterator[Exchange]:
        with hotline.database.writing() as conn:
            yield Exchange(hotline, speaker, conn)

    @webhooks.post("/voice")
    @signed
    def start() -> Response:
        """A call begins."""
        heard = provider_form.read(request.form)
        with exchange() as step:
            answer = step.first(heard)
        return _twiml(answer)

    @webhooks.post("/turn/<int(max=2147483647):number>")
    @signed
    def turn(number: int) -> Response:
        """The caller answered turn `number`."""
        heard = provider_form.read(_fields())
        if "resumed" in request.args:  # they were sent back to the question they stood at
            heard = replace(heard, slipped=True)
        with exchange() as step:
            answer = step.next(heard, number)
        return _twiml(answer)

    _add_callbacks(webhooks, signed, hotline, exchange)
    key_to_accept.add(webhooks, signed, hotline, speaker)
    outgoing_webhooks.add(webhooks, signed, exchange)
    text_receipts.add(webhooks, signed, hotline)
    _add_last_resorts(webhooks, signed, apology)
    return webhooks


def _add_callbacks(
    webhooks: Blueprint,
    signed: Guarding,
    hotline: Hotline,
    exchange: Callable[[], AbstractContextManager[Exchange]],
) -> None:
    @webhooks.post("/status")
    @signed
    def status() -> Response:
        """The status callback of the call."""
        news = provider_form.read_status(request.form)
        with exchange() as step:
            step.gone(news)
        return Response(status=204)

    @webhooks.post("/recording/<int(max=2147483647):number>")
    @signed
    def recording(number: int) -> Response:
        """The status callback of the recording of turn `number`."""
        news = provider_form.read_recording(request.form)
        if news is not None:
            with exchange() as step:
                step.recorded(news, number)
        return Response(status=204)

    @webhooks.get("/audio/<int(max=2147483647):number>/<int(max=2147483647):recording_id>")
    @signed
    def audio(number: int, recording_id: RecordingId) -> Response:
        """The sound of a recording, for the provider to play to its own caller in turn `number`."""
        del number  # it only keeps a cached answer of another turn from being played
        return _sound(hotline, recording_id)

    @webhooks.get("/prompt/<name>.wav")
    @signed
    def prompt(name: str) -> Response:
        """A sentence in the office's own voice; its clips never change under their numbers."""
        found = hotline.voice.played(name) if _PROMPT.fullmatch(name) else None
        if found is None:
            abort(404)
        return send_file(io.BytesIO(found.wav), mimetype="audio/wav", conditional=True, max_age=A_DAY)


def _add_last_resorts(webhooks: Blueprint, signed: Guarding, apology: Apology) -> None:
    @webhooks.post("/fallback")
    @signed
    def fallback() -> Response:
        """The provider could not fetch or run our document."""
        log.warning("fallback", error_code=provider_form.number(request.form, "ErrorCode"))
        if _is_outgoing():
            return _twiml(apology.end())
        return _twiml(apology.start_over(request.form.get("ErrorUrl", "")))

    @webhooks.post("/goodbye")
    @signed
    def goodbye() -> Response:
        """The person rung by an apology has hung up, or did not answer."""
        return _twiml(apology.goodbye())

    @webhooks.errorhandler(provider_form.NotUnderstoodError)
    def not_understood(problem: provider_form.NotUnderstoodError) -> Response:
        log.warning("not understood", field=str(problem))
        return Response(f"unusable field: {problem}", status=400, mimetype="text/plain")

    @webhooks.errorhandler(Exception)
    def failed(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException):
            return error
        log.error("webhook failed", path=request.path, error=repr(error), exc_info=error)
        return _sorry(apology)


def _sorry(apology: Apology) -> Response:
    """Somebody who is on the line hears an apology; everything else is asked to come again."""
    over = provider_form.call_status(request.form) in provider_form.OVER
    if request.endpoint == "webhooks.outgoing":
        return _twiml(apology.end())
    speaking = request.endpoint in ("webhooks.start", "webhooks.turn")
    if over or not speaking:
        return Response("try again", status=503, mimetype="text/plain", headers={"Retry-After": "2"})
    failures = request.args.get("again", "")
    failed = int(failures) if failures in DIGITS else 0
    return _twiml(apology.try_again(request.path, failed, _said(), outgoing=_is_outgoing()))


def _is_outgoing() -> bool:
    """Whether we placed the call; read off the form, since the database may be what has failed."""
    return provider_form.direction(request.form).startswith("outbound")


def _fields() -> MultiDict[str, str]:
    """The form, and after an apology what the caller had done before it."""
    if "again" not in request.args:
        return request.form
    fields: MultiDict[str, str] = MultiDict(request.form)
    if not any(name in fields for name in CARRIED):
        fields.update({name: request.args[name] for name in CARRIED if name in request.args})
    return fields


def _said() -> dict[str, str]:
    """What to carry through an apology; several keys may be private, so they are asked for again."""
    fields = _fields()
    said = {name: fields[name] for name in CARRIED if _CARRIED_SHAPE.fullmatch(fields.get(name, ""))}
    spoken = provider_form.spoken(fields)
    if spoken is not None:
        said["RecordingSid"] = spoken.sid or provider_form.NO_NAME
        said.pop("RecordingDuration", None)
        if spoken.seconds is not None:
            said["RecordingDuration"] = str(spoken.seconds)
    if len(said.get("Digits", "")) > 1 and spoken is None:
        said["Digits"] = AGAIN
    return said


def _sound(hotline: Hotline, recording_id: RecordingId) -> Response:
    with hotline.database.reading() as conn:
        found = recordings.find(conn, recording_id)
    if found is None or found.file_name is None:
        abort(404)
    folder = RecordingFolder(hotline.settings.data_folder / "recordings")
    return send_file(folder.file(found.file_name), mimetype=found.media_type, conditional=True)


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
