"""A stand-in for the provider's REST API, with its paths and JSON, for the official client."""

import hmac
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Flask, Response, request

from ivr.phone.carrier import Carrier, StatusCallback
from ivr.phone.parameters import API_VERSION
from ivr.phone.transport import HttpTransport
from ivr.provider import calls_and_messages, handsets, recordings
from ivr.provider.files import Drawer
from ivr.provider.state import Faults, PlaceCall, ProviderState, Refuses, desk_of, not_found, problem
from logbook.clock import Clock

__all__ = ["Faults", "PlaceCall", "ProviderState", "create_provider", "desk_of"]

LARGEST_UPLOAD = 64 * 1024 * 1024


def create_provider(
    folder: Path,
    account_sid: str,
    auth_token: str,
    *,
    faults: Faults | None = None,
    place_call: PlaceCall | None = None,
    clock: Clock | None = None,
    refuses: Refuses = lambda _kind, _form: None,
) -> Flask:
    """Return the stand-in as an application that keeps its files below `folder` and dates by `clock`.

    Every route asks for Basic authentication with the account's SID and token. A created call is kept as
    queued; when `place_call` is given it is run in a thread of its own. `desk_of(app).faults` may be replaced
    at any time.

    What it cannot do it refuses, as the API refuses: other resources and methods and parameters it knows
    nothing of. A message comes to our own telephone (`tongdai phone`).
    """
    app = Flask("ivr.provider.app", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_UPLOAD
    known = Drawer(folder), faults or Faults(), place_call, clock or Clock()

    def tell(url: str, fields: Mapping[str, str]) -> None:
        Carrier(HttpTransport(), auth_token).notify(StatusCallback("status", url, "POST", fields))

    app.extensions["desk"] = ProviderState(*known, tell=tell, refuses=refuses)

    @app.before_request
    def only_the_account() -> tuple[Response, int, dict[str, str]] | None:
        given = request.authorization
        name, word = (given.username or "", given.password or "") if given else ("", "")
        known = hmac.compare_digest(name.encode(), account_sid.encode())
        if known & hmac.compare_digest(word.encode(), auth_token.encode()):
            return None
        challenge = {"WWW-Authenticate": 'Basic realm="Provider API"'}
        return *problem(20003, "Authenticate", 401), challenge

    api = Blueprint("api", __name__, url_prefix=f"/{API_VERSION}/Accounts/{account_sid}")
    recordings.add(api)
    calls_and_messages.add(api, "Calls", account_sid)
    calls_and_messages.add(api, "Messages", account_sid)
    app.register_blueprint(api)
    ours = Blueprint("ours", __name__, url_prefix="/standin")
    recordings.add_upload(ours, account_sid)
    handsets.add(ours)
    app.register_blueprint(ours)
    app.register_error_handler(404, lambda _: not_found())
    app.register_error_handler(405, lambda _: problem(20004, "Method not allowed", 405))
    return app
