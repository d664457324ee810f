"""QR codes for printed things."""

from __future__ import annotations

import segno


def qr_svg(content: str) -> str:
    """Return a QR code as an SVG text: error level M, a quiet zone of four modules, black on white."""
    code = segno.make(content, error="m", micro=False)
    svg: str = code.svg_inline(border=4, scale=4, dark="#000", light="#fff", omitsize=True)
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
