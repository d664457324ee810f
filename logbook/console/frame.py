"""The console's frame: the signed-in person, their rights, and how a page is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from logbook.accounts import kept_forms, sessions
from logbook.accounts.rights import Act, Person, may
from logbook.console.cookies import Cookies
from logbook.console.forms import refused, seal, taken
from logbook.console.forms.in_memory import InMemory
from logbook.console.forms.once import Once, SentBeforeError
from logbook.console.menu import MenuEntry, MenuGroup, grouped
from logbook.console.words import Words
from logbook.database import samples
from logbook.database.engine import DatabaseBusyError
from logbook.guards import Guarding, guarded_by
from logbook.installation import Installation
from logbook.plain_text import TooLongError
from logbook.printing import PrintingMissingError

log = structlog.get_logger("logbook.console")
LARGEST_FORM = 2 * 1024 * 1024
"""Bytes of a form. A letter of Vietnamese takes up to nine as a browser sends it, so that a text longer than
any field still arrives, and can be refused with its words kept."""
LONGEST_PASTE = LARGEST_FORM // 9
_ERRORS = {400: "form_stale", 403: "error_forbidden", 404: "error_missing", 413: "error_too_long"}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

Elsewhere = Callable[[HTTPException], BaseResponse]


class ConsoleFrame:
    """One installation's console: pages add themselves with `page`, and ask it for everything else."""

    def __init__(
        self, installation: Installation, menu: Sequence[MenuEntry] = (), elsewhere: Elsewhere | None = None
    ) -> None:
        """An empty console; `elsewhere` answers where an address leads nowhere that is not below /console."""
        self.menu, self._elsewhere = tuple(menu), elsewhere
        self.installation = installation
        self.settings = installation.settings
        self.cookies = Cookies(self.settings.public_url)
        self.blueprint = Blueprint(
            "console",
            __name__,
            url_prefix="/console",
            template_folder="templates",
            static_folder=None,
        )
        self.blueprint.context_processor(self._common)
        self.blueprint.register_error_handler(HTTPException, self._explain)
        self.blueprint.register_error_handler(DatabaseBusyError, self._busy)
        self.blueprint.register_error_handler(TooLongError, self._too_long)
        self.blueprint.register_error_handler(PrintingMissingError, self._no_printing)
        self.blueprint.register_error_handler(SentBeforeError, taken.sent_before)
        self.blueprint.after_request(lambda response: taken.settle(self, response))
        for status in (404, 405):
            self.blueprint.app_errorhandler(status)(self._nowhere)

    # --- adding pages

    def page(
        self, rule: str, act: Act, methods: Sequence[str] = ("GET",), largest: int = LARGEST_FORM
    ) -> Guarding:
        """Add a view at `rule` for whoever may do `act`; every unsafe method needs the form's token.

        `largest` are the bytes a request may have.
        """

        def add(view: Any) -> Any:
            marked = guarded_by(lambda: self._let_in(act, largest))(view)
            marked.act = act
            self.blueprint.add_url_rule(rule, view_func=marked, methods=list(methods))
            return marked

        return add

    # --- what a view asks for

    @property
    def now(self) -> datetime:
        """The office's clock."""
        return self.installation.clock.now()

    @property
    def secret(self) -> str:
        """The installation's key."""
        return self.settings.secret_key.get_secret_value()

    @property
    def person(self) -> Person:
        """Who is signed in."""
        session: sessions.SignInSession = g.session
        return session.person

    @property
    def words(self) -> Words:
        """The sentences in the language of the signed-in person."""
        session: sessions.SignInSession | None = g.get("session")
        language = session.person.language if session else self.settings.line.language
        return Words(self.installation.texts[language])

    @property
    def mark(self) -> str:
        """What stands on every document: that it is of a trial, or of a sample month; "" otherwise."""
        if self.settings.is_trial:
            return self.words("trial_mark")
        return self.words("samples_mark") if self._samples() else ""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write; a form is stored in it once (SentBeforeError the second time)."""
        once: Once | None = g.get("once")
        with self.installation.database.writing() as conn:
            if once is None or once.held:
                yield conn
            else:
                with once.storing(conn, self.now):
                    yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with self.installation.database.reading() as conn:
            yield conn

    def show(self, template: str, **values: object) -> str:
        """A page; whoever is shown one instead of being led on has stored nothing."""
        if once := g.get("once"):
            once.shown = True
        return refused.put_back(self, render_template(f"console/{template}", **values))

    def demand(self, act: Act, case: Any = None) -> None:
        """Abort with 404 where the person may not do `act` to `case`: what is not theirs is not there."""
        if not may(self.person, act, case):
            abort(404)

    def back(self, endpoint: str, message: str = "", *, done: bool = True, **values: Any) -> BaseResponse:
        """After a form: go on to a page, with a text key to say there; not `done` where nothing changed."""
        if message:
            values["said" if done else "not_done"] = message
        target = url_for(f"console.{endpoint}", **values)
        if once := g.get("once"):
            once.answer, once.refused = target, not done
        return redirect(target, code=303)

    # --- letting in

    def _let_in(self, act: Act, largest: int) -> BaseResponse | str | None:
        request.max_content_length, request.max_form_memory_size = largest, LARGEST_FORM
        request.form_data_parser_class = InMemory
        session = self.current()
        if session is None or not session.complete:
            return redirect(url_for("console.sign_in_page", next=self._here()), code=303)
        g.session = session
        if request.method in UNSAFE and not seal.fits(
            request.form.get("form_token", ""), session, self.secret
        ):
            taken.keep_for_another(self, session)
            abort(400, "form")
        if not may(session.person, act):
            abort(403)
        if session.person.must_change_password and act is not Act.OWN_ACCOUNT:
            if request.method in UNSAFE:
                refused.keep(self, session.person.id)
            return redirect(url_for("console.account"), code=303)
        if request.method in UNSAFE and act is not Act.OWN_ACCOUNT:
            taken.take(self, session)
        return None

    @property
    def token(self) -> str:
        """The session's token as this browser names it."""
        return self.cookies.read(self.cookies.session)

    def current(self) -> sessions.SignInSession | None:
        """The session of this request; its last use is stored at most once a minute."""
        token = self.token
        if not token:
            return None
        with self.reading() as conn:
            session = sessions.of_token(conn, token, self.now)
            due = session is not None and sessions.is_due_to_be_seen(conn, token, self.now)
        if due:
            with self.writing() as conn:
                sessions.seen(conn, token, self.now)
        return session

    def _explain(self, error: HTTPException) -> tuple[str, int]:
        """An error as a page that says what to do next."""
        status = error.code or 500
        key = refused.too_large(status) or _ERRORS.get(status, "error_other")
        again = status in (400, 500)
        returned = refused.returned(self, again=again)
        return self.show("error.html", key=key, longest=LONGEST_PASTE, **returned), status

    def _nowhere(self, error: HTTPException) -> HTTPException | BaseResponse | tuple[str, int]:
        """An address that leads nowhere, or where only a form is sent."""
        if not request.path.startswith(f"{self.blueprint.url_prefix}/"):
            return self._elsewhere(error) if self._elsewhere else error
        with suppress(DatabaseBusyError):
            if (session := self.current()) is not None and session.complete:
                g.session = session
        return self.show("error.html", key="error_missing", **self._common()), error.code or 404

    def _busy(self, error: DatabaseBusyError) -> tuple[str, int]:
        """The database could not be written for now; nothing was changed."""
        log.warning("the database is busy", path=request.path, error=str(error))
        if once := g.get("once"):
            once.held = False  # a commit that broke off may have happened: then its key stands rightly
        return self.show("error.html", key="error_busy", **refused.returned(self, again=True)), 503

    def _no_printing(self, missing: PrintingMissingError) -> tuple[str, int]:
        """What prints is not installed; the page says what to ask for."""
        return self.show("error.html", key=str(missing.args[0]), **refused.returned(self, again=False)), 501

    def _too_long(self, words: TooLongError) -> tuple[str, int]:
        """Words that do not fit are never cut: they come back whole, with how long they may be."""
        returned = refused.returned(self, again=True)
        return self.show(
            "error.html", key="words_too_long", given=words.given, limit=words.limit, **returned
        ), 400

    def _here(self) -> str:
        """Where to go on once somebody has signed in: this page, or that of the form, with its words."""
        if request.method == "GET":
            return request.full_path.rstrip("?")
        return refused.keep(self, seal.owner(refused.seal(), self.secret))

    def keep_cookie(self, response: BaseResponse, token: str) -> BaseResponse:
        """Hand the session to the browser: unreadable by scripts, never sent by other sites' forms."""
        self.cookies.keep(response, self.cookies.session, token)
        return response

    def drop_cookie(self, response: BaseResponse) -> BaseResponse:
        """Delete the session cookie in the browser."""
        self.cookies.drop(response, self.cookies.session)
        return response

    def _said(self, name: str) -> str:
        """The key in the address, where it is a sentence that needs no words; anything else is not said."""
        key = request.args.get(name, "")
        catalogue = self.installation.texts[self.words.language]
        return key if key in catalogue.sentences and not catalogue.words_of(key) else ""

    def _samples(self) -> bool:
        """Whether pages say that they show a sample month; only a demonstration has one."""
        if not self.settings.is_demo:
            return False
        try:
            with self.reading() as conn:
                return samples.any_samples(conn)
        except DatabaseBusyError:
            return False

    def _menu_groups(self) -> list[MenuGroup]:
        """The menu of the person signed in: pages there are, and that they may see."""
        views, person = current_app.view_functions, self.person
        seen = (one for one in self.menu if f"console.{one.endpoint}" in views and may(person, Act(one.act)))
        return grouped(seen)

    def _common(self) -> dict[str, object]:
        session: sessions.SignInSession | None = g.get("session")
        return {
            "w": self.words,
            "person": session.person if session else None,
            "can": lambda act, case=None: session is not None and may(session.person, Act(act), case),
            "form_token": seal.issue(session, self.secret) if session else "",
            "unsent": lambda: refused.unsent(self),
            "kept_until": lambda kept: kept.at + kept_forms.KEPT,
            "kept_page": lambda kept: refused.opened(kept.page, kept.key),
            "has_page": lambda name: f"console.{name}" in current_app.view_functions,
            "office": self.settings.office,
            "line": self.settings.line,
            "menu_groups": self._menu_groups,
            "demo": self.settings.is_demo,
            "trial": self.settings.is_trial,
            "samples": self._samples(),
            "said": self._said("said"),
            "not_done": self._said("not_done"),
            "now": self.now,
        }


def local_path(target: str) -> str:
    """`target` when it is a path of ours, else the console's front page (T-15: no open redirect, no 500)."""
    ours = target.startswith(("/console/", "/console?")) or target == "/console"
    return target if ours and "\\" not in target and target.isprintable() else "/console/"
