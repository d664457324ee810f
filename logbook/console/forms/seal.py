"""The hidden field of every form: proof that it is ours, whose it is, and which showing of the page it is of.

64 hex digits: the person, a mark of the session, a number drawn anew each time the page is shown, and a
signature. So it says whose words they are when the session is over and its row is gone (T-15).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string

from logbook.accounts import sessions
from logbook.accounts.sessions import SignInSession
from logbook.ids import PersonId

_PERSON, _MARK, _NONCE = 8, 16, 12
_HEAD = _PERSON + _MARK + _NONCE
_LENGTH = 64
_HEX = frozenset(string.hexdigits.lower())


def issue(session: SignInSession, secret: str) -> str:
    """A new seal for a page of this session."""
    return _signed(f"{session.person.id:08x}{_mark(session.token)}{secrets.token_hex(_NONCE // 2)}", secret)


def owner(given: str, secret: str) -> PersonId | None:
    """The id of the person in whose session we showed the form; None when the seal is not ours."""
    if len(given) != _LENGTH or not _HEX.issuperset(given):
        return None
    ours = hmac.compare_digest(given, _signed(given[:_HEAD], secret))
    return PersonId(int(given[:_PERSON], 16)) if ours else None


def fits(given: str, session: SignInSession, secret: str) -> bool:
    """Whether the form is of this session; pages shown before an upgrade carry `sign_in.form_token`."""
    before = sessions.form_token(session.token, secret)
    if hmac.compare_digest(before.encode(), given.encode(errors="replace")):
        return True
    return is_of_token(given, session.token) and owner(given, secret) == session.person.id


def is_of_token(given: str, token: str) -> bool:
    """Whether a seal names the session of this token, over or not; `owner` says whether the seal is ours."""
    return bool(token) and given[_PERSON : _PERSON + _MARK] == _mark(token)


def _mark(token: str) -> str:
    return hashlib.sha256(f"mark:{token}".encode()).hexdigest()[:_MARK]


def _signed(head: str, secret: str) -> str:
    signature = hmac.new(secret.encode(), f"form-seal:{head}".encode(), hashlib.sha256).hexdigest()
    return head + signature[: _LENGTH - _HEAD]
