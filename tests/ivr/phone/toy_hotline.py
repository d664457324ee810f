"""A hotline of a few lines for testing the telephone: each path has a document; signatures count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from twilio.request_validator import RequestValidator
from werkzeug.wrappers import Request, Response

from ivr.phone.behaviour import Behaviour
from ivr.phone.scripted import Action
from tests.caller import Caller

TOKEN = "toy-token"
Answer = str | Response | Callable[[dict[str, str]], "str | Response"]


@dataclass
class ToyHotline:
    """Answers from a table; "*" is any other path. Keeps each request as (path, form, headers)."""

    pages: Mapping[str, Answer]
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        params = request.form.to_dict() or request.args.to_dict()
        self.requests.append((request.path, params, dict(request.headers)))
        url = "https://tongdai.example" + environ["REQUEST_URI"]
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(TOKEN).validate(url, request.form, signature):
            return Response("signature", 403)(environ, start_response)
        answer = self.pages.get(request.path, Response(status=404))
        if callable(answer) and not isinstance(answer, Response):
            answer = answer(params)
        response = answer if isinstance(answer, Response) else twiml(answer)
        return response(environ, start_response)

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [path for path, _, _ in self.requests]

    def forms(self, path: str) -> list[dict[str, str]]:
        """The parameters of the requests to one path, in order."""
        return [form for asked, form, _ in self.requests if asked == path]


def twiml(verbs: str) -> Response:
    return Response(f"<Response>{verbs}</Response>", content_type="text/xml; charset=utf-8")


def call(
    pages: Mapping[str, Answer], *first: Action, behaviour: Behaviour | None = None, **how: Any
) -> tuple[Caller, ToyHotline]:
    """A caller at a toy hotline; the status callback and fallback are off unless a page is there for them."""
    toy = ToyHotline(pages)
    how.setdefault("status_path", "/ivr/status" if "/ivr/status" in pages else "")
    how.setdefault("fallback_path", "/ivr/fallback" if "/ivr/fallback" in pages else "")
    return Caller(toy, TOKEN, first=first, behaviour=behaviour, **how), toy
