"""Webhook of delivery receipts for text messages (R15).

Its address carries which try of its delivery it belongs to, so that a late or repeated word changes nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from ivr.line import provider_form
from ivr.line.hotline import Hotline
from logbook.guards import Guarding
from logbook.sending import receipts

RULE = "/texted/<int(max=9223372036854775807):delivery_id>"


def add(webhooks: Blueprint, signed: Guarding, hotline: Hotline) -> None:
    """Add the address of receipts, behind the provider's signature."""

    @webhooks.post(RULE)
    @signed
    def texted(delivery_id: int) -> Response:
        """The status callback of a text message."""
        news = provider_form.read_receipt(request.form)
        now = hotline.clock.now()
        with hotline.database.writing() as conn:
            receipts.hear(
                conn,
                delivery_id,
                provider_form.attempt(request.args.get("call", "")),
                news.sid,
                news.status,
                hotline.settings,
                now,
                news.error_code,
            )
        return Response(status=204)
