"""Settings of the form behind QR codes: its questions, the customer's name, the day of the evaluation."""

from __future__ import annotations

from typing import Annotated

from logbook.settings.shapes import Key, Part, count


class RatingFormPart(Part):
    """The form; `evaluation_day` is the day of the month on which officials are evaluated (004-07)."""

    instrument: Key = "van-gia-qr"
    version: Annotated[int, count(1, 1000)] = 1
    ask_name: bool = True
    evaluation_day: Annotated[int, count(1, 28)] = 5
