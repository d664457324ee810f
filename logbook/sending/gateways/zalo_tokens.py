"""The tokens of Zalo's OAuth, kept encrypted: each refresh token is used once and replaced by its answer.

The first one comes from the environment. Who asks notes so before asking, so that nobody else uses the same
token meanwhile, and an answer that was lost is seen. A new first token in the environment counts at once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from pydantic import SecretStr
from sqlalchemy import Connection, Row, select, update

from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.database.personal_names import NameKeys
from logbook.database.tables import zalo_tokens as table
from logbook.database.upsert import InsertInto, PerDatabase
from logbook.plain_text import plain_text
from logbook.provider import ProviderError
from logbook.sending.gateways.asking import ask

PATH = "/v4/oa/access_token"
MARGIN = timedelta(minutes=10)
"""An access token is replaced so long before it ends."""
AT_LEAST, AT_MOST = 60, 30 * 86_400
"""Seconds for which an access token may hold; Zalo's holds 25 hours."""
SOMEBODY_ASKS = timedelta(minutes=2)
"""How long an answer may take before it counts as lost and is asked for again."""
REFUSED_FOR = timedelta(minutes=10)
"""How long after a refusal nobody asks again, unless there is a new first token."""
KEPT_WITHIN = 30.0
"""Seconds for which an answer of Zalo is tried to be stored."""
_ONLY = 1


@dataclass(frozen=True, slots=True)
class ZaloState:
    """What can be said of the tokens: until when the access token holds, when it was renewed, what failed."""

    expires_at: datetime | None
    renewed_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ZaloTokens:
    """The tokens of one installation; `first` is the refresh token from the environment."""

    database: Database
    clock: Clock
    keys: NameKeys
    url: str
    app_id: str
    app_secret: SecretStr
    first: SecretStr
    pause: Callable[[float], object] = time.sleep

    def access(self) -> str:
        """Return an access token that holds, fetching one where needed (ProviderError).

        No transaction is open while Zalo is asked.
        """
        with self.database.reading() as conn:
            row = _row(conn)
        kept = self._holding(row)
        if kept is not None:
            return kept
        return self._renewed()

    def is_stale(self, access: str) -> None:
        """Note that Zalo does not take this access token, so that the next try fetches another."""
        with self.database.writing() as conn:
            row = _row(conn, lock=True)
            if row is not None and self._read(row.access) == access:
                _change(conn, expires_at=None)

    def _holding(self, row: Row[Any] | None) -> str | None:
        """The access token of the row if it holds and comes from the first token that counts now."""
        if row is None or row.seed != self._seed or row.expires_at is None:
            return None
        return self._read(row.access) if row.expires_at - MARGIN > self.clock.now() else None

    def _renewed(self) -> str:
        with self.database.writing() as conn:
            row = _row(conn, lock=True)
            kept = self._holding(row)
            if kept is not None:
                return kept
            refresh = self._taken(conn, row)
        answer = self._ask(refresh)
        access, following = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(access, str) or not isinstance(following, str) or not access or not following:
            self._refused(answer)
        self._keep(access, following, _seconds(answer.get("expires_in")))
        return access

    def _keep(self, access: str, following: str, seconds: int) -> None:
        """Store both tokens, trying while the database is busy: Zalo gives them once (DatabaseBusyError)."""
        now, begun = self.clock.now(), self.clock.monotonic()
        while True:
            try:
                with self.database.writing() as conn:
                    _change(
                        conn,
                        refresh=self.keys.seal(following),
                        access=self.keys.seal(access),
                        expires_at=now + timedelta(seconds=seconds),
                        asked_at=None,
                        renewed_at=now,
                        error=None,
                    )
                return
            except DatabaseBusyError:
                if self.clock.monotonic() - begun > KEPT_WITHIN:
                    raise
            self.pause(1.0)

    def _taken(self, conn: Connection, row: Row[Any] | None) -> str:
        """The refresh token to be used now, noted as being used (ProviderError: somebody else's turn)."""
        now = self.clock.now()
        if row is None or row.seed != self._seed:
            refresh = self.first.get_secret_value()
            new = {"id": _ONLY, "seed": self._seed, "refresh": self.keys.seal(refresh), "asked_at": now}
            if conn.execute(_FIRST.on(conn), new).first() is None:
                raise ProviderError("the refresh token is being used", later=True)
            return refresh
        if row.error is not None and row.asked_at is not None and now - row.asked_at < REFUSED_FOR:
            raise ProviderError("Zalo refused the refresh token", permanent=True)
        if row.error is None and row.asked_at is not None and now - row.asked_at < SOMEBODY_ASKS:
            raise ProviderError("the refresh token is being used", later=True)
        kept = self._read(row.refresh)
        if kept is None:
            raise ProviderError("the refresh token cannot be read with TONGDAI_DATA_KEY", permanent=True)
        _change(conn, asked_at=now)
        return kept

    def _ask(self, refresh: str) -> Mapping[str, Any]:
        form = {"refresh_token": refresh, "app_id": self.app_id, "grant_type": "refresh_token"}
        headers = {"secret_key": self.app_secret.get_secret_value()}
        try:
            return ask("Zalo", "POST", self.url + PATH, data=form, headers=headers)
        except ProviderError as error:
            # Whatever became of the question, no message was sent; a token that never arrived is still good.
            if error.later:
                with self.database.writing() as conn:
                    _change(conn, asked_at=None)
            raise ProviderError(str(error), later=True) from None

    def _refused(self, answer: Mapping[str, Any]) -> NoReturn:
        said = plain_text(str(answer.get("error_name") or answer.get("error") or "?"), 80)
        with self.database.writing() as conn:
            _change(conn, asked_at=self.clock.now(), expires_at=None, error=said)
        raise ProviderError(f"Zalo refused the refresh token: {said}", permanent=True)

    @property
    def _seed(self) -> str:
        return hashlib.sha256(b"zalo:" + self.first.get_secret_value().encode()).hexdigest()

    def _read(self, sealed: str | None) -> str | None:
        return None if sealed is None else self.keys.read(sealed)


def state(conn: Connection) -> ZaloState | None:
    """Return how the tokens stand; None before the first was used."""
    row = _row(conn)
    return None if row is None else ZaloState(row.expires_at, row.renewed_at, row.error)


def rotate(database: Database, keys: NameKeys) -> None:
    """Encrypt the tokens with the newest key; what no key reads stays as it is."""
    with database.writing() as conn:
        row = _row(conn, lock=True)
        kept = {} if row is None else {"refresh": row.refresh, "access": row.access}
        read = {name: keys.read(sealed) for name, sealed in kept.items() if sealed is not None}
        new = {name: keys.seal(text) for name, text in read.items() if text is not None}
        if new:
            _change(conn, **new)


def _row(conn: Connection, *, lock: bool = False) -> Row[Any] | None:
    query = select(table).where(table.c.id == _ONLY)
    if lock:
        query = query.with_for_update()
    return conn.execute(query).first()


def _change(conn: Connection, **values: Any) -> None:
    conn.execute(update(table).where(table.c.id == _ONLY).values(**values))


def _first(insert: InsertInto) -> Any:
    new = insert(table)
    kept = {name: new.excluded[name] for name in ("seed", "refresh", "asked_at")}
    emptied = dict.fromkeys(("access", "expires_at", "renewed_at", "error"))
    other = table.c.seed != new.excluded.seed  # nobody takes a first token that another took meanwhile
    put = new.on_conflict_do_update(index_elements=["id"], set_={**kept, **emptied}, where=other)
    return put.returning(table.c.id)


_FIRST = PerDatabase(_first)


def _seconds(value: object) -> int:
    text = str(value)
    return min(max(int(text), AT_LEAST), AT_MOST) if text.isascii() and text.isdecimal() else AT_LEAST
