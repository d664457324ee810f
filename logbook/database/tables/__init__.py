"""All tables by noun; import the whole schema from here."""

from logbook.database.tables.calls import call_enquiries, calls, consents, legs, turns
from logbook.database.tables.dossiers import (
    desk_meetings,
    desk_remedies,
    dossier_apologies,
    dossier_explanations,
    dossier_imports,
    dossier_mismatches,
    dossier_reviews,
    dossier_supplements,
    dossier_upload_parts,
    dossier_uploads,
    dossiers,
)
from logbook.database.tables.duty import desk_busy, duty_absences, duty_places, duty_sessions
from logbook.database.tables.forms import kept_forms, sent_forms
from logbook.database.tables.keeping import legal_holds, tombstones
from logbook.database.tables.letter_box import mail_letters, openings
from logbook.database.tables.lists import (
    checklist_looks,
    internal_checks,
    monthly_counts,
    news_items,
    work_checks,
)
from logbook.database.tables.metadata import metadata
from logbook.database.tables.names import personal_names
from logbook.database.tables.office import (
    budgets,
    callback_calls,
    callbacks,
    closures,
    day_overrides,
    leases,
    secret_key,
)
from logbook.database.tables.officials import officials
from logbook.database.tables.outbox import (
    case_results,
    deliveries,
    escalations,
    heartbeats,
    webhook_deliveries,
    webhooks,
    zalo_tokens,
)
from logbook.database.tables.people import api_clients, journal, journal_head, people, saved_views, sessions
from logbook.database.tables.plan import plan_evidence, plan_reminders, plan_tasks, plans
from logbook.database.tables.publications import notices, postings, publications, publicity
from logbook.database.tables.ratings import (
    criteria,
    criteria_sets,
    rating_counts,
    ratings,
    responses,
    yearly_indexes,
)
from logbook.database.tables.recordings import (
    line_edits,
    prompt_clips,
    prompt_codes,
    recordings,
    transcripts,
)
from logbook.database.tables.reports import late_explanations, obstacles, reports
from logbook.database.tables.samples import samples
from logbook.database.tables.slips import printed_slips, slip_checks, slip_photos, slips
from logbook.database.tables.team import budget_lines, budget_spends, team_members, written_forms
from logbook.database.tables.tickets import (
    restricted_records,
    ticket_events,
    ticket_groups,
    ticket_officials,
    tickets,
)
from logbook.database.tables.tokens import (
    rating_places,
    rating_tags,
    rating_tokens,
    replaced_ratings,
    token_ratings,
)

__all__ = [
    "api_clients",
    "budget_lines",
    "budget_spends",
    "budgets",
    "call_enquiries",
    "callback_calls",
    "callbacks",
    "calls",
    "case_results",
    "checklist_looks",
    "closures",
    "consents",
    "criteria",
    "criteria_sets",
    "day_overrides",
    "deliveries",
    "desk_busy",
    "desk_meetings",
    "desk_remedies",
    "dossier_apologies",
    "dossier_explanations",
    "dossier_imports",
    "dossier_mismatches",
    "dossier_reviews",
    "dossier_supplements",
    "dossier_upload_parts",
    "dossier_uploads",
    "dossiers",
    "duty_absences",
    "duty_places",
    "duty_sessions",
    "escalations",
    "heartbeats",
    "internal_checks",
    "journal",
    "journal_head",
    "kept_forms",
    "late_explanations",
    "leases",
    "legal_holds",
    "legs",
    "line_edits",
    "mail_letters",
    "metadata",
    "monthly_counts",
    "news_items",
    "notices",
    "obstacles",
    "officials",
    "openings",
    "people",
    "personal_names",
    "plan_evidence",
    "plan_reminders",
    "plan_tasks",
    "plans",
    "postings",
    "printed_slips",
    "prompt_clips",
    "prompt_codes",
    "publications",
    "publicity",
    "rating_counts",
    "rating_places",
    "rating_tags",
    "rating_tokens",
    "ratings",
    "recordings",
    "replaced_ratings",
    "reports",
    "responses",
    "restricted_records",
    "samples",
    "saved_views",
    "secret_key",
    "sent_forms",
    "sessions",
    "slip_checks",
    "slip_photos",
    "slips",
    "team_members",
    "ticket_events",
    "ticket_groups",
    "ticket_officials",
    "tickets",
    "token_ratings",
    "tombstones",
    "transcripts",
    "turns",
    "webhook_deliveries",
    "webhooks",
    "work_checks",
    "written_forms",
    "yearly_indexes",
    "zalo_tokens",
]
