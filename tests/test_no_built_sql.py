"""No statement is built from parts: SQL stands in the source, values are bound to it (T-21)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROOMS = ("callflows", "ivr", "logbook", "scheduler")

TAKES_TEXT = {
    "text": 0,
    "literal_column": 0,
    "DDL": 0,
    "exec_driver_sql": 0,
    "_run": 1,
    "_insist": 1,
    "_sqlite_engine": 0,
}
"""Whatever takes SQL as text, and the position of it: it must stand there as a literal."""
TAKES_STATEMENT = {"execute": 0, "executemany": 0, "executescript": 0, "scalar": 0, "scalars": 0}
"""Takes a statement made of tables and columns, but may also be handed a text."""
MAKES_TEXT = {"format", "format_map", "join", "replace", "str"}

PLACES = {
    ("logbook/database/search_index.py", "indexed", "PREFIX"),
    (
        "logbook/database/migrations/versions/until_0015/0002_console.py",
        "_index_words",
        (
            'f"CREATE INDEX ticket_words_{name} ON tickets USING gin (array_to_tsvector(array_remove('
            "string_to_array({words}, ' '), '')))\""
        ),
    ),
    (
        "logbook/database/engine.py",
        "_wait_no_longer_than",
        "f'PRAGMA busy_timeout={max(1, int(seconds * 1000))}'",
    ),
    ("logbook/database/engine.py", "on_connect", "f'PRAGMA {pragma}'"),
    ("logbook/database/held_once.py", "_begin", "connection.info['begin']"),
    ("logbook/database/engine.py", "_run", "statement"),
    ("logbook/database/engine.py", "_insist", "statement"),
    (
        "logbook/database/migrations/versions/until_0015/0001_first.py",
        "_refuse_to_rewrite_history",
        (
            'f"CREATE TRIGGER ticket_events_no_{change.lower()} BEFORE {change} ON ticket_events BEGIN '
            "SELECT RAISE(ABORT, 'ticket_events is append-only'); END\""
        ),
    ),
}
"""File, function and SQL of what is built all the same: nothing in it comes from outside."""


def built_sql(source: str) -> set[tuple[str, str]]:
    """Function and SQL of every statement in `source` that is not a literal or made of tables and columns."""
    module = ast.parse(source)
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                values.setdefault(ast.unparse(target), []).append(node.value)
                if isinstance(node, ast.AugAssign):
                    values[ast.unparse(target)].append(ast.BinOp(node.target, node.op, node.value))
    own = {name for name in TAKES_TEXT if not name.startswith("_") and _is_defined_here(module, name)}
    return {
        (function, ast.unparse(sql))
        for name, function, sql, sound in _statements(module, values, "")
        if not sound and name not in own
    }


def _is_defined_here(module: ast.Module, name: str) -> bool:
    """Whether `name` is a function or method of this very file, and not what takes SQL."""
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(module))


def _statements(
    node: ast.AST, values: dict[str, list[ast.expr]], function: str
) -> Iterator[tuple[str, str, ast.expr, bool]]:
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _statements(child, values, inside)
        if not isinstance(child, ast.Call):
            continue
        name = child.func.attr if isinstance(child.func, ast.Attribute) else getattr(child.func, "id", "")
        for takes, judge in ((TAKES_TEXT, _is_literal), (TAKES_STATEMENT, _is_no_built_text)):
            if name in takes and len(child.args) > takes[name]:
                sql = child.args[takes[name]]
                yield name, inside, sql, judge(sql, values, frozenset())
            elif name in takes and child.keywords:
                yield from (
                    (name, inside, each.value, _is_literal(each.value, values, frozenset()))
                    for each in child.keywords
                    if each.arg in ("text", "statement", "sql")
                )


def _is_literal(sql: ast.expr, values: dict[str, list[ast.expr]], seen: frozenset[str]) -> bool:
    match sql:
        case ast.Constant(value=str()):
            return True
        case ast.JoinedStr(values=parts):
            return all(isinstance(part, ast.Constant) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_literal(left, values, seen) and _is_literal(right, values, seen)
        case ast.IfExp(body=one, orelse=other):
            return _is_literal(one, values, seen) and _is_literal(other, values, seen)
        case ast.Name(id=name) if name in values and name not in seen:
            return all(_is_literal(value, values, seen | {name}) for value in values[name])
    return False


def _is_no_built_text(sql: ast.expr, values: dict[str, list[ast.expr]], seen: frozenset[str]) -> bool:
    match sql:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name not in MAKES_TEXT
        case ast.Name(id=name) if name in values and name not in seen:
            return all(_is_no_built_text(value, values, seen | {name}) for value in values[name])
        case ast.Subscript(value=ast.Name() as table):
            return _is_no_built_text(table, values, seen)
        case ast.Dict(values=ways):
            return all(_is_no_built_text(way, values, seen) for way in ways)
        case ast.DictComp(value=way):
            return _is_no_built_text(way, values, seen)
    return _is_literal(sql, values, seen)


@pytest.mark.row("T-21")
def test_no_statement_is_built_from_parts() -> None:
    found = {
        (path.relative_to(HOUSE).as_posix(), *place)
        for room in ROOMS
        for path in sorted((HOUSE / room).rglob("*.py"))
        for place in built_sql(path.read_text("utf-8"))
    }
    assert found == PLACES


@pytest.mark.row("T-21")
@pytest.mark.parametrize(
    "built",
    [
        "conn.execute(text(f'SELECT * FROM calls WHERE sid = {sid}'))",
        "conn.execute(sa.text('SELECT ' + column))",
        "conn.execute(text('SELECT %s' % column))",
        "conn.execute(text('SELECT {}'.format(column)))",
        "conn.execute(text(text=f'SELECT {column}'))",
        "conn.exec_driver_sql(' '.join(words))",
        "conn.exec_driver_sql(given)",
        "query = 'SELECT '\nquery += column\nconn.exec_driver_sql(query)",
        "raw.execute('SELECT ' + column)",
        "raw.execute(f'SELECT {column}')",
        "query = 'SELECT %s' % column\nraw.execute(query)",
        "raw.executescript(given)",
        "calls.c.sid.in_(literal_column(given))",
        "queries = {'a': f'SELECT {column}'}\nraw.execute(queries[name])",
    ],
)
def test_a_statement_built_from_parts_is_found(built: str) -> None:
    assert built_sql(built) != set()


@pytest.mark.row("T-21")
@pytest.mark.parametrize(
    "sound",
    [
        "conn.execute(text('SELECT * FROM calls WHERE sid = :sid'), {'sid': sid})",
        "conn.execute(text('SELECT * ' 'FROM calls'))",
        "BEGIN = 'BEGIN IMMEDIATE'\nconn.exec_driver_sql(BEGIN)",
        "query = select(calls).where(calls.c.sid == sid)\nconn.execute(query.limit(limit))",
        "conn.execute(_OPEN.on(conn), values)",
    ],
)
def test_a_statement_that_binds_its_values_is_let_through(sound: str) -> None:
    assert built_sql(sound) == set()
