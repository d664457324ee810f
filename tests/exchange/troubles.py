"""A hotline in trouble: for some callers it is slow, answers 500, or refuses every signature."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any, Literal
from urllib.parse import parse_qs

from ivr.phone.transport import WsgiApp

Trouble = Literal["slow", "500", "signature"]
SLOW = 20.0


class TroubledHotline:
    """Stands before a hotline; `troubles` says by number what each caller meets."""

    def __init__(self, app: WsgiApp) -> None:
        """Hand everything on at first."""
        self._app = app
        self.troubles: dict[str, Trouble] = {}
        self.met: list[str] = []
        self.over = threading.Event()

    def __call__(self, environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as the trouble of this caller has it."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        (number,) = parse_qs(body.decode()).get("From", [""])
        trouble = self.troubles.get(number)
        if trouble is not None:
            self.met.append(trouble)
        match trouble:
            case "slow":
                self.over.wait(SLOW)
            case "500":
                answer("500 Internal Server Error", [("Content-Type", "text/plain")])
                return [b"an application error has occurred"]
            case "signature":
                environ["HTTP_X_TWILIO_SIGNATURE"] = "made up"
        return self._app(environ, answer)
