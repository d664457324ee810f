"""The OpenAPI file says what the API does: its routes, their rights, and the fields of every answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from logbook.accounts.api_clients import ApiRight
from logbook.api.description import openapi
from logbook.api.frame import ROOT
from logbook.installation import Installation
from tests.logbook.api.conftest import Asks


def test_every_route_stands_in_the_description_with_its_right_and_no_other(app: Flask) -> None:
    described = {path: one["get"]["x-right"] for path, one in openapi()["paths"].items()}
    routed = {
        re.sub(r"<(?:[^:>]*:)?(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT)): getattr(
            getattr(app.view_functions[rule.endpoint], "guard", None), "right", "no right at all"
        )
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(ROOT)
    }
    assert routed == described


ANSWERS = ("/tickets", "/tickets/000001", "/calls", "/calls/1", "/index", "/services", "/client")


@pytest.mark.parametrize("rights", [("tickets", "calls", "index"), tuple(ApiRight)])
def test_every_answer_has_exactly_the_described_fields(
    world: Installation, asks: Asks, rights: tuple[str, ...]
) -> None:
    client, wrong = asks(*rights), []
    include = "?include=caller" if "callers" in rights else ""
    for path in ANSWERS:
        shape = re.sub(r"/(tickets|calls)/\d+", lambda found: f"/{found[1]}/{{{_KEYS[found[1]]}}}", path)
        answer = client.get(f"{ROOT}{path}{include}")
        assert answer.status_code == 200
        schema = openapi()["paths"][shape]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        wrong += list(_differences(answer.json, schema, path))
    assert wrong == []
    asked = {"/tickets", "/calls"} if "callers" in rights else set()
    assert asked <= set(ANSWERS)


_KEYS = {"tickets": "code", "calls": "call_id"}


def _differences(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    if "$ref" in schema:
        schema = openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema["type"] == "array":
        return [found for one in value for found in _differences(one, schema["items"], where)]
    if schema["type"] != "object":
        return [] if _fits(value, schema) else [f"{where}: {value!r} is not {schema}"]
    properties = schema.get("properties", {})
    missing = set(schema.get("required", ())) - value.keys()
    found = [f"{where}: {name}" for name in (missing | (value.keys() - properties.keys()))]
    for name in value.keys() & properties.keys():
        found += _differences(value[name], properties[name], f"{where}.{name}")
    return found


_TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, _TYPES[kind]) for kind in kinds):  # type: ignore[arg-type]
        return False
    if value is not None and "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        return False
    return "enum" not in schema or value in schema["enum"]
