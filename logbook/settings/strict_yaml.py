"""Reads a YAML file strictly: no duplicate keys, no aliases, no guessed dates, octals or booleans."""

import re
from pathlib import Path
from typing import Any

import yaml

from logbook.process import machine_errors
from logbook.settings.errors import Problem, SettingsError

_NULL = re.compile(r"~|null|", re.ASCII)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+", re.ASCII)
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 20


class StrictYaml:
    """A file's values as JSON-like data, and the line on which each key stands."""

    def __init__(self, path: Path) -> None:
        """Read the file; SettingsError names file, key and line of whatever is wrong."""
        self.path = path
        self.lines: dict[tuple[str, ...], int] = {}
        self._problems: list[Problem] = []
        root = self._compose(self._text())
        self.data: Any = {} if root is None else self._value(root, ())
        if self._problems:
            raise SettingsError(self._problems)

    def _text(self) -> str:
        try:
            if self.path.exists() and not self.path.is_file():
                raise self._refused("phải là một tệp", "must be a file")  # a pipe would never end
            with self.path.open("rb") as file:
                content = file.read(SIZE_LIMIT + 1)
        except OSError as error:
            english = error.strerror or type(error).__name__
            raise self._refused(
                f"không đọc được tệp ({machine_errors.reason(error)})", f"cannot read the file ({english})"
            ) from error
        if len(content) > SIZE_LIMIT:
            raise self._refused("tệp quá lớn", "the file is too large")
        if not content.strip():
            raise self._refused("tệp trống", "the file is empty")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._refused("tệp phải là UTF-8", "the file must be UTF-8") from error

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            self._refuse_shape(text)
            return yaml.compose(text, Loader=_LOADER)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = None if mark is None else mark.line + 1
            detail = getattr(error, "problem", None) or "YAML"
            raise self._refused(
                f"không phải YAML đúng dạng: {detail}", f"not well-formed YAML: {detail}", line
            ) from error

    def _refuse_shape(self, text: str) -> None:
        """Refuse aliases and deep nesting before anything is built from them."""
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark is not None else None
            if isinstance(event, yaml.AliasEvent):
                raise self._refused(
                    "không dùng neo (&, *) của YAML", "YAML aliases (&, *) are not allowed", line
                )
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEPTH_LIMIT:
                raise self._refused("lồng quá sâu", "nested too deeply", line)

    def _refused(self, vietnamese: str, english: str, line: int | None = None) -> SettingsError:
        return SettingsError([Problem(str(self.path), "(tệp / file)", vietnamese, english, line)])

    def _value(self, node: yaml.Node, place: tuple[str, ...]) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[(*place, str(index))] = item.start_mark.line + 1
            return [self._value(item, (*place, str(index))) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here, line = (*place, key), key_node.start_mark.line + 1
            if key in found:
                first = self.lines[here]
                vietnamese = f"khóa ghi hai lần (lần đầu ở dòng {first})"
                english = f"the key stands twice (first on line {first})"
                self._problems.append(Problem(str(self.path), ".".join(here), vietnamese, english, line))
                continue
            self.lines[here] = line
            found[key] = self._value(value_node, here)
        return found


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    """Return the value of a scalar; only null, true, false and decimal numbers are special."""
    text = str(node.value)
    if getattr(node, "style", None):
        return text
    if _NULL.fullmatch(text):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _DECIMAL.fullmatch(text):
        return float(text)
    return int(text) if _INTEGER.fullmatch(text) else text
