"""Asks the provider for its recordings, and takes in those whose callback never came (F-26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from sqlalchemy import Connection, func, select, update

from logbook import provider
from logbook.database.tables import calls, tickets
from logbook.database.tables import recordings as table
from logbook.plain_text import plain_text
from logbook.process import time_limit
from logbook.provider import ProviderError
from logbook.recordings import recordings

AT_MOST = 2_000
_PIECE = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A recording at the provider: its name there, its call's, when it was made, its seconds.

    A time that cannot be read counts as long ago.
    """

    sid: str
    call_sid: str
    made_at: datetime
    seconds: int | None


class RecordingsAtProvider:
    """The list of one account's recordings; never asked inside a transaction."""

    def __init__(self, api_url: str, account_sid: str, auth_token: str, *, total: float = 45.0) -> None:
        """Remember where to ask, and how many seconds all pages may take; nothing is sent yet."""
        self._account = (api_url, account_sid, auth_token)
        self._total = total

    def since(self, moment: datetime) -> list[Held]:
        """Return what was recorded after `moment`, at most 2,000; ProviderError when it cannot be asked."""
        return self._listed(date_created_after=moment)

    def of_call(self, call_sid: str) -> list[Held]:
        """Return what was recorded in one call (ProviderError)."""
        return [one for one in self._listed(call_sid=call_sid) if one.call_sid == call_sid]

    def _listed(self, **which: Any) -> list[Held]:
        from twilio.base.exceptions import TwilioException, TwilioRestException

        api = provider.client(*self._account)
        try:
            found = time_limit.within(
                self._total,
                lambda: api.recordings.list(**which, limit=AT_MOST, page_size=_PIECE),
            )
            return [
                Held(
                    str(one.sid),
                    plain_text(str(one.call_sid), 64),
                    provider.moment(one.date_created),
                    _seconds(one.duration),
                )
                for one in found
            ]
        except time_limit.TookTooLongError as error:
            raise ProviderError(f"{error} while asking the provider") from error
        except TwilioRestException as error:
            raise ProviderError(f"HTTP {error.status}", permanent=400 <= error.status < 500) from error
        except (TwilioException, requests.RequestException, OSError, ValueError) as error:
            raise ProviderError(f"{type(error).__name__} while asking the provider") from error
        except (AttributeError, KeyError, TypeError) as error:
            raise ProviderError("an answer of another shape than the provider's") from error
        finally:
            session = getattr(api.http_client, "session", None)
            if session is not None:
                session.close()


def not_here(conn: Connection, held: Sequence[Held]) -> list[Held]:
    """Return those no row knows; one that was deleted by rule is known and not taken in again."""
    wanted = [one for one in held if recordings.SID.fullmatch(one.sid)]
    known: set[str] = set()
    for start in range(0, len(wanted), _PIECE):
        sids = [one.sid for one in wanted[start : start + _PIECE]]
        known |= set(conn.execute(select(table.c.sid).where(table.c.sid.in_(sids))).scalars())
    return [one for one in wanted if one.sid not in known]


def not_used(conn: Connection, held: Sequence[Held]) -> list[tuple[Held, int | None]]:
    """Return those no row knows, and those of which nothing came, with the turn they were heard of in.

    Telling the line of one of the latter once more is harmless: it may have been heard of too late for it.
    """
    unknown: list[tuple[Held, int | None]] = [(one, None) for one in not_here(conn, held)]
    of_ticket = select(tickets.c.id).where(tickets.c.recording_id == table.c.id)
    waiting = (table.c.purpose == "complaint", table.c.state.in_(("pending", "stored")), ~of_ticket.exists())
    for one in held:
        turn = conn.execute(select(table.c.turn).where(table.c.sid == one.sid, *waiting)).scalar()
        if turn is not None:
            unknown.append((one, turn))
    return unknown


def take_in(conn: Connection, held: Held, now: datetime) -> bool:
    """Make a row for a recording of a call we know, to be fetched at once; False for a call we do not know.

    The call's newest ticket that has no sound gets it, and the call is asked about once more, should it have
    no ticket: what its caller said is not lost (F-04, F-15, F-26).
    """
    call = conn.execute(select(calls.c.id, calls.c.turn).where(calls.c.sid == held.call_sid)).first()
    if call is None:
        return False
    made = recordings.hear_of(
        conn,
        call_id=call.id,
        turn=nameless if (nameless := recordings.nameless_turn(conn, call.id)) is not None else call.turn,
        sid=held.sid,
        seconds=held.seconds,
        purpose="complaint",
        now=now,
    )
    without = select(func.max(tickets.c.id)).where(
        tickets.c.call_id == call.id, tickets.c.recording_id.is_(None), tickets.c.channel == "hotline"
    )
    conn.execute(
        update(tickets).where(tickets.c.id == without.scalar_subquery()).values(recording_id=made.id)
    )
    conn.execute(update(calls).where(calls.c.id == call.id).values(ask_at=now))
    return True


def _seconds(duration: object) -> int | None:
    text = str(duration)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None
