"""Settings of draft transcripts: whether a machine writes recordings down, and what it may take."""

from typing import Annotated

from logbook.settings.shapes import Part, count


class TranscriptsPart(Part):
    """`minutes` and `memory_mb` bound one try at one recording."""

    enabled: bool = False
    minutes: Annotated[int, count(1, 120)] = 10
    memory_mb: Annotated[int, count(256, 32768)] = 2000
