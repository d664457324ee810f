"""Settings of what citizens may see: monthly notices, and which groups are too small to be shown."""

from typing import Annotated

from logbook.settings.shapes import Part, Text, count


class PublicationsPart(Part):
    """When a month's notice must be posted, how it is called, and which groups are too small to be shown."""

    notice_by_day: Annotated[int, count(1, 28)] = 10
    smallest_group: Annotated[int, count(2, 50)] = 5
    notice_sign: Text = "TB-UBND"
    board: Text = "Bảng niêm yết tại trụ sở Ủy ban nhân dân xã"
