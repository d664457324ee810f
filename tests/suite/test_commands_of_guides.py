"""Every command a guide names exists, with every option it is given; some are run as they stand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ivr.cli import tongdai
from tests.frozen import HOUSE

GUIDES = (
    HOUSE / "README.md",
    HOUSE / "SECURITY.md",
    *sorted((HOUSE / "docs").glob("*.md")),
    *sorted((HOUSE / "docs" / "install").rglob("*.md")),
    *sorted((HOUSE / "docs" / "install").rglob("*.s*")),
    *sorted((HOUSE / "docs" / "install").glob("*.yaml")),
    *sorted((HOUSE / "logbook" / "console" / "guides").rglob("*.md")),
)
_NAMED = re.compile(
    r"(?:`|^\s*(?:sudo (?:-\S+ \S+ |\w+=\S+ )*)?|bin/|exec )tongdai ((?:--?\w|[a-z])[^`\n#|&;]*)",
    re.MULTILINE,
)


def commands() -> Iterator[tuple[Path, list[str]]]:
    for guide in GUIDES:
        for found in _NAMED.finditer(guide.read_text("utf-8")):
            words = re.sub(r"[“”]", "", found[1]).strip().rstrip(".,:;)")
            try:
                yield guide, shlex.split(words)
            except ValueError:
                yield guide, words.split()


def wrong_with(words: list[str]) -> str:
    """What of a command does not exist; "" when all of it does."""
    context = click.Context(tongdai)
    command: click.Command = tongdai
    for at, word in enumerate(words):
        if word.startswith("-"):
            options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
            if word.partition("=")[0] not in options | {"--help"}:
                return f"{command.name} has no {word}"
        elif isinstance(command, click.Group):
            before = words[at - 1] if at else ""
            option = next((one for one in command.params if before in one.opts), None)
            if isinstance(option, click.Option) and not option.is_flag:
                continue
            inner = command.get_command(context, word)
            if inner is None:
                return f"{command.name} has no command {word}"
            command = inner
    return ""


@pytest.mark.row("N1")
def test_every_command_of_the_guides_exists_with_its_options() -> None:
    named = list(commands())
    wrong = {f"{guide.relative_to(HOUSE)}: {' '.join(words)}": why
             for guide, words in named if words and (why := wrong_with(words))}  # fmt: skip
    assert wrong == {}
    assert len(named) >= 40
    assert {words[0] for _, words in named} >= {"check", "setup", "upgrade", "backup", "restore", "line"}


@pytest.mark.parametrize(
    "words", [["chek"], ["check", "--sned"], ["db", "upgarde"], ["user", "add", "--rolle"]]
)
def test_a_command_that_is_not_there_is_seen(words: list[str]) -> None:
    assert wrong_with(words)


@pytest.mark.row("N1")
def test_a_guides_commands_run_as_they_stand_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new database, its state, the list for going live: the words are read from the guides."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TONGDAI_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("TONGDAI_CONFIG", str(HOUSE / "tests" / "office.yaml"))
    named = [words for _, words in commands()]
    for wanted in (["db", "upgrade"], ["db", "status"], ["verify"], ["check"]):
        assert wanted in named
        arguments = [*wanted, "--offline"] if wanted == ["check"] else wanted
        answer = CliRunner().invoke(tongdai, arguments)
        assert answer.exit_code == 0, (wanted, answer.output)
