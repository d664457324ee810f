"""Describes a call that somebody places to the hotline with a telephone of ours, and keeps its recordings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ivr.phone.last_words import last_words_of
from ivr.phone.notices import KeepRecording
from ivr.phone.parameters import CallSetup
from ivr.phone.transport import Transport
from ivr.provider.sdk import UploadFailedError, uploader
from logbook.clock import Clock, local
from logbook.settings.loading import Settings

PATIENCE = "#rc=1&rp=all&rt=4000"
"""One more try, then the other address, so that a caller hears something within eight seconds (TEL-3)."""


def setup_call(settings: Settings, base: str, caller: str, at: datetime | None) -> CallSetup:
    """Describe the call: webhooks below `base`, and its own time `at`, which is sent along when given."""
    return CallSetup(
        account_sid=settings.account_sid,
        caller=caller,
        called=settings.line.number,
        voice_url=f"{base}/ivr/voice{PATIENCE}",
        fallback_url=f"{base}/ivr/fallback{PATIENCE}",
        status_url=f"{base}/ivr/status",
        recordings_api=f"{base}/provider" if settings.line.own is None else settings.provider_url,
        started=at or local(Clock(settings.starts_at).now()),
        brings_time=at is not None,
        last_words=last_words_of(settings),
    )


def keeper(
    setup: CallSetup, settings: Settings, transport: Transport, warn: Callable[[UploadFailedError], None]
) -> KeepRecording:
    """Return what hands a call's recordings to the stand-in, and warns when it could not."""
    token = settings.auth_token.get_secret_value()
    upload = uploader(setup.recordings_api, settings.account_sid, token, transport)

    def keep(call_sid: str, recording_sid: str, wav: bytes) -> None:
        try:
            upload(call_sid, recording_sid, wav)
        except UploadFailedError as trouble:
            warn(trouble)

    return keep
