"""Draws the life of a delivery for docs/sending.md: `python -m tests.logbook.outbox.diagram`."""

from __future__ import annotations

from logbook.outbox.state_machine import TABLE, DeliveryState
from tests.house import ROOT

DOCUMENT = ROOT / "docs" / "sending.md"
HEAD = """# The life of a delivery

A delivery is one message or one call to one person. Its states, and everything that may happen to it,
stand in one table, `logbook/outbox/state_machine.py`; [decision
0009](decisions/0009-outbox-and-escalations.md) says why. This page is drawn from that table.

A guard keeps a late, repeated or outlived request from changing anything: what an event finds in another
state, or with another try or lease than it knows, stays as it is. "Answers" names the
[faults](threats-and-faults.md) that an event is there for.
"""


def _name(state: DeliveryState) -> str:
    return state.name.lower()


def drawn() -> str:
    """Return the document: a diagram (Mermaid), then every event as a row."""
    lines = [HEAD, "```mermaid", "stateDiagram-v2", "    [*] --> due"]
    for event, one in TABLE.items():
        lines += [f"    {_name(before)} --> {_name(one.after)}: {event.value}" for before in one.before]
    over = [state for state in DeliveryState if state.is_over or state is DeliveryState.SENT]
    lines += [f"    {_name(state)} --> [*]" for state in over]
    lines += ["```", "", "| event | from | to | what happened | must still be | answers |", "|---" * 6 + "|"]
    for event, one in TABLE.items():
        before = ", ".join(map(_name, one.before))
        cells = (event.value, before, _name(one.after), one.says, one.must_be, ", ".join(one.faults))
        lines.append(f"| {' | '.join(cells)} |".replace("_", " "))
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    DOCUMENT.write_text(drawn(), "utf-8")
