"""Numbers of rows that travel between files, each a type of its own, so that mypy refuses a swap.

At run time each is an int; whoever reads one from outside says which it is, once.
"""

from typing import NewType

TicketId = NewType("TicketId", int)
CallId = NewType("CallId", int)
DeliveryId = NewType("DeliveryId", int)
EscalationId = NewType("EscalationId", int)
PersonId = NewType("PersonId", int)
"""An account."""
RecordingId = NewType("RecordingId", int)
CallbackId = NewType("CallbackId", int)
"""A promise to call somebody back."""
