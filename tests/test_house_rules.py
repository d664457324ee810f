"""House rules that a reviewer would miss: arrows, one speaker, one clock, every text used."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml

import callflows
from callflows.escalations import EscalationKind
from logbook.settings.strict_yaml import StrictYaml
from logbook.texts.catalogue import load_texts
from logbook.tickets.lifecycle import TicketOutcome
from tests.frozen import CONFIG, settings_named
from tests.unavailable import unavailable

HOUSE = Path(__file__).parents[1]
ROOMS = ("callflows", "ivr", "logbook", "scheduler")
SOURCES = sorted(path for room in ROOMS for path in (HOUSE / room).rglob("*.py"))
TEXT_FOLDER = HOUSE / "logbook" / "texts" / "vi"
ON_SCREEN = {
    key
    for file in TEXT_FOLDER.iterdir()
    if file.name != "line.yaml"
    for key in yaml.safe_load(file.read_text(encoding="utf-8"))
    if not key.startswith("chair_kind_")
}
SENTENCES = {key: text for key, text in load_texts()["vi"].sentences.items() if key not in ON_SCREEN}
"""What is heard on the telephone."""
STATES = {"received", "in_progress", "transferred", "need_more", "answered", "closed", "guided"}
STATES |= {f"closed_{outcome}" for outcome in TicketOutcome}
LINE_STATES = {"before", "lunch", "after", "weekend", "holiday", "closure"}
SPOKEN_BY = ("say", "Say", "Each", "Term", "Count", "sentence", "_say", "_last_word")
LETTERS_A_SECOND = 15
LONGEST_TEXT_SECONDS = 25


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_arrows_between_the_rooms_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "6 kept, 0 broken" in done.stdout


def test_dialogues_need_nothing_but_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"callflows"}
    strange = {
        f"{name_of(path)}: {name}"
        for path in SOURCES
        if path.is_relative_to(HOUSE / "callflows")
        for name in imports(path)
        if name.partition(".")[0] not in allowed
    }
    assert strange == set()


def test_no_state_of_a_dialogue_is_named_outside_the_dialogues() -> None:
    """A state says itself what may still arrive at it."""
    named = {f'"{state}"' for state in callflows.STATES if "." in state}
    found = {
        path.relative_to(HOUSE).as_posix(): sorted(state for state in named if state in text)
        for path in SOURCES
        if path.parts[len(HOUSE.parts)] != "callflows"
        and any(state in (text := path.read_text(encoding="utf-8")) for state in named)
    }
    assert found == {}


def test_only_one_file_speaks_twiml() -> None:
    speakers = {
        name_of(path) for path in SOURCES if any(name.startswith("twilio.twiml") for name in imports(path))
    }
    assert speakers == {"ivr/line/twiml.py"}


CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "asctime"},
}


def reads_the_time(path: Path) -> Iterator[str]:
    """Calls like datetime.now(), datetime.datetime.now(), time.time(); time.monotonic() is no time of day."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            last = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if node.attr in CLOCKS.get(last, ()):
                yield f"{name_of(path)}:{node.lineno}"
        elif isinstance(node, ast.ImportFrom) and CLOCKS["time"] & {
            alias.name for alias in node.names if node.module == "time"
        }:
            yield f"{name_of(path)}:{node.lineno}"


@pytest.mark.row("F-13")
def test_only_one_file_reads_the_time() -> None:
    readers = {place for path in SOURCES for place in reads_the_time(path)}
    assert {place.partition(":")[0] for place in readers} == {"logbook/clock.py"}, readers


def test_no_room_for_leftovers() -> None:
    vague = {"utils", "helpers", "manager", "base", "common", "misc"}
    assert [name_of(path) for path in SOURCES if vague & set(path.with_suffix("").parts[-2:])] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in SOURCES
        if path.read_text("utf-8").strip()
        and path.name not in {"__init__.py", "__main__.py"}
        and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_the_suites_own_office_and_the_configuration_have_the_same_settings() -> None:
    """Whoever adds a setting adds it to both: cp config.yaml tests/office.yaml, in an unedited house."""
    shipped, own = (set(settings_named(StrictYaml(file).data)) for file in (HOUSE / "config.yaml", CONFIG))
    assert shipped ^ own == set(), "add what is missing to config.yaml or tests/office.yaml"


# --- texts ------------------------------------------------------------------------------------------------


def strings_in(node: ast.expr) -> Iterator[str]:
    """What an expression may be: a text, either side of a choice, or a pattern, * for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from strings_in(body)
            yield from strings_in(orelse)
        case ast.JoinedStr(values=values):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in values)
        case ast.Name(id=name):
            yield f"={name}"


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def assigned(path: Path) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return found


def keys_in(path: Path) -> Iterator[str]:
    """Every key that `path` gives to whatever speaks, names followed to what was assigned to them."""
    names = assigned(path)
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call) or called(node) not in SPOKEN_BY:
            continue
        for argument in node.args:
            for text in strings_in(argument):
                if text.startswith("="):
                    yield from (key for value in names.get(text[1:], []) for key in strings_in(value))
                else:
                    yield text


def keys_used() -> set[str]:
    kinds = set(get_args(EscalationKind))
    endings = {"state_*": STATES, "closed_*": LINE_STATES, "now_*": LINE_STATES, "chair_kind_*": kinds}
    found: set[str] = set()
    for path in SOURCES:
        if path.is_relative_to(HOUSE / "callflows") or path.parent in (
            HOUSE / "ivr" / "line",
            HOUSE / "ivr" / "phone",
        ):
            for key in keys_in(path):
                found |= {key.replace("*", ending) for ending in endings.get(key, {""})}
    return found


def test_every_sentence_somebody_says_is_in_the_catalogue() -> None:
    assert sorted(keys_used() - set(SENTENCES)) == []


def test_no_sentence_of_the_catalogue_is_never_said() -> None:
    assert sorted(set(SENTENCES) - keys_used()) == []


def test_every_call_that_speaks_names_the_words_its_sentence_needs() -> None:
    catalogue = load_texts()["vi"]
    wrong = []
    for path in (HOUSE / "callflows").glob("*.py"):
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and called(node) == "say"
                and isinstance(node.args[0], ast.Constant)
            ):
                given = {word.arg for word in node.keywords} - {"barge_in"}
                if given != catalogue.words_of(str(node.args[0].value)):
                    wrong.append(f"{name_of(path)}:{node.lineno}")
    assert wrong == []


def test_every_state_a_ticket_can_be_told_in_has_its_words() -> None:
    assert {key for key in SENTENCES if key.startswith("state_")} == {f"state_{state}" for state in STATES}


def test_every_state_of_the_line_has_its_greeting() -> None:
    assert {key.removeprefix("closed_") for key in SENTENCES if key.startswith("closed_")} >= LINE_STATES


@pytest.mark.parametrize("language", sorted(load_texts()))
def test_every_text_is_short_enough_to_be_listened_to(language: str) -> None:
    most = LONGEST_TEXT_SECONDS * LETTERS_A_SECOND
    texts = load_texts()[language].sentences
    assert {key: len(texts[key]) for key in SENTENCES if len(texts[key]) > most} == {}


# --- the console's texts ----------------------------------------------------------------------------------


def sources_of_pages() -> str:
    """Everything that shows texts on the screen: templates and product code."""
    files = [
        *(HOUSE / "logbook").rglob("*.html"),
        *(HOUSE / "logbook").rglob("*.py"),
        *(HOUSE / "ivr").rglob("*.py"),
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_text_a_template_names_is_in_the_catalogue() -> None:
    named = set(re.findall(r"""\bw\(\s*["']([a-z0-9_]+)["']\s*[,)]""", sources_of_pages()))
    assert len(named) > 100
    assert sorted(named - set(load_texts()["vi"].sentences)) == []


def test_no_text_of_the_screen_is_never_shown() -> None:
    source = sources_of_pages()
    begun = tuple(re.findall(r"""["'{]([a-z][a-z0-9_]*_)["'{]""", source))
    shown = {key for key in ON_SCREEN if f'"{key}"' in source or f"'{key}'" in source}
    assert sorted(key for key in ON_SCREEN - shown if not key.startswith(begun)) == []


# --- the whole tree ---------------------------------------------------------------------------------------


def files_of_the_tree() -> list[Path]:
    """Everything that is, or could be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        unavailable("not a git checkout")
    return [HOUSE / name for name in listed.stdout.decode().split("\0") if name and (HOUSE / name).is_file()]


def test_no_file_names_a_machine_or_a_registry() -> None:
    forbidden = [b"/wo" + b"rk/", b"/ro" + b"ot/", b"files.python" + b"hosted"]
    found = [
        name_of(path) for path in files_of_the_tree() if any(word in path.read_bytes() for word in forbidden)
    ]
    assert found == []


def test_every_text_file_is_utf_8_and_ends_with_a_line() -> None:
    kinds = {".py", ".md", ".yaml", ".toml", ".html", ".css", ".txt", ".lock"}
    for path in files_of_the_tree():
        if path.suffix in kinds and path.stat().st_size:
            assert path.read_bytes().decode().endswith("\n"), name_of(path)


def test_no_file_holds_what_a_merge_left_behind() -> None:
    marks = tuple(sign * 7 + b" " for sign in (b"<", b">"))
    found = [
        name_of(path)
        for path in files_of_the_tree()
        if any(line.startswith(marks) for line in path.read_bytes().splitlines())
    ]
    assert found == []
