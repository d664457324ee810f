"""Sends deliveries of the outbox: claims a row, sends outside any transaction, records the result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from logbook.calendar.current import Calendars
from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError
from logbook.guests import NOT_SENT
from logbook.outbox import deliveries
from logbook.outbox.deliveries import Delivery
from logbook.outbox.kinds import policy_of
from logbook.provider import Telephone, telephone_of
from logbook.sending import calls as ringing
from logbook.sending import citizen_calls, claims, decision, limits
from logbook.sending.decision import Cancel, DecisionContext, PickChannel, Refuse, Send, Wait
from logbook.sending.gateways.esms import callback_of, gateway_of
from logbook.sending.gateways.zalo import zalo_of
from logbook.sending.messages import MessageTexts
from logbook.settings.channels import ZNS, kind_of
from logbook.settings.loading import Settings
from logbook.texts.catalogue import Catalogue, load_texts
from scheduler.channels import WORDLESS, Channel, ChannelError, Parcel
from scheduler.channels.address import Addresses
from scheduler.channels.call import Calls
from scheduler.channels.sms import TextMessages
from scheduler.channels.zns import ZaloMessages
from scheduler.reconciliation import Reconciliation

AT_ONCE = 200
"""Rows read in one tick at most."""
AT_A_STRETCH = 30.0
"""Seconds after which a tick begins no further send: its heartbeat comes when it ends (F-24)."""
SET_ASIDE = timedelta(minutes=5)
"""How long a row that cannot be worded waits before it is read again."""
ANSWERING = 20
"""Seconds a call rings longer than a transfer: the person called is not waiting for it."""
WRITTEN_WITHIN = 60.0
"""Seconds for which the result of a send is tried to be recorded; half of `sending.DEAD_AFTER`."""
RETRIED_FOR = timedelta(days=30)
"""A call that ended longer ago than this is not made again, whatever stopped the clock in between."""


@dataclass(frozen=True, slots=True)
class DeliveriesDue:
    """Everything that sending needs: the provider's two channels, one for all addresses, and further ones."""

    database: Database
    clock: Clock
    settings: Settings
    calendars: Calendars
    news: MessageTexts
    calls: Calls
    texts: TextMessages
    others: Channel
    more: Mapping[str, Channel] = field(default_factory=dict)
    """Further channels by name, each with its entry in `logbook.settings.channels`."""
    pause: Callable[[float], object] = time.sleep

    def send(self, have_lease: Callable[[], bool], epoch: int) -> int:
        """Send what is due while `have_lease()`; return how many were sent. Raises DatabaseBusyError.

        `epoch` is the number of our lease. A way that is in trouble is left alone until the next tick: a
        hanging provider delays the others by one try only (F-07).
        """
        self._reclaim(epoch)
        troubled: set[str] = set()
        sent, begun = 0, self.clock.monotonic()
        for _ in range(AT_ONCE):
            if self.clock.monotonic() - begun >= AT_A_STRETCH:
                break
            if not have_lease() or not self._any_due(troubled):
                break
            with self.database.writing() as conn:
                row = claims.next_due(conn, self.clock.now(), troubled)
                parcel = None if row is None else self._look_at(conn, row, epoch)
            if parcel is not None:
                sent += self._send(parcel, troubled, have_lease)
        return sent

    def again(self, have_lease: Callable[[], bool]) -> int:
        """Plan another call for news that citizens did not hear, or give it up after the last one.

        Returns how many were planned. Raises DatabaseBusyError.
        """
        with self.database.reading() as conn:
            unheard = ringing.unheard(conn, self.clock.now() - RETRIED_FOR, AT_ONCE)
            rows = [
                row for row in unheard if row.state == "sent" or not citizen_calls.had_all(row, self.settings)
            ]
            rows = [row for row in rows if decision.why_not(conn, row, self.settings) is None]
        planned = 0
        for row in rows:
            if not have_lease():
                break
            with self.database.writing() as conn:
                if citizen_calls.had_all(row, self.settings):
                    ringing.not_reached(conn, row)
                    continue
                office = self.calendars.now(conn)[0].office
                planned += citizen_calls.once_more(conn, row, self.settings, office, self.clock.now())
        return planned

    def reconcile(self, have_lease: Callable[[], bool]) -> int:
        """Ask about sends and calls in doubt; return how many were cleared up: DatabaseBusyError."""
        return Reconciliation(
            database=self.database,
            clock=self.clock,
            settings=self.settings,
            news=self.news,
            channel_of=self.channel,
            calls=self.calls,
        ).run_once(have_lease)

    def _any_due(self, troubled: set[str]) -> bool:
        with self.database.reading() as conn:
            return claims.any_due(conn, self.clock.now(), troubled)

    def _reclaim(self, epoch: int) -> None:
        with self.database.reading() as conn:
            if not claims.any_dead(conn, self.clock.now(), epoch):
                return
        with self.database.writing() as conn:
            claims.reclaim(conn, self.clock.now(), epoch)

    def _look_at(self, conn: Connection, row: Delivery, epoch: int) -> Parcel | None:
        """Claim the row if it is to be sent now; one that cannot be put into words is set aside."""
        locked = claims.lock(conn, row)
        if locked is None:
            return None
        try:
            with conn.begin_nested():
                return self._claimed(conn, locked, epoch)
        except WORDLESS as error:
            why = f"{type(error).__name__}: {error}"
            structlog.get_logger("scheduler").error("delivery set aside", delivery=row.id, error=why)
            claims.set_aside(conn, locked, self.clock.now() + SET_ASIDE, why)
            return None

    def _claimed(self, conn: Connection, row: Delivery, epoch: int) -> Parcel | None:
        now = self.clock.now()
        office = DecisionContext(self.settings, *self.calendars.now(conn))
        match decision.decide(conn, row, office, now):
            case Cancel(why):
                claims.call_off(conn, row, why, now)
            case Refuse(why):
                claims.refuse(conn, row, why, now)
                if why != NOT_SENT:
                    citizen_calls.instead_of_text(conn, row, self.settings, now)
            case PickChannel(channel, call_too):
                claims.choose(conn, row, channel)
                if call_too:
                    citizen_calls.after_text(conn, row, now)
            case Wait(until):
                claims.postpone(conn, row, until)
            case Send(to):
                claimed = claims.claim(conn, row, epoch, now, _number(row, to))
                if claimed is not None:
                    return Parcel(claimed, self.news.letter(conn, claimed), to)
        return None

    def _send(self, parcel: Parcel, troubled: set[str], have_lease: Callable[[], bool]) -> int:
        """Send one claimed row and write down what became of it; 1 when it was sent."""
        row = parcel.row
        log = structlog.get_logger("scheduler").bind(delivery=row.id, kind=row.kind, channel=row.channel)
        try:
            sid = self.channel(row).send(parcel)
        except ChannelError as error:
            log.warning("not delivered", error=str(error), fate=error.fate, tries=row.attempts)
            if error.fate != "refused":
                troubled.add(row.channel or "")
            failed = error
            self._write_down(lambda conn: self._not_sent(conn, parcel, failed), have_lease)
            return 0
        asked = self.settings.notifications.receipts
        self._write_down(
            lambda conn: claims.handed_over(conn, row, sid, self.clock.now(), receipt=asked), have_lease
        )
        log.info("delivered", tries=row.attempts, sid=sid)
        self._join_calls(row)
        return 1

    def _write_down(self, result: Callable[[Connection], object], have_lease: Callable[[], bool]) -> None:
        """Record what became of a send, again and again for a minute while the database is busy.

        What is known would be lost otherwise. A commit that broke off and did happen is not repeated: the
        row is no longer in our hands then.
        """
        begun = self.clock.monotonic()
        while True:
            have_lease()  # a step: whatever the answer, what was sent is recorded
            try:
                with self.database.writing() as conn:
                    result(conn)
                return
            except DatabaseBusyError:
                if self.clock.monotonic() - begun > WRITTEN_WITHIN:
                    raise
            self.pause(1.0)

    def _join_calls(self, row: Delivery) -> None:
        """Cancel the other calls due to the official whose telephone rings now."""
        with self.database.reading() as conn:
            others = ringing.to_join(conn, row, self.clock.now())
            brought = [one for one in others if decision.why_not(conn, one, self.settings) is None]
        for other in brought:
            with self.database.writing() as conn:
                ringing.join(conn, other, self.clock.now())

    def channel(self, row: Delivery) -> Channel:
        """Return the channel of a row."""
        match row.channel:
            case deliveries.CALL:
                return self.calls
            case deliveries.SMS:
                return self.texts
            case other:
                return self.more.get(other or "", self.others)

    def _not_sent(self, conn: Connection, parcel: Parcel, error: ChannelError) -> None:
        row, now, reason = parcel.row, self.clock.now(), str(error)
        if error.fate == "unclear":
            claims.unclear(conn, row, now, reason)
            return
        given_up = error.fate == "refused" or self._tried_enough(row)
        if error.fate == "refused":
            done = claims.turned_down(conn, row, error.result, now, reason)
        elif given_up:
            done = claims.gave_up(conn, row, "gave_up", now, reason)
        else:
            done = claims.later(conn, row, now, reason)
        if done and given_up:
            citizen_calls.instead_of_text(conn, row, self.settings, now)
        if done:
            limits.give_back(conn, row, parcel.to, self.settings, row.claimed_at or now)

    def _tried_enough(self, row: Delivery) -> bool:
        """Whether to give up: after a day of tries, a citizen's text after a few, some kinds after one.

        The day is counted over the waits between tries, so that nights and holidays in which nobody may be
        disturbed do not use it up.
        """
        notifications = self.settings.notifications
        if policy_of(row.kind).once:
            return True
        if citizen_calls.may_replace(row, self.settings) and row.attempts >= notifications.fallback_after:
            return True
        return claims.tried_for(row.attempts) >= timedelta(hours=notifications.retry_hours)


def _number(row: Delivery, to: str) -> str | None:
    """The number a call or text goes to; other addresses may hold secrets and stand in no row (T-04)."""
    return to if kind_of(row.channel or "").by_number else None


def deliveries_due(
    settings: Settings,
    database: Database,
    clock: Clock,
    *,
    telephone: Telephone | None = None,
    catalogue: Catalogue | None = None,
) -> DeliveriesDue:
    """Build the job that sends the outbox of one installation; makes telephone and texts unless given."""
    line = settings.line
    caller_id = line.caller_id or line.number
    through = telephone or telephone_of(settings)
    gateway = None if telephone else gateway_of(settings)
    sender = settings.citizens.sms_sender or caller_id
    return DeliveriesDue(
        database=database,
        clock=clock,
        settings=settings,
        calendars=Calendars(settings, clock),
        news=MessageTexts(settings, catalogue or load_texts(settings.office.names)[line.language]),
        calls=Calls(through, settings.public_url, caller_id, settings.duty.ring_seconds + ANSWERING),
        texts=TextMessages(
            gateway or through,
            sender,
            sender if gateway else caller_id,
            f"{settings.public_url}/ivr/texted" if settings.notifications.receipts else None,
            (lambda row: callback_of(settings, row)) if gateway else None,
        ),
        others=Addresses(guests=settings.guests),
        more=_zalo(settings, database, clock),
    )


def _zalo(settings: Settings, database: Database, clock: Clock) -> dict[str, Channel]:
    gateway, part = zalo_of(settings, database, clock), settings.citizens.zns
    if gateway is None or part is None:
        return {}
    return {ZNS: ZaloMessages(gateway, {str(kind): name for kind, name in part.templates.items()})}
