"""Checks the provider's signature on every webhook; there is no switch to turn that off.

The signed address is built from the configured public address and the raw path and query, never from
what the request says of itself (T-01, T-03; TEL-6).
"""

from __future__ import annotations

import hmac
from urllib.parse import quote

from flask import Request, abort
from twilio.request_validator import RequestValidator

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200


class Signature:
    """Checks the provider's signature for one public address and token."""

    def __init__(self, public_url: str, auth_token: str) -> None:
        """Keep the address and the token."""
        self._public_url = public_url
        self._validator = RequestValidator(auth_token)

    def signed_url(self, request: Request) -> str:
        """The address the provider signed, if this is its request."""
        path = quote(request.environ.get("PATH_INFO", ""), safe="/:@!$&'()*+,;=~-._", encoding="latin-1")
        query = request.query_string.decode("latin-1")
        return f"{self._public_url}{path}{'?' + query if query else ''}"

    def demand(self, request: Request) -> None:
        """Let a signed form (or a signed GET of a sound) through; abort with 403, 413 or 415 otherwise."""
        if request.method == "POST" and request.mimetype != FORM:
            abort(415)
        form = request.form
        if sum(len(values) for _, values in form.lists()) > MOST_FIELDS:
            abort(413)
        signature = request.headers.get("X-Twilio-Signature", "")
        parameters = form if request.method == "POST" else {}
        url = self.signed_url(request)
        # Exactly as configured comes first: the validator tries every address in two spellings.
        exact = self._validator.compute_signature(url, parameters)
        if not signature.isascii() or not (
            hmac.compare_digest(exact, signature) or self._validator.validate(url, parameters, signature)
        ):
            abort(403)
