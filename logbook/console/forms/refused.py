"""Gives the words of a refused form back, or keeps them until their writer has signed in.

Nothing is ever sent by itself: whoever wrote the words sees them in the form again and presses once more.
Words come back only to whoever wrote them, by the form's seal; passwords and codes never do.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, g, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from logbook.accounts import kept_forms
from logbook.accounts.kept_forms import KeptForm
from logbook.accounts.sessions import SignInSession
from logbook.console.forms import filling
from logbook.console.forms import seal as form_seal
from logbook.console.forms.console import Console
from logbook.ids import PersonId

Fields = list[tuple[str, str]]
MARK = "<!--kept-->"
"""Where the layout says what became of kept words; no word of anybody can contain it, `<` is escaped."""
SHOWN_ON = frozenset({"console.today", "console.account"})
"""Pages that name whatever waits for its writer."""
_NOT_WORDS = frozenset({"form_token", "kept", "version", "from", "seen", "known", "preview", "recording"})
_SECRET = ("/sign-in", "/second-factor", "/account")
"""Below the console: forms with passwords and codes, which nobody keeps or shows."""
_PASSING = frozenset({"said", "not_done", "kept"})
_SHORT = 40


TOO_LARGE = {"console.record_prompt": "prompts_sound_large"}
"""What is said of a request that is too large, where it brings no words but a file."""


def too_large(status: int) -> str:
    """The sentence of this request's page for a file that is too large; "" for anything else."""
    return TOO_LARGE.get(request.endpoint or "", "") if status == 413 else ""


def fields() -> Fields:
    """Everything the form holds but its seal; nothing when it is too long to be read."""
    try:
        return [(name, value) for name, value in request.form.items(multi=True) if name != "form_token"]
    except RequestEntityTooLarge:
        return []


def seal() -> str:
    """The seal the form came with."""
    try:
        return request.form.get("form_token", "")
    except RequestEntityTooLarge:
        return ""


def has_words(given: Fields) -> bool:
    """Whether anything was written or chosen that would be missed."""
    prefix = "/console"
    secret = request.path.startswith(tuple(f"{prefix}{part}" for part in _SECRET))
    return not secret and any(value.strip() for name, value in given if name not in _NOT_WORDS)


def is_text(value: str) -> bool:
    """Whether a field looks like words somebody wrote, and not like a choice or a number."""
    return len(value) > _SHORT or " " in value.strip() or "\n" in value.strip()


def keep(desk: Console, person_id: PersonId | None) -> str:
    """Keep the form of this request for its writer and return the page it stands on, to be opened again."""
    page, given = page_of(), fields()
    if person_id is None or not has_words(given):
        return page
    with desk.writing() as conn:
        key = kept_forms.keep(conn, person_id, request.path, page, given, desk.now)
    return page if key is None else opened(page, key)


def opened(page: str, key: str) -> str:
    """The address of a page with kept words in it."""
    return f"{page}{'&' if '?' in page else '?'}kept={key}"


def page_of() -> str:
    """The page the form of this request stands on: where it was sent from, else the nearest one above it."""
    came = urlsplit(request.headers.get("Referer", ""))
    kept = [(name, value) for name, value in parse_qsl(came.query) if name not in _PASSING]
    if came.netloc == request.host and _is_page(came.path):
        return f"{came.path}?{urlencode(kept)}" if kept else came.path
    path = request.path
    while path.startswith("/console/") and not _is_page(path):
        path = path.rstrip("/").rpartition("/")[0]
    return path if _is_page(path) else "/console/"


def _is_page(path: str) -> bool:
    if not path.startswith("/console/") or path.startswith(("/console/sign-", "/console/static/")):
        return False
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True


def is_writers(desk: Console) -> bool:
    """Whether the words of this request may be shown to whoever sent it.

    They may when the form was shown to this person, or, before anybody could be asked who it is, in the
    session this browser still names. A form without a seal of ours came from this site all the same when it
    came with a living session, unless the browser says otherwise.
    """
    session: SignInSession | None = g.get("session")
    given = seal()
    owner = form_seal.owner(given, desk.secret)
    if session is not None:
        ours = request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
        return owner == session.person.id or (owner is None and ours)
    return owner is not None and form_seal.is_of_token(given, desk.token)


def returned(desk: Console, *, again: bool) -> Mapping[str, object]:
    """What the page of an error shows of the form it is about: its words, and a button where it may be tried.

    The seal it came with serves where the database cannot be asked who is there.
    """
    given = fields() if request.method == "POST" else []
    if not has_words(given) or not is_writers(desk):
        return {}
    return {
        "words": [(name, value, is_text(value)) for name, value in given if name != "preview"],
        "again": again,
        "action": request.path,
        "sent_token": seal(),
    }


# --- kept words on the page they were written on


def opened_here(desk: Console) -> KeptForm | None:
    """The kept form the address names, for its writer alone."""
    key = request.args.get("kept", "")
    session: SignInSession | None = g.get("session")
    if request.method != "GET" or session is None or not _is_key(key):
        return None
    if "kept_form" not in g:
        with desk.reading() as conn:
            g.kept_form = kept_forms.kept(conn, session.person.id, key, desk.now)
    found: KeptForm | None = g.kept_form
    return found


def put_back(desk: Console, page: str) -> str:
    """A finished page with kept words in their form, and above it what happened to them."""
    if request.method == "POST":
        key = g.get("kept_key", "")
        return filling.mark(page, request.path, key) if key else page
    kept = opened_here(desk)
    if kept is None:
        return page
    filled = filling.fill(page, kept.path, kept.fields, kept.key)
    words = [(name, value) for name, value in kept.fields if name not in _NOT_WORDS and value.strip()]
    notice = render_template("console/kept_notice.html", kept=kept, there=filled is not None, words=words)
    return (filled or page).replace(MARK, notice, 1)


def remember_key() -> None:
    """Note under which key the words of this form were kept, so that they go once it is stored."""
    key = request.form.get("kept", "")
    g.kept_key = key if _is_key(key) else ""


def _is_key(key: str) -> bool:
    return len(key) == 32 and key.isascii() and key.isalnum()


def unsent(desk: Console) -> list[KeptForm]:
    """What waits for the signed-in person, on the pages that say so."""
    session: SignInSession | None = g.get("session")
    if session is None or request.endpoint not in SHOWN_ON or request.args.get("kept"):
        return []
    with desk.reading() as conn:
        return kept_forms.waiting(conn, session.person.id, desk.now)
