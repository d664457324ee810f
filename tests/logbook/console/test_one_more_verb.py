"""A verb of a ticket is one value: its right, its form, what it changes, its history and its news follow."""

from __future__ import annotations

import html
from dataclasses import dataclass

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import Connection

from logbook.accounts.rights import Act
from logbook.console.registry import console_blueprint
from logbook.guards import keep_watch
from logbook.ids import TicketId
from logbook.installation import Installation
from logbook.outbox import deliveries
from logbook.tickets import history
from logbook.tickets.lifecycle import TicketState
from logbook.tickets.notifications import Move, tell_citizen
from logbook.tickets.verbs import registry
from logbook.tickets.verbs.registry import verbs
from logbook.tickets.verbs.verb import Changes, MoveContext, Verb
from tests.browsers import with_browsers
from tests.house import ROOT
from tests.logbook.console.cases import by_phone, read, send
from tests.logbook.console.test_rights_matrix import agreed, cells, enter
from tests.suite import guides

PARTS = ROOT / "logbook/console/templates/console/ticket_acts"


@dataclass(frozen=True, kw_only=True)
class Visit(
    Verb,
    name="visit",
    from_states=frozenset({TicketState.CLASSIFIED}),
    leads=TicketState.ASSIGNED,
    right=Act.CHANGE_DEADLINE,
):
    """Somebody goes and looks; nobody has built it."""

    content: str

    def changes(self, _: MoveContext, /) -> Changes:
        return {"remedy": self.content}

    def notify(self, conn: Connection, move: Move) -> None:
        tell_citizen(conn, move, "accepted")


FORM = (
    '{% import "console/ticket_acts/parts.html" as parts with context %}'
    '{% call parts.act("visit") %}{{ parts.area("visit", "content") }}'
    '{{ parts.reason("visit") }}{% endcall %}'
)
SENTENCES = {"ticket_act_visit": "Đến tận nơi", "ticket_did_visit": "Đã đến tận nơi"}


def test_one_more_verb_has_its_right_its_form_its_history_and_its_news(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "RARER", (*registry.RARER, Visit))
    for key, text in SENTENCES.items():
        monkeypatch.setitem(installation.texts["vi"].sentences, key, text)
    app = Flask("console-tests", static_folder=None)
    keep_watch(app)
    console = console_blueprint(installation)
    loader = console.jinja_loader
    assert loader is not None
    monkeypatch.setattr(
        console, "jinja_loader", ChoiceLoader([DictLoader({"console/ticket_acts/visit.html": FORM}), loader])
    )
    app.register_blueprint(console)
    app = with_browsers(app)
    ticket = by_phone(installation, state="classified")
    head, _ = enter(installation, app, "head_of_office")
    clerk, _ = enter(installation, app, "clerk")

    address = f"/console/tickets/{ticket.code}"
    assert "Đến tận nơi" in html.unescape(head.get(address).text)
    assert "Đến tận nơi" not in html.unescape(clerk.get(address).text)
    assert ("ticket_visit", "POST") in {(one.endpoint, one.method) for one in cells(app)} - set(agreed())
    assert send(clerk, ticket.code, "visit", content="Đã xem", reason="ở xa").status_code == 403
    for lacking in ({"content": "Đã xem", "reason": " "}, {"content": " ", "reason": "ở xa"}):
        assert send(head, ticket.code, "visit", **lacking).status_code == 400
    before = _news(installation, ticket.id)
    assert send(head, ticket.code, "visit", content="Đã xem cống", reason="ở xa").status_code == 303

    moved = read(installation, ticket)
    assert (moved.state, moved.remedy) == ("assigned", "Đã xem cống")
    page = html.unescape(head.get(address).text)
    assert "Đã đến tận nơi" in page
    assert "Đã xem cống" in page
    assert "ở xa" in page
    assert _news(installation, ticket.id) == [*before, "accepted"]
    with installation.database.reading() as conn:
        assert history.verify(conn) is None


def _news(installation: Installation, ticket_id: TicketId) -> list[str]:
    with installation.database.reading() as conn:
        return [row.kind for row in deliveries.of_ticket(conn, ticket_id)]


def test_no_verb_lacks_its_texts_or_the_fields_of_its_form(installation: Installation) -> None:
    wanted = {f"ticket_did_{name}" for name in verbs()} | {
        f"ticket_act_{name}" for name in registry.with_form()
    }
    for language, catalogue in installation.texts.items():
        assert sorted(wanted - catalogue.sentences.keys()) == [], language
    assert {path.stem for path in PARTS.iterdir()} - {"parts"} == set(registry.with_form())


def test_every_verb_that_is_written_stands_in_the_registry() -> None:
    written = [one for one in Verb.__subclasses__() if one.__module__.startswith("logbook.")]
    assert {one.__module__ for one in written} >= {
        f"logbook.tickets.verbs.{path.stem}"
        for path in (ROOT / "logbook/tickets/verbs").glob("*.py")
        if "(\n    Verb," in path.read_text("utf-8") or "(Verb," in path.read_text("utf-8")
    }
    assert sorted(one.name for one in written if verbs().get(one.name) is not one) == []


def test_the_guide_says_what_one_more_verb_takes() -> None:
    part = "logbook/console/templates/console/ticket_acts"
    needed = {"logbook/tickets/verbs/<name>.py", guides.relative(registry), f"{part}/<name>.html"}
    needed |= guides.catalogues("ticket_did_ask_more") | {"tests/logbook/console/rights_matrix.csv"}
    assert guides.promised("verb of a ticket") == (len(needed), needed)
    assert guides.catalogues("ticket_did_ask_more") == guides.catalogues("ticket_act_ask_more")
    assert guides.naming("AskMore") - {"logbook/tickets/moves.py"} == {
        "logbook/tickets/verbs/ask_more.py",
        guides.relative(registry),
    }
    assert guides.naming("supply") - {"ivr/samples/month.yaml"} == {
        "logbook/tickets/verbs/supply.py",
        guides.relative(registry),
        "logbook/console/views/ticket_page.py",
        f"{part}/supply.html",
    }
