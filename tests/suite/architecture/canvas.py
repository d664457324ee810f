"""Boxes, arrows and words of a drawing, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

STYLE = (
    'text{font-family:"DejaVu Sans",Verdana,Arial,sans-serif;font-size:13px;fill:#14283c}'
    ".t{font-weight:bold}.s{font-size:11.5px;fill:#3b4f63}"
    ".l{font-size:11.5px;fill:#3b4f63;paint-order:stroke;stroke:#fff;stroke-width:6px}"
    ".box{fill:#f4f7fb;stroke:#1f5f99;stroke-width:1.6}.own{fill:#eaf3ec;stroke:#2d7a46;stroke-width:1.8}"
    ".data{fill:#fdf3e3;stroke:#a35a00;stroke-width:1.6}.end{fill:#e9ebee;stroke:#5c6b7a;stroke-width:1.6}"
    ".house{fill:none;stroke:#8a99a8;stroke-dasharray:6 5;stroke-width:1.3}.row{stroke:#e3e8ee}"
    ".w{stroke:#1f5f99;stroke-width:1.8;fill:none}.dot{fill:#fff;stroke:#1f5f99;stroke-width:1.8}"
    ".head{fill:#1f5f99}"
)


@dataclass
class Canvas:
    """One drawing; `words` says what is in it, for those who do not see it. All lengths in pixels."""

    width: int
    height: int
    title: str
    words: str
    parts: list[str] = field(default_factory=list)

    def frame(self, x: int, y: int, width: int, height: int, name: str) -> None:
        """A dashed frame with its name in the corner."""
        self.parts.append(f'<rect class="house" x="{x}" y="{y}" width="{width}" height="{height}" rx="12"/>')
        self.text(x + 12, y + 20, name, "s", "start")

    def box(self, x: int, y: int, width: int, height: int, lines: Sequence[str], kind: str = "box") -> None:
        """A box; its first line is its name, the others are smaller."""
        self.parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>')
        first = y + height / 2 - (len(lines) - 1) * 8.5 + 4.5
        for at, line in enumerate(lines):
            self.text(x + width / 2, first + at * 17, line, "s" if at else "t")

    def text(self, x: float, y: float, words: str, kind: str = "s", anchor: str = "middle") -> None:
        """Some words on one line."""
        self.parts.append(
            f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def arrow(self, *points: tuple[float, float], label: str = "", at: tuple[float, float] = (0, 0)) -> None:
        """An arrow through points to the last one; its label stands at `at`."""
        way = "L".join(f"{x:g} {y:g}" for x, y in points)
        self.parts.append(f'<path class="w" marker-end="url(#a)" d="M{way}"/>')
        if label:
            self.text(*at, label, "l")

    def line(self, begin: tuple[float, float], end: tuple[float, float], kind: str = "w") -> None:
        """A line without a head."""
        self.parts.append(f'<path class="{kind}" d="M{begin[0]:g} {begin[1]:g}L{end[0]:g} {end[1]:g}"/>')

    def dot(self, x: float, y: float) -> None:
        """A small open circle."""
        self.parts.append(f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="4.5"/>')

    def head(self, x: float, y: float, side: int) -> None:
        """The head of an arrow that comes from the left (-1) or from the right (1)."""
        self.parts.append(f'<path class="head" d="M{x:g} {y:g}l{11 * side} -6v12z"/>')

    def drawn(self) -> str:
        """The whole drawing."""
        marker = (
            '<defs><marker id="a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
            ' orient="auto-start-reverse"><path class="head" d="M0 0L10 5L0 10z"/></marker></defs>'
        )
        top = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img"'
            f' aria-labelledby="t d">\n<title id="t">{escape(self.title)}</title>\n'
            f'<desc id="d">{escape(self.words)}</desc>\n<style>{STYLE}</style>{marker}\n'
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>\n'
        )
        return top + "\n".join(self.parts) + "\n</svg>\n"
