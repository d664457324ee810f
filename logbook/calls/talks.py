"""Decides whether two people talked, for a clerk who was rung and for a callback (B-07, R3)."""

from typing import Literal, get_args

from sqlalchemy import ColumnElement, and_, func

from logbook.database.tables import legs

Talk = Literal["completed", "brief", "busy", "no-answer", "failed", "canceled"]
"""How ringing somebody ended, in the provider's words; `completed` is that they talked, `brief` is ours."""
_ENDS: dict[str, Talk] = {word: word for word in get_args(Talk) if word != "brief"}


def judge(
    outcome: str,
    seconds: int | None,
    shortest: int,
    *,
    bridged: bool | None = None,
    accepted: bool = True,
) -> Talk:
    """Return what the provider's `outcome` of a leg means (TEL-5, B-07, R3).

    `seconds` of talk and `bridged` are None when the host did not say; `shortest` is the setting. A telephone
    that was picked up without a second of talk was not answered; a talk shorter than `shortest`, as with a
    voice mail box, is `brief`. When only the word is known, the word decides. Where whoever picks up is asked
    for a key, one who presses none has not `accepted`: nobody was reached, whatever the word.
    """
    end = _ENDS.get(outcome, "failed")
    if end != "completed":
        return end
    if not accepted or bridged is False or seconds == 0:
        return "no-answer"
    return "brief" if seconds is not None and seconds < shortest else "completed"


def talked() -> ColumnElement[bool]:
    """The legs in which two people talked; old rows have the length alone."""
    return and_(legs.c.outcome == "completed", func.coalesce(legs.c.seconds, 1) > 0)


def brief() -> ColumnElement[bool]:
    """The legs with a short talk only."""
    return legs.c.outcome == "brief"
