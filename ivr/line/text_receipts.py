"""Webhooks of delivery receipts for text messages (R15).

The provider's address carries which try of its delivery it belongs to, so that a late or repeated word
changes nothing. The gateway eSMS signs nothing and asks by GET: its address is sealed instead. Zalo signs in
a way of its own.
"""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, abort, request

from ivr.line import provider_form
from ivr.line.hotline import Hotline
from logbook.guards import Guarding, guarded_by
from logbook.ids import DeliveryId
from logbook.sending import receipts
from logbook.sending.gateways import zalo_receipts

RULE = "/texted/<int(max=9223372036854775807):delivery_id>"
ZALO = "/zalo"
GATEWAY = "/esms/<int(max=9223372036854775807):delivery_id>/<seal>"


def add(webhooks: Blueprint, signed: Guarding, hotline: Hotline) -> None:
    """Add the address of receipts, behind the provider's signature."""

    @webhooks.post(RULE)
    @signed
    def texted(delivery_id: DeliveryId) -> Response:
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

    def sealed() -> None:
        named = request.view_args or {}
        secret = hotline.settings.secret_key.get_secret_value()
        good = receipts.seal(secret, DeliveryId(int(named.get("delivery_id", 0))))
        if not hmac.compare_digest(good.encode(), str(named.get("seal", "")).encode()):
            abort(403)

    @webhooks.get(GATEWAY)
    @guarded_by(sealed)
    def gateway_texted(delivery_id: DeliveryId, seal: str) -> Response:
        """What became of a text that went through eSMS."""
        del seal
        with hotline.database.writing() as conn:
            answer = request.args.to_dict()
            receipts.hear_gateway(conn, delivery_id, answer, hotline.settings, hotline.clock.now())
        return Response(status=204)

    _add_zalo(webhooks, hotline)


def _add_zalo(webhooks: Blueprint, hotline: Hotline) -> None:
    def signed_by_zalo() -> None:
        part = hotline.settings.citizens.zns
        given, secret = request.headers.get("X-ZEvent-Signature", ""), hotline.settings.zalo_oa_secret
        if part is None or not zalo_receipts.is_signed(
            request.get_data(), given, part.app_id, secret.get_secret_value()
        ):
            abort(403)

    @webhooks.post(ZALO)
    @guarded_by(signed_by_zalo)
    def zalo_told() -> Response:
        """What became of a message of Zalo ZNS; its other events are none of ours."""
        news = zalo_receipts.receipt_in(request.get_data())
        if news is not None:
            with hotline.database.writing() as conn:
                receipts.hear(
                    conn,
                    news.delivery_id,
                    news.attempt,
                    news.sid,
                    receipts.DELIVERED,
                    hotline.settings,
                    hotline.clock.now(),
                )
        return Response(status=200)
