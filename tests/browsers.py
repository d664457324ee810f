"""A browser without a screen: it opens the sign-in form before it sends it, as a real one does."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from logbook.console.cookies import COOKIE

SENT_BEFORE_A_SESSION = frozenset({"/console/sign-in", "/console/second-factor"})
_TOKEN = re.compile(r'name="form_token" value="([0-9]+[.][0-9a-f.]+)"')


class Browser(FlaskClient):
    """A test client that fills in the token of the sign-in form where a test says nothing of it."""

    def post(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a form."""
        form = kwargs.get("data")
        if args[0] in SENT_BEFORE_A_SESSION and isinstance(form, dict) and "form_token" not in form:
            kwargs["data"] = form | {"form_token": self.sign_in_token(**self._from(kwargs))}
        return super().post(*args, **kwargs)

    def sign_in_token(self, **sent_from: Any) -> str:
        """The token of a sign-in form opened now."""
        page = self.get("/console/sign-in", **sent_from)
        if page.status_code == 303:  # somebody is signed in here: the form of before that
            before = Browser(self.application)
            token = before.sign_in_token(**sent_from)
            kept = before.get_cookie(f"{COOKIE}-form")
            assert kept is not None
            self.set_cookie(kept.key, kept.value)
            return token
        found = _TOKEN.search(page.text)
        assert found is not None, page.text
        return found[1]

    @staticmethod
    def _from(kwargs: dict[str, Any]) -> dict[str, Any]:
        return {name: kwargs[name] for name in ("environ_base", "headers") if name in kwargs}


def with_browsers(app: Flask) -> Flask:
    """The same app; whoever asks it for a test client gets a browser."""
    app.test_client_class = Browser
    return app
