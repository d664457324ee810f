"""A program that is not installed here: its tests are skipped with the reason, never where all must run."""

import os
from typing import NoReturn

import pytest


def unavailable(why: str) -> NoReturn:
    """Skip the test, or fail it where CI=true: there, what the tests need is installed first."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
