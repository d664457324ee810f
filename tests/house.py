"""Measures of the program; `python -m tests.house` prints them."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGES = ("callflows", "ivr", "logbook", "scheduler")
FULL_FOLDER = 25
"""Python files in one folder, at most."""
LONG_FILE, LONG_FUNCTION = 300, 50
KINDS = re.compile(r"^\| (?P<kind>[^|]+) \| (?P<count>\d+) \| (?P<files>[^|]+) \|$", re.MULTILINE)
"""A row of the table of CONTRIBUTING that says what one more of a kind takes; tests keep each row true."""


def sources() -> list[Path]:
    """Every Python file of the program."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def folders() -> Counter[str]:
    """How many Python files each folder of program and tests has."""
    files = [*sources(), *(ROOT / "tests").rglob("*.py")]
    return Counter(path.parent.relative_to(ROOT).as_posix() for path in files)


def functions() -> Iterator[tuple[int, str]]:
    """Each function's length in lines, and where it stands."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                yield node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.name}"


def circle() -> list[str]:
    """One circle of imports; empty when there is none.

    Imports inside functions and for types alone count, and modules that are named in a string (`by_name`).
    """
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imported = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    for module, named in by_name(graph.modules).items():
        imported[module] |= named
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def by_name(modules: set[str]) -> Mapping[str, set[str]]:
    """The modules that a file names in strings, for each file that imports something by its name."""
    found: dict[str, set[str]] = {}
    for path in sources():
        text = path.read_text("utf-8")
        if "import_module" in text:
            words = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = modules & words
    return found


def kinds_of_change() -> list[tuple[str, int]]:
    """How many files one more of each kind takes: the table of CONTRIBUTING."""
    rows = KINDS.finditer((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    return [(row["kind"], int(row["count"])) for row in rows]


def owners() -> dict[str, list[str]]:
    """Public class names that more than one module gives to a class of its own."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sources():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    return {name: where for name, where in sorted(found.items()) if len(where) > 1}


def main() -> None:
    """Print the measures."""
    print("Files a folder:", *(f"  {count:3} {name}" for name, count in folders().most_common(10)), sep="\n")
    lengths = sorted(((len(p.read_text("utf-8").splitlines()), p) for p in sources()), reverse=True)
    print("Longest files:", *(f"  {n:3} {p.relative_to(ROOT)}" for n, p in lengths[:8]), sep="\n")
    print("Longest functions:", *(f"  {n:3} {w}" for n, w in sorted(functions(), reverse=True)[:8]), sep="\n")
    print("Circle of imports:", " -> ".join(circle()) or "none")
    print("Files for one more:", *(f"  {count:3} {kind}" for kind, count in kinds_of_change()), sep="\n")
    twice = owners()
    print(f"Class names with two owners: {len(twice)}", *(f"  {n}: {w}" for n, w in twice.items()), sep="\n")


if __name__ == "__main__":
    main()
