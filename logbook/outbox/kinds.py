"""How each kind of delivery is tried: by default again and again, some only once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

RETURNED_CALL = "returned_call"
"""The kind of a call that rings a clerk who asked for it, and then a citizen who waits (T-13)."""


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """What may be done with a delivery of one kind.

    `once`: whatever becomes of its one try, nothing sends it a second time. `patience` is how long after it
    was written it may still be sent, and how long after its try anything may still be found out about it;
    None: as long as the settings say.
    """

    once: bool = False
    patience: timedelta | None = None


USUAL = DeliveryPolicy()
POLICIES: Mapping[str, DeliveryPolicy] = {
    RETURNED_CALL: DeliveryPolicy(once=True, patience=timedelta(minutes=10)),
}
ONCE = tuple(kind for kind, policy in POLICIES.items() if policy.once)
WAITED_FOR = tuple(kind for kind, policy in POLICIES.items() if policy.patience is not None)
"""Kinds for which somebody sits beside a telephone: they are sent before all others that are due."""


def policy_of(kind: str) -> DeliveryPolicy:
    """Return how a kind is tried."""
    return POLICIES.get(kind, USUAL)
