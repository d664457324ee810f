"""No test presses a key that may come too early, and none fails because the machine is busy."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.frozen import HOUSE

TESTS = HOUSE / "tests"


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted(TESTS.rglob("*.py")):
        yield path.relative_to(TESTS).as_posix(), path.read_text("utf-8")


def test_keys_are_pressed_in_one_place_which_waits_for_the_page() -> None:
    here = Path(__file__).relative_to(TESTS).as_posix()
    pressing = {name for name, text in sources() if ".keyboard." in text} - {here}
    assert pressing == {"browser/waiting.py"}


def clock_against_limit(node: ast.AST) -> bool:
    """Whether an assertion wants that less than so much real time went by."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Lt | ast.LtE):
        return False
    left = ast.unparse(node.left)
    return isinstance(node.left, ast.BinOp) and "time.monotonic()" in left


def test_no_test_wants_that_less_than_so_much_real_time_went_by() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, text in sources()
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.Assert)
        for node in ast.walk(each.test)
        if isinstance(node, ast.expr) and clock_against_limit(node)
        if "PATIENCE" not in ast.unparse(each)
    ]
    assert found == []
