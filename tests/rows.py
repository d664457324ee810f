"""Shows which requirement, threat and fault rows are proven by which tests: python -m tests.rows."""

import ast
import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def rows() -> dict[str, str]:
    """Every row by its id, with what it asks for."""
    with (ROOT / "docs" / "rows.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["what"] for row in csv.DictReader(file)}


def proofs(tests: Path = ROOT / "tests") -> dict[str, list[str]]:
    """The marked tests by row id, as file and name; marks on a class or module hold for all its tests."""
    found: dict[str, list[str]] = {}
    for file in sorted(tests.rglob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        for name, row in _marked(tree, _of_module(tree), ""):
            found.setdefault(row, []).append(f"{file.relative_to(tests.parent)}::{name}")
    return found


def _marked(scope: ast.Module | ast.ClassDef, inherited: list[str], prefix: str) -> Iterator[tuple[str, str]]:
    for node in scope.body:
        match node:
            case ast.ClassDef(name=name):
                marks = [*inherited, *_of(node.decorator_list)]
                yield from _marked(node, marks, f"{prefix}{name}::")
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                for row in dict.fromkeys([*inherited, *_of(node.decorator_list)]):
                    yield f"{prefix}{name}", row


def _of_module(tree: ast.Module) -> list[str]:
    assigned = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
    ]
    return _of(assigned)


def _of(marks: list[ast.expr]) -> list[str]:
    """The row ids of `pytest.mark.row(...)` anywhere in these expressions."""
    return [
        str(argument.value)
        for mark in marks
        for call in ast.walk(mark)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.row"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]


def report(known: Mapping[str, str], proven: Mapping[str, list[str]]) -> str:
    """One paragraph a row, then how many rows have no test."""
    lines: list[str] = []
    for row, what in known.items():
        tests = proven.get(row, [])
        lines.append(f"{row}  {what}  ({len(tests) or 'no test'})")
        lines += [f"        {test}" for test in tests]
    bare = [row for row in known if row not in proven]
    return "\n".join([*lines, "", f"{len(known)} rows, {len(bare)} without a test"])


if __name__ == "__main__":
    sys.stdout.write(report(rows(), proofs()) + "\n")
