"""Prints things where millimetres matter: a template and its data become the bytes of a PDF.

The words of people arrive as data and stay text: a template never runs them. Wants the extra [print].
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
"""A template is one file <name>.typ; what they share stands in base.typ."""


class PrintingMissingError(Exception):
    """The extra [print] is not installed; `args[0]` is a text key of the console's catalogue."""


def pdf(template: str, data: Mapping[str, object], made_at: datetime) -> bytes:
    """Return the PDF of a template with its data (anything JSON can say); `made_at` is its date inside.

    The same data and moment make the same bytes: fonts come with typst, none is taken from the machine.
    PrintingMissingError without the extra; typst's own error where a template is wrong.
    """
    try:
        import typst  # 34 MB, loaded when somebody prints
    except ImportError:
        raise PrintingMissingError("printing_missing") from None
    return typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=made_at.replace(microsecond=0),
    )
