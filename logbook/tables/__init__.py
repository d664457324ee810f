"""All tables by noun; whoever needs the whole schema imports it from here."""

from logbook.tables.calls import calls, consents, legs, turns
from logbook.tables.metadata import metadata
from logbook.tables.office import budgets, callbacks, closures, day_overrides, leases
from logbook.tables.ratings import criteria, criteria_sets, ratings, responses
from logbook.tables.recordings import recordings
from logbook.tables.tickets import restricted_records, ticket_events, tickets

__all__ = [
    "budgets",
    "callbacks",
    "calls",
    "closures",
    "consents",
    "criteria",
    "criteria_sets",
    "day_overrides",
    "leases",
    "legs",
    "metadata",
    "ratings",
    "recordings",
    "responses",
    "restricted_records",
    "ticket_events",
    "tickets",
    "turns",
]
