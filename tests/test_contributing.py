"""What CONTRIBUTING and README name exists: a guide that leads nowhere is worse than none."""

import re

import pytest

from tests.house import ROOT

PATH = re.compile(r"`((?:callflows|ivr|logbook|scheduler|tests|docs|bench)/[\w./-]*)`")


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md", "SECURITY.md", "docs/telephone.md"])
def test_every_path_a_guide_names_exists(name: str) -> None:
    named = PATH.findall((ROOT / name).read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []
