"""Page of one webhook: its key, each delivery and what became of it; adding and stopping one."""

from __future__ import annotations

import json

from flask import abort, request
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.accounts.audit_log import before
from logbook.console.pages.office.connections import shown
from logbook.outbox import webhooks
from logbook.outbox.webhooks import WebhookDelivery, WebhookRefusedError
from logbook.process.outside_addresses import AddressRefusedError

Page = tuple[str, int] | Response | str
ONE = "/connections/webhooks/<int(max=2147483647):webhook_id>"
PAGE = 50


def add(desk: ConsoleFrame) -> None:
    """`/console/connections/webhooks` and the forms there."""

    @desk.page("/connections/webhooks", Act.RUN_CONNECTIONS, methods=("POST",))
    def webhook_make() -> Page:
        return _make(desk)

    @desk.page(ONE, Act.RUN_CONNECTIONS)
    def webhook_page(webhook_id: int) -> str:
        return _one(desk, webhook_id)

    @desk.page(f"{ONE}/key", Act.RUN_CONNECTIONS, methods=("POST",))
    def webhook_key(webhook_id: int) -> str:
        with desk.writing() as conn:
            found = webhooks.find(conn, webhook_id) or abort(404)
            audit_log.write(conn, desk.person, "show_webhook_key", f"webhook:{webhook_id}", desk.now)
        return _one(desk, webhook_id, webhooks.shown_key(desk.secret, found))

    @desk.page(f"{ONE}/stop", Act.RUN_CONNECTIONS, methods=("POST",))
    def webhook_stop(webhook_id: int) -> Response:
        with desk.writing() as conn:
            if not webhooks.stop(conn, webhook_id, desk.now):
                return desk.back("connections_page", "webhook_stopped_before", done=False)
            audit_log.write(conn, desk.person, "stop_webhook", f"webhook:{webhook_id}", desk.now)
            return desk.back("connections_page", "webhook_stopped_now")


def _make(desk: ConsoleFrame) -> Page:
    name, url = request.form.get("webhook_name", ""), request.form.get("url", "")
    inner = desk.settings.connections.webhook_hosts
    try:
        with desk.writing() as conn:
            made = webhooks.make(conn, name, url, desk.person.login, desk.now, inner)
            subject = f"webhook:{made.id}"
            audit_log.write(conn, desk.person, "make_webhook", subject, desk.now, url=made.url)
            return desk.back("webhook_page", "webhook_made", webhook_id=made.id)
    except (WebhookRefusedError, AddressRefusedError) as refused:
        return shown(desk, wrong_webhook=str(refused.args[0])), 400


def _one(desk: ConsoleFrame, webhook_id: int, key: str = "") -> str:
    with desk.reading() as conn:
        found = webhooks.find(conn, webhook_id) or abort(404)
        rows = webhooks.page(conn, webhook_id, PAGE + 1, before(request.args.get("before", "")))
    return desk.show(
        "webhook.html",
        here="connections_page",
        webhook=found,
        deliveries=rows[:PAGE],
        older=rows[PAGE - 1].id if len(rows) > PAGE else None,
        event=_event,
        key=key,
    )


def _event(row: WebhookDelivery) -> str:
    return str(json.loads(row.body)["type"]).removeprefix("ticket.")
