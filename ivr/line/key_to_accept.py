"""The key by which whoever picks up shows that a person is there: a voice mail box presses none (R3).

Asked for, where the office wants it, of whoever is rung for a caller, on their own leg (`<Number url>`): a
document that ends joins the two, one that hangs up does not. A clerk whose call is returned is asked by the
dialogue of that call (callflows.returned_call).
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from ivr.line import provider_form
from ivr.line.hotline import Hotline
from ivr.line.twiml import Speaker, WebhookAddresses
from logbook.calls import legs
from logbook.guards import Guarding

YES = "1"
SECONDS_TO_PRESS = 10
RULE = "/accept/<int(max=2147483647):number>"


def add(webhooks: Blueprint, signed: Guarding, hotline: Hotline, speaker: Speaker) -> None:
    """Add what the leg of a clerk hears who is rung for a caller, behind the provider's signature."""
    catalogue = hotline.texts[hotline.settings.line.language]
    addresses = WebhookAddresses(hotline.settings.public_url)

    def sentence(key: str) -> str:
        return catalogue.sentence(key, {"office": hotline.settings.office.name_spoken})

    def _last_word(key: str) -> Response:
        return _twiml(speaker.last_word(sentence(key)))

    @webhooks.post(RULE)
    @signed
    def accept(number: int) -> Response:
        """Somebody picked up who was rung in turn `number` of a call."""
        with hotline.database.writing() as conn:
            leg = legs.waits_for_key(conn, _caller(), number)
        if leg is None:
            return _last_word("accept_over")
        address = addresses.accept(number, _caller(), "pressed")
        return _twiml(speaker.one_key(sentence("accept_hello"), SECONDS_TO_PRESS, address))

    @webhooks.post(f"{RULE}/pressed")
    @signed
    def accept_pressed(number: int) -> Response:
        """They pressed a key, or none: only the one joins the caller to them."""
        keys = provider_form.read(request.form).keys
        if keys != YES:
            return _last_word("accept_not_now")
        with hotline.database.writing() as conn:
            moment = hotline.clock.now()
            joined = legs.accept(conn, _caller(), number, moment)
        if not joined:
            return _last_word("accept_over")
        return _twiml(speaker.only(sentence("accept_joined")))


def _caller() -> str:
    """The name of the caller's call, which our own address carries."""
    return request.args.get("call", "")


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
