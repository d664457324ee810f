"""All tables by noun; whoever needs the whole schema imports it from here."""

from logbook.tables.calls import calls, consents, legs, turns
from logbook.tables.dossiers import (
    desk_meetings,
    desk_remedies,
    dossier_apologies,
    dossier_explanations,
    dossier_imports,
    dossier_mismatches,
    dossier_reviews,
    dossier_supplements,
    dossier_uploads,
    dossiers,
)
from logbook.tables.forms import kept_forms, sent_forms
from logbook.tables.keeping import legal_holds, tombstones
from logbook.tables.metadata import metadata
from logbook.tables.office import (
    budgets,
    callback_calls,
    callbacks,
    closures,
    day_overrides,
    leases,
    secret_key,
)
from logbook.tables.people import journal, journal_head, people, saved_views, sessions
from logbook.tables.ratings import criteria, criteria_sets, ratings, responses
from logbook.tables.recordings import recordings
from logbook.tables.reports import late_explanations, obstacles, reports
from logbook.tables.telling import beats, case_results, deliveries, escalations
from logbook.tables.tickets import restricted_records, ticket_events, ticket_groups, tickets

__all__ = [
    "beats",
    "budgets",
    "callback_calls",
    "callbacks",
    "calls",
    "case_results",
    "closures",
    "consents",
    "criteria",
    "criteria_sets",
    "day_overrides",
    "deliveries",
    "desk_meetings",
    "desk_remedies",
    "dossier_apologies",
    "dossier_explanations",
    "dossier_imports",
    "dossier_mismatches",
    "dossier_reviews",
    "dossier_supplements",
    "dossier_uploads",
    "dossiers",
    "escalations",
    "journal",
    "journal_head",
    "kept_forms",
    "late_explanations",
    "leases",
    "legal_holds",
    "legs",
    "metadata",
    "obstacles",
    "people",
    "ratings",
    "recordings",
    "reports",
    "responses",
    "restricted_records",
    "saved_views",
    "secret_key",
    "sent_forms",
    "sessions",
    "ticket_events",
    "ticket_groups",
    "tickets",
    "tombstones",
    "turns",
]
