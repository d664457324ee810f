"""The set-up assistant in the browser: one page, on this machine only, behind a link that works once."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, abort, redirect, render_template, request

from ivr.commands.setting_up.answers import read
from ivr.commands.setting_up.installing import NotEmptyError, SetUp, demand_empty, install
from ivr.commands.setting_up.questions import PARTS, QUESTIONS, QuestionKind
from ivr.commands.setting_up.terminal import said
from ivr.running.own_name import own_name
from logbook.accounts.accounts import AccountRefusedError
from logbook.settings.communes import communes
from logbook.settings.errors import SettingsError
from logbook.texts.catalogue import Catalogue, load_texts

COOKIE = "tongdai-setup"
LARGEST = 64 * 1024


class SetupPages:
    """The page and what came of it; `done` ends the server, `sample` asks for the sample month next."""

    def __init__(self, folder: Path, port: int) -> None:
        """Ask for the installation in `folder`; only this machine's own names are answered."""
        self.folder = folder
        self.link = secrets.token_urlsafe(24)
        """Works once, and gives the browser its cookie."""
        self.made: SetUp | None = None
        self.sample = False
        self._shown = False
        self._cookie = secrets.token_urlsafe(24)
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._texts = load_texts()
        self.app = self._app()

    @property
    def done(self) -> bool:
        """Whether everything is set up, and the browser has the page that says so."""
        return self._shown

    def _app(self) -> Flask:
        app = Flask("setup", root_path=str(Path(__file__).parent), static_folder=None)
        app.config.update(MAX_CONTENT_LENGTH=LARGEST, MAX_FORM_MEMORY_SIZE=LARGEST)
        app.before_request(self._only_here)
        app.add_url_rule("/", view_func=self._page, methods=["GET"])
        app.add_url_rule("/", view_func=self._sent, methods=["POST"], endpoint="sent")
        app.add_url_rule("/begin/<link>", view_func=self._begin)

        @app.errorhandler(NotEmptyError)
        def there_already(problem: NotEmptyError) -> tuple[str, int]:
            return str(problem), 409

        @app.after_request
        def headers(response: Response) -> Response:
            policy = (
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
            )
            response.headers["Content-Security-Policy"] = policy
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
            if self.made is not None:
                response.call_on_close(self._end)
            return response

        return app

    def _only_here(self) -> None:
        """Refuse other names (a page elsewhere that points its own name here), and whoever has no cookie."""
        if request.host not in self._hosts:
            abort(421)
        if request.endpoint == "_begin":
            return
        if not hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._cookie.encode()):
            abort(Response(self._words.sentence("setup_closed"), 403, mimetype="text/plain"))
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            abort(403)

    def _begin(self, link: str) -> Response:
        if not self.link or not hmac.compare_digest(link.encode(), self.link.encode()):
            return Response(self._words.sentence("setup_closed"), 403, mimetype="text/plain")
        self.link = ""
        answer = redirect("/", 303)
        answer.set_cookie(COOKIE, self._cookie, httponly=True, samesite="Strict")
        return Response(answer.get_data(), 303, list(answer.headers))

    def _end(self) -> None:
        self._shown = True

    @property
    def _words(self) -> Catalogue:
        return self._texts["en" if request.values.get("lang") == "en" else "vi"]

    def _page(self) -> str:
        demand_empty(self.folder)
        return self._form({question.name: question.default for question in QUESTIONS}, {}, "")

    def _sent(self) -> tuple[str, int]:
        answers, problems = read(request.form)
        words = self._words
        if problems:
            wrong = {name: said(words, problem) for name, problem in problems.items()}
            head = words.sentence("setup_wrong", {"count": str(len(wrong))})
            return self._form(request.form, wrong, head), 422
        try:
            self.made = install(self.folder, answers)
        except SettingsError as problem:
            why = problem.problems[0]
            told = f"{why.key}: {why.english if words.language == 'en' else why.vietnamese}"
            return self._form(request.form, {}, words.sentence("setup_settings_wrong", {"why": told})), 422
        except AccountRefusedError as refused:
            why_not = words.sentence("setup_account_wrong", {"why": words.sentence(refused.args[0])})
            return self._form(request.form, {}, why_not), 422
        self.sample = request.form.get("sample") == "yes"
        return render_template(
            "done.html", words=words, made=self.made, sample=self.sample, program=own_name(self.made.folder)
        ), 200

    def _form(self, given: Mapping[str, str], wrong: Mapping[str, str], head: str) -> str:
        return render_template(
            "form.html",
            words=self._words,
            parts=PARTS,
            questions=QUESTIONS,
            kinds=QuestionKind,
            given=given,
            wrong=wrong,
            head=head,
            communes=communes(),
        )
