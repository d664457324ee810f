"""Settings of what citizens may see: monthly notices, and which groups are too small to be shown."""

from typing import Annotated

from pydantic import Field, model_validator

from logbook.settings.lists import ListedPart
from logbook.settings.shapes import Part, Text, count, refuse_twice

CHANNELS = tuple(
    ListedPart(key=key, name=name)
    for key, name in (
        ("loudspeaker", "Loa phát thanh"),
        ("weekly_meeting", "Giao ban hàng tuần"),
        ("party_cells", "Giao ban Bí thư chi bộ"),
        ("in_person", "Trực tiếp từng công dân"),
        ("associations", "Đoàn thể sinh hoạt"),
    )
)
"""The channels of 001-15 and 004-12, where a configuration of before names none."""


class PublicationsPart(Part):
    """When a month's notice is posted, its sign, groups too small to be shown, channels of publicity."""

    notice_by_day: Annotated[int, count(1, 28)] = 10
    smallest_group: Annotated[int, count(2, 50)] = 5
    notice_sign: Text = "TB-UBND"
    board: Text = "Bảng niêm yết tại trụ sở Ủy ban nhân dân xã"
    channels: Annotated[tuple[ListedPart, ...], Field(min_length=1, max_length=30)] = CHANNELS

    def channel(self, key: str) -> ListedPart | None:
        """Return the channel of publicity of that key, or None."""
        return next((one for one in self.channels if one.key == key), None)

    @model_validator(mode="after")
    def _no_channel_twice(self) -> "PublicationsPart":
        refuse_twice((one.key for one in self.channels), "channels")
        refuse_twice((one.name for one in self.channels), "channels")
        return self
