"""A number of a row has a type of its own wherever it travels, so that mypy refuses a swap."""

import re

from tests.house import ROOT, sources

BARE = re.compile(r"\b(?:ticket|call|recording|callback|delivery|escalation|person)_id: int\b")


def test_no_function_takes_the_number_of_a_ticket_call_recording_or_account_as_a_bare_int() -> None:
    bare = {
        f"{path.relative_to(ROOT).as_posix()}: {line.strip()}"
        for path in sources()
        if "migrations" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        if BARE.search(line)
    }
    assert sorted(bare) == []
