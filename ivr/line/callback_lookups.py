"""Looks up which citizen a call returns a callback to, and whether the line may ring them."""

from __future__ import annotations

from sqlalchemy import Connection

from callflows.escalations import CallBackTo, WhomToCallBack
from ivr.line.hotline import Hotline
from ivr.line.outgoing_call import CallAttempt
from logbook import phone_numbers
from logbook.outbox import returned_calls
from logbook.sending import outcomes
from logbook.settings import own_numbers


def whom(hotline: Hotline, conn: Connection, question: WhomToCallBack) -> CallBackTo:
    """The citizen who still waits for this very call, as they are to be rung now (T-13)."""
    attempt = CallAttempt.read(question.call_attempt)
    row = outcomes.current_call(conn, attempt.delivery, attempt.attempt)
    callback = None if row is None else returned_calls.waiting(conn, row)
    if callback is None:
        return CallBackTo(why="over")
    number = own_numbers.callable_citizen(callback.number, hotline.office_now.numbers)
    if number is None:
        return CallBackTo(why="not_allowed")
    if not hotline.settings.guests.number(number):
        return CallBackTo(why="trial")
    return CallBackTo(number, phone_numbers.head(number))
