"""Deny by default: what nobody marked answers nobody."""

import pytest
from flask import Flask, abort
from werkzeug.routing import IntegerConverter

from ivr.app import create_app
from ivr.line.hotline import Hotline
from logbook.guards import everyone, guarded_by, keep_watch


def toy() -> Flask:
    app = Flask("toy", static_folder=None)
    keep_watch(app)
    return app


@pytest.mark.row("T-01")
def test_a_route_nobody_marked_answers_403_and_its_view_never_runs() -> None:
    app = toy()
    ran: list[str] = []

    @app.route("/new", methods=["GET", "POST"])
    def new() -> str:
        ran.append("new")
        return "open"

    browser = app.test_client()
    assert [browser.open("/new", method=method).status_code for method in ("GET", "POST", "OPTIONS")] == [
        403
    ] * 3
    assert ran == []


@pytest.mark.row("T-01")
def test_a_new_route_of_the_whole_application_is_closed_until_it_is_marked(hotline: Hotline) -> None:
    app = create_app(hotline)
    app.add_url_rule("/ivr/new", view_func=lambda: "open", endpoint="new", methods=["POST"])
    assert app.test_client().post("/ivr/new").status_code == 403


@pytest.mark.row("T-01")
def test_every_route_carries_a_guard(app: Flask) -> None:
    unmarked = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not hasattr(app.view_functions[rule.endpoint], "guard")
    ]
    assert unmarked == []


@pytest.mark.row("T-01")
def test_only_pages_for_everyone_are_open_to_everyone(app: Flask) -> None:
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "guard", None) is everyone
    }
    signing_in = {"/console/sign-in", "/console/second-factor", "/console/static/<name>"}
    rating = {"/r", "/r/<code>"}
    by_key = {"/console/duty/feed/<feed_key>.ics"}  # the address itself is the secret
    shown = {"/", "/style.css", "/healthz", "/readyz", "/readyz/clock", "/readyz/line"}
    shown |= {"/tra-loi", "/tra-loi/<int(max=2147483647):publication_id>", "/gio-lam-viec.ics"}
    shown |= {"/ket-qua", "/ket-qua/<month>"}
    assert public == shown | signing_in | rating | by_key


def test_a_guard_decides_before_the_view_runs() -> None:
    app = toy()

    def nobody() -> None:
        abort(418)

    app.add_url_rule("/closed", view_func=guarded_by(nobody)(lambda: "open"), endpoint="closed")
    app.add_url_rule("/open", view_func=guarded_by(everyone)(lambda: "open"), endpoint="open")
    browser = app.test_client()
    assert browser.get("/closed").status_code == 418
    assert browser.get("/open").text == "open"


def test_what_does_not_exist_is_not_found_rather_than_forbidden() -> None:
    assert toy().test_client().get("/nowhere").status_code == 404


def test_a_role_serves_its_own_routes_only(hotline: Hotline) -> None:
    def paths(app: Flask) -> set[str]:
        return {rule.rule for rule in app.url_map.iter_rules()}

    voice, web = paths(create_app(hotline, ["voice"])), paths(create_app(hotline, ["web"]))
    assert "/ivr/voice" in voice
    assert "/" not in voice
    assert "/" in web
    assert not any(path.startswith("/ivr") for path in web)
    assert voice & web == {"/healthz", "/readyz", "/readyz/clock", "/readyz/line"}


@pytest.mark.row("S11")
def test_no_route_has_a_number_without_a_largest_one_that_fits_a_column(app: Flask) -> None:
    unbounded = []
    for rule in app.url_map.iter_rules():
        for name, converter in rule._converters.items():
            if isinstance(converter, IntegerConverter):
                largest = converter.max
                if largest is None or largest > 2**63 - 1 or converter.signed:
                    unbounded.append((rule.rule, name))
    assert unbounded == []
