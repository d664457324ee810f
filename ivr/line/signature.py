"""Checks the provider's signature on every webhook; there is no switch to turn that off.

The signed address is built from the configured public address and the raw path and query, never from
what the request says of itself (T-01, T-03; TEL-6).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote

from flask import Request, abort
from twilio.request_validator import RequestValidator

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
SIGNED_BELOW = "tongdai.signed_below"
"""What a dispatcher before us puts into the environment where the provider signed the address that several
offices share; no header can set it."""


class Signature:
    """Checks the provider's signature for one public address and token."""

    def __init__(self, public_url: str, auth_token: str) -> None:
        """Keep the address and the token."""
        self._public_url = public_url
        self._token = auth_token.encode()
        self._validator = RequestValidator(auth_token)

    def signed_url(self, request: Request) -> str:
        """The address the provider signed, if this is its request."""
        path = quote(request.environ.get("PATH_INFO", ""), safe="/:@!$&'()*+,;=~-._", encoding="latin-1")
        query = request.query_string.decode("latin-1")
        address = request.environ.get(SIGNED_BELOW, self._public_url)
        return f"{address}{path}{'?' + query if query else ''}"

    def demand(self, request: Request) -> None:
        """Let a signed form (or a signed GET of a sound) through; abort with 403, 413 or 415 otherwise."""
        if request.method == "POST" and request.mimetype != FORM:
            abort(415)
        form = request.form
        fields = list(form.lists())
        if sum(len(values) for _, values in fields) > MOST_FIELDS:
            abort(413)
        signature = request.headers.get("X-Twilio-Signature", "")
        posted = request.method == "POST"
        url = self.signed_url(request)
        # Exactly as configured comes first: the validator tries every address in two spellings.
        exact = self.exact(url, fields if posted else ())
        if not signature.isascii() or not (
            hmac.compare_digest(exact, signature)
            or self._validator.validate(url, form if posted else {}, signature)
        ):
            abort(403)

    def exact(self, url: str, fields: Iterable[tuple[str, Iterable[str]]]) -> str:
        """The provider's signature of an address and a form, each value of a field once (TEL-6)."""
        said = "".join(f"{name}{value}" for name, values in sorted(fields) for value in sorted(set(values)))
        return b64encode(hmac.digest(self._token, f"{url}{said}".encode(), "sha1")).decode()
