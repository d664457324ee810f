"""What a dialogue knows of the office."""

from typing import get_args

import pytest

from callflows.atlas import example_office
from callflows.office import LineState


@pytest.mark.parametrize("state", get_args(LineState))
def test_the_line_is_staffed_in_exactly_one_of_its_states(state: LineState) -> None:
    assert example_office(state).open == (state == "open")
