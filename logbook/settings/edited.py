"""Changes values of a YAML file as text, so that every comment stays where it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

import yaml

Place = tuple[str | int, ...]
"""The way to a value: keys of mappings, numbers of list entries."""


def with_values(text: str, changes: Mapping[Place, object]) -> str:
    """Return `text` with the value at each place replaced; KeyError for a place that is not there.

    A text, number, truth value, None or list of these is written on one line; a `Block` as it stands.
    """
    root = _root(text)
    spans = [(*_span(_node(root, place)), _written(value)) for place, value in changes.items()]
    for start, end, written in sorted(spans, reverse=True):
        text = text[:start] + written + text[end:]
    return text


@lru_cache(maxsize=2)
def _root(text: str) -> yaml.Node | None:
    """The nodes of a text; whoever makes many offices out of one template reads it once."""
    root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return root


class Block(str):
    """Lines of YAML that take the place of a list, already indented; the first line stands at its column."""

    __slots__ = ()


def quoted(value: object) -> str:
    """A value as YAML on one line."""
    return json.dumps(value, ensure_ascii=False)


def _written(value: object) -> str:
    return str(value) if isinstance(value, Block) else quoted(value)


def _node(node: yaml.Node | None, place: Place) -> yaml.Node:
    for step in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        else:
            node = None
        if node is None:
            raise KeyError(".".join(map(str, place)))
    if node is None:
        raise KeyError("an empty file")
    return node


def _span(node: yaml.Node) -> tuple[int, int]:
    """Where the value begins and ends; a block ends with its last value, not with the comments after it."""
    return node.start_mark.index, _end(node)


def _end(node: yaml.Node) -> int:
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)
