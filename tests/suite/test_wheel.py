"""What is installed is the program: no test, no bench, no equipment that only tests use."""

from __future__ import annotations

import ast

from hatchling.builders.wheel import WheelBuilder

from tests.frozen import HOUSE

ROOMS = ("callflows", "ivr", "logbook", "scheduler")
BY_NAME = ("ivr.commands.", "ivr.worker", "logbook.database.migrations.", "logbook.transcripts.child")
"""Loaded by their names: the commands, what gunicorn starts, the migrations, what reads a recording aside."""


def test_the_wheel_holds_the_four_rooms_and_the_configuration_and_nothing_of_the_tests() -> None:
    builder = WheelBuilder(str(HOUSE))
    files = {one.distribution_path for one in builder.recurse_included_files()}
    forced = set(builder.config.get_force_include().values())
    assert {file.partition("/")[0] for file in files} == set(ROOMS)
    assert forced == {"logbook/config.default.yaml"}
    assert [file for file in files if "test" in file.rpartition("/")[2].split("_")] == []


def test_every_installed_module_is_used_by_the_program_itself() -> None:
    files = {
        ".".join(file.relative_to(HOUSE).with_suffix("").parts): file
        for room in ROOMS
        for file in (HOUSE / room).rglob("*.py")
        if not file.name.startswith("__")
    }
    used: set[str] = set()
    for file in (file for room in ROOMS for file in (HOUSE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                used |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert sorted(name for name in files if name not in used and not name.startswith(BY_NAME)) == []
