"""Asks for missing delivery receipts of texts, and lists what stays unknown (R15, F-26)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.outbox.deliveries import Delivery
from logbook.provider import ProviderError
from logbook.sending import receipts
from logbook.sending.gateways.zalo import ZaloGateway
from logbook.settings.channels import ZNS
from logbook.settings.loading import Settings

AT_ONCE = 50


class AsksAboutMessages(Protocol):
    """What is needed of the provider; `logbook.provider.Telephone` is one."""

    def text_state(self, sid: str) -> str:
        """How a message stands, in the provider's word."""


@dataclass(frozen=True, slots=True)
class ReceiptsDue:
    """Everything that asking about texts needs."""

    database: Database
    clock: Clock
    telephone: AsksAboutMessages
    settings: Settings
    zalo: ZaloGateway | None = None

    def run_once(self, have_lease: Callable[[], bool]) -> int:
        """Ask about each text that waits too long, once; return how many. Raises DatabaseBusyError."""
        patience = timedelta(minutes=self.settings.notifications.receipt_minutes)
        with self.database.reading() as conn:
            rows = receipts.awaited(conn, self.clock.now() - patience, AT_ONCE)
        for done, row in enumerate(rows):
            if not have_lease():
                return done
            status = self._status(row)
            with self.database.writing() as conn:
                now, sid = self.clock.now(), row.provider_sid or ""
                if not receipts.hear(conn, row.id, row.attempts, sid, status, self.settings, now):
                    receipts.not_confirmed(conn, row, now)
        return len(rows)

    def _status(self, row: Delivery) -> str:
        try:
            if not row.provider_sid:
                return ""
            if row.channel != ZNS:
                return self.telephone.text_state(row.provider_sid)
            return "" if self.zalo is None else self.zalo.text_state(row.provider_sid, row.number or "")
        except ProviderError as error:
            structlog.get_logger("scheduler").info("no receipt", delivery=row.id, error=str(error))
            return ""
