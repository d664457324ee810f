"""Reads XML into a small tree of elements, and refuses what no call document may contain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat


class MarkupError(ValueError):
    """The bytes are not well-formed XML, or they declare a document type."""


@dataclass
class Element:
    """One element: its name, attributes, children in order, and its own text put together."""

    name: str
    attributes: Mapping[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""


def read(body: bytes) -> Element:
    """Parse a document into its root element; raise MarkupError.

    Comments and processing instructions are skipped. Document types are refused, so that no entity can be
    declared and blown up.
    """
    open_elements = [Element("", {})]

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_name: str) -> None:
        closed = open_elements.pop()
        closed.text = " ".join(closed.text.split())

    def characters(text: str) -> None:
        open_elements[-1].text += text

    def doctype(name: str, *_: object) -> None:
        raise MarkupError(f"a document type ({name}) is not allowed")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as trouble:
        raise MarkupError(f"not well-formed: {trouble}") from trouble
    return open_elements[0].children[0]
