"""Where Asterisk comes in: one thread a channel, let in by the key of the generated dialplan only."""

from __future__ import annotations

import hashlib
import hmac
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from ivr.gateway.conversation import ChannelGoneError, Conversation
from ivr.gateway.waiting import TOKEN, Awaited

CALL_SID = re.compile(r"CA[0-9a-f]{32}", re.ASCII)
MOST_CHANNELS = 1000
log = structlog.get_logger("ivr.gateway")

Carry = Callable[[Conversation, str], None]
"""Carries a call out: its conversation, and its CallSid when it was carried before (else empty)."""


def door_key(secret: str) -> str:
    """Return the key of the dialplan's door, made of the installation's SECRET_KEY."""
    return derived(secret, "door", 32)


def derived(secret: str, use: str, length: int) -> str:
    """Return a password for one use, always the same for one SECRET_KEY."""
    return hmac.new(secret.encode(), f"own-line:{use}".encode(), hashlib.sha256).hexdigest()[:length]


class Doors:
    """Listens on loopback; a call that comes in is `carry`, one we placed is handed to whoever waits."""

    def __init__(self, port: int, key: str, awaited: Awaited, carry: Carry, resume: Carry) -> None:
        """Listen at once; `resume` takes a call we placed that has lost its process (OSError)."""
        self._key, self._awaited, self._carry, self._resume = key, awaited, carry, resume
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self._listener.settimeout(1.0)
        self._channels = threading.BoundedSemaphore(MOST_CHANNELS)
        self._ended = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def serve(self, each_look: Callable[[], None] = lambda: None) -> None:
        """Let channels in until `end`; `each_look` runs about once a second while all is well."""
        while not self._ended.is_set():
            each_look()
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                if self._ended.is_set():
                    break
                time.sleep(0.1)
                continue
            if not self._channels.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._let_in, args=(connection,), daemon=True).start()

    def end(self) -> None:
        """Let nobody in any more; calls that go on are left to the dialplan when the process ends."""
        self._ended.set()
        self._listener.close()

    def _let_in(self, connection: socket.socket) -> None:
        try:
            conversation = Conversation(connection)
        except (ChannelGoneError, OSError):
            connection.close()
            self._channels.release()
            return
        try:
            self._direct(conversation)
        except Exception:
            log.exception("a call failed")
            conversation.close()
        finally:
            self._channels.release()

    def _direct(self, conversation: Conversation) -> None:
        script, sid = conversation.script, conversation.argument(1)
        known = len(script) >= 2 and hmac.compare_digest(script[1].encode(), self._key.encode())
        if not known or (sid and not CALL_SID.fullmatch(sid)):
            log.warning("somebody else knocked at the line's door")
            conversation.close()
            return
        match script[0], script[2:]:
            case "in", []:
                self._carry(conversation, sid)
            case ("out" | "asked") as side, [token] if TOKEN.fullmatch(token):
                if self._awaited.hand_over(token, conversation):
                    return
                if side == "out" and sid:
                    self._resume(conversation, sid)
                    return
                if side == "out":
                    with suppress(ChannelGoneError):
                        conversation.ask("HANGUP")
                conversation.close()
            case _:
                conversation.close()
