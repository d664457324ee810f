"""What offices share in memory: two of them that are opened in the same moment do not disturb each other."""

from logbook.offices import alike


class Meanwhile:
    """A part that, while it is compared, sees another office opened, as by another thread."""

    def __eq__(self, other: object) -> bool:
        alike._kept()["meanwhile"].append(object())
        return self is other

    __hash__ = object.__hash__


def test_an_office_is_opened_while_another_one_is() -> None:
    first, second = Meanwhile(), Meanwhile()
    assert alike._seen("meanwhile", first) is first
    assert alike._seen("meanwhile", second) is second
    assert alike._seen("meanwhile", first) is first
