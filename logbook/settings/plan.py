"""Settings of the action plan: when people are reminded, how large a file of proof may be."""

from typing import Annotated

from logbook.settings.shapes import Part, count


class PlanPart(Part):
    """When people are reminded, in working days before the end, and the largest file of proof in MB."""

    remind_days: Annotated[int, count(1, 15)] = 5
    largest_file_mb: Annotated[int, count(1, 20)] = 5
