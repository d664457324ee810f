"""Page of connections: which systems may read, which are notified; a token is shown once (T-10)."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from logbook.accounts import api_clients, audit_log
from logbook.accounts.api_clients import LONGEST_LIFE, ApiClientRefusedError, ApiRight
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.outbox import webhooks
from logbook.search import ticket_filters

Page = tuple[str, int] | BaseResponse | str
USUAL_DAYS = 365


def add(desk: ConsoleFrame) -> None:
    """`/console/connections` and its forms."""

    @desk.page("/connections", Act.RUN_CONNECTIONS)
    def connections_page() -> str:
        return shown(desk)

    @desk.page("/connections/clients", Act.RUN_CONNECTIONS, methods=("POST",))
    def api_client_make() -> Page:
        return _make(desk)

    @desk.page(
        "/connections/clients/<int(max=2147483647):client_id>/revoke", Act.RUN_CONNECTIONS, methods=("POST",)
    )
    def api_client_revoke(client_id: int) -> BaseResponse:
        with desk.writing() as conn:
            if not api_clients.revoke(conn, client_id, desk.now):
                return desk.back("connections_page", "api_revoked_before", done=False)
            audit_log.write(conn, desk.person, "revoke_api_client", f"api_client:{client_id}", desk.now)
            return desk.back("connections_page", "api_revoked_now")


def _make(desk: ConsoleFrame) -> Page:
    name, rights = request.form.get("name", ""), request.form.getlist("right")
    days = ticket_filters.whole(request.form.get("days")) or 0
    if not set(rights) & set(ApiRight) <= set(api_clients.givable(desk.person)):
        return shown(desk, "api_refused_beyond"), 403
    try:
        with desk.writing() as conn:
            made, token = api_clients.make(conn, name, rights, days, desk.person.login, desk.now)
            given = " ".join(right for right in ApiRight if right in rights)
            subject = f"api_client:{made}"
            audit_log.write(conn, desk.person, "make_api_client", subject, desk.now, rights=given, days=days)
            desk.back("connections_page", "api_made_before")  # where a second click leads
    except ApiClientRefusedError as refused:
        return shown(desk, str(refused.args[0])), 400
    answer = Response(desk.show("connection_token.html", here="connections_page", name=name, token=token))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def shown(desk: ConsoleFrame, wrong: str = "", wrong_webhook: str = "") -> str:
    """The page, with a text key of what was refused above the form it is about."""
    with desk.reading() as conn:
        clients = api_clients.listed(conn)
        hooks, counts = webhooks.listed(conn), webhooks.counts(conn)
    return desk.show(
        "connections.html",
        here="connections_page",
        clients=clients,
        rights=tuple(ApiRight),
        givable=api_clients.givable(desk.person),
        address=f"{desk.settings.public_url}/api/v1",
        most=LONGEST_LIFE,
        usual=USUAL_DAYS,
        form=request.form,
        chosen=request.form.getlist("right"),
        wrong=wrong,
        wrong_webhook=wrong_webhook,
        webhooks=hooks,
        counts=counts,
    )
