"""Draws a QR code as an inline picture."""

from __future__ import annotations

import segno


def qr_path(content: str) -> tuple[str, int]:
    """A QR code as the `d` of one SVG path, a unit a module, and its side with the quiet zone of four."""
    code = segno.make(content, error="m", micro=False)
    rows = list(code.matrix_iter(border=4))
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    return "".join(dark), len(rows)
