"""Sends webhooks out: finds moved tickets, posts what is due, records the result (docs/connections.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.outbox import webhooks
from logbook.outbox.webhooks import Webhook, WebhookDelivery
from logbook.sending import webhook_events
from logbook.settings.loading import Settings
from scheduler.channels.webhook import PostFailedError, WebhookPost

AT_ONCE = 50
"""Messages whose results are recorded together; a killed process sends them again, known by their ids."""
Outcome = tuple[WebhookDelivery, int | None, str]


@dataclass(frozen=True, slots=True)
class WebhooksDue:
    """Everything that sending webhooks needs; all state is in the rows."""

    database: Database
    clock: Clock
    settings: Settings
    posting: WebhookPost = field(default_factory=WebhookPost)

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Write deliveries for new events and send what is due; return how many arrived (DatabaseBusyError).

        A receiver that hangs is left alone until the next tick; the others are not kept waiting.
        """
        with self.database.reading() as conn:
            active = webhooks.running(conn)
        sent = 0
        for webhook in active:
            if not have_lease():
                break
            self._spread(webhook, have_lease)
            sent += self._send(webhook, have_lease)
        return sent

    def forget(self, have_lease: Callable[[], bool]) -> int:
        """Delete deliveries that ended long ago; return how many (DatabaseBusyError)."""
        if not have_lease():
            return 0
        with self.database.writing() as conn:
            return webhooks.forget(conn, self.clock.now())

    def _spread(self, webhook: Webhook, have_lease: Callable[[], bool]) -> None:
        while have_lease():
            with self.database.reading() as conn:
                if not webhook_events.any_untold(conn, webhook):
                    return
            with self.database.writing() as conn:
                webhook_events.spread(conn, webhook, self.settings)

    def _send(self, webhook: Webhook, have_lease: Callable[[], bool]) -> int:
        sent, hangs = 0, False
        while have_lease() and not hangs:
            with self.database.reading() as conn:
                rows = webhooks.due(conn, webhook.id, self.clock.now(), AT_ONCE)
            if not rows:
                break
            outcomes, hangs = self._post_all(webhook, rows, have_lease)
            sent += self._record(outcomes)
        return sent

    def _post_all(
        self, webhook: Webhook, rows: list[WebhookDelivery], have_lease: Callable[[], bool]
    ) -> tuple[list[Outcome], bool]:
        key = webhooks.signing_key(self.settings.secret_key.get_secret_value(), webhook)
        outcomes: list[Outcome] = []
        for row in rows:
            if not have_lease():
                break
            headers = webhooks.signature(key, row.message_id, self.clock.now(), row.body)
            try:
                outcomes.append((row, self.posting.post(webhook.url, row.body, headers), ""))
            except PostFailedError as error:
                outcomes.append((row, error.status, str(error)))
                log = structlog.get_logger("scheduler").bind(webhook=webhook.id, message=row.message_id)
                log.info("webhook not taken", error=str(error), tries=row.attempts + 1)
                if error.hangs:
                    return outcomes, True
        return outcomes, False

    def _record(self, outcomes: list[Outcome]) -> int:
        hours, now = self.settings.connections.webhook_hours, self.clock.now()
        with self.database.writing() as conn:
            for row, status, why in outcomes:
                if why:
                    webhook_events.not_arrived(conn, row, status, why, now, hours)
                else:
                    webhooks.arrived(conn, row, status or 0, now)
        return sum(not why for _, _, why in outcomes)
