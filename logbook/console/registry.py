"""Registers every page of the console; a new page is one entry in `PAGES`."""

from flask import Blueprint

from logbook.console import assets
from logbook.console.frame import ConsoleFrame, Elsewhere
from logbook.console.menu import MenuEntry
from logbook.console.pages.accounts import account, account_pin, accounts, audit_log, officials, sign_in
from logbook.console.pages.calls import callbacks, calls, recordings
from logbook.console.pages.desk import (
    dossier,
    dossiers,
    import_dossiers,
    month,
    rating_places,
    slip_photos,
    slip_print,
    slips,
    tokens,
)
from logbook.console.pages.figures import (
    index,
    leader,
    obstacles,
    officials_files,
    own_ratings,
    rating_comments,
    ratings,
    reports,
    superior,
    yearly,
)
from logbook.console.pages.office import (
    calendar,
    checklists,
    connections,
    counters,
    duty,
    duty_feed,
    guide_pages,
    kept_forms,
    line_menu,
    notices,
    outbox,
    prompt,
    prompts,
    publications,
    publicity,
    retention,
    team,
    webhooks,
    work_checks,
    written_forms,
)
from logbook.console.pages.plan import import_plan, plan, plan_task
from logbook.console.pages.tickets import (
    group,
    new_ticket,
    openings,
    portal,
    restricted,
    ticket,
    tickets,
    today,
    transcript,
)
from logbook.installation import Installation

PAGES = (
    assets,
    sign_in,
    today,
    account,
    account_pin,
    guide_pages,
    accounts,
    officials,
    tickets,
    ticket,
    transcript,
    portal,
    new_ticket,
    openings,
    group,
    calls,
    recordings,
    callbacks,
    calendar,
    duty,
    duty_feed,
    team,
    written_forms,
    restricted,
    dossiers,
    dossier,
    import_dossiers,
    month,
    slips,
    slip_print,
    slip_photos,
    tokens,
    rating_places,
    reports,
    superior,
    ratings,
    index,
    yearly,
    officials_files,
    own_ratings,
    rating_comments,
    obstacles,
    notices,
    publications,
    publicity,
    checklists,
    counters,
    work_checks,
    plan,
    plan_task,
    import_plan,
    leader,
    outbox,
    audit_log,
    retention,
    kept_forms,
    connections,
    webhooks,
    prompts,
    prompt,
    line_menu,
)
"""The page modules; each has `add(desk)`."""


MENU = (
    MenuEntry("today", "see_today", "menu_today"),
    MenuEntry("leader", "see_leader", "menu_leader"),
    MenuEntry("tickets", "see_tickets", "menu_tickets", "menu_group_cases"),
    MenuEntry("openings", "see_openings", "menu_openings", "menu_group_cases"),
    MenuEntry("calls", "see_calls", "menu_calls", "menu_group_cases"),
    MenuEntry("callbacks", "return_calls", "menu_callbacks", "menu_group_cases"),
    MenuEntry("told", "see_told", "menu_outbox", "menu_group_cases"),
    MenuEntry("dossiers", "see_dossiers", "menu_dossiers", "menu_group_desk"),
    MenuEntry("slips_page", "see_slips", "menu_slips", "menu_group_desk"),
    MenuEntry("reports", "see_reports", "menu_reports", "menu_group_results"),
    MenuEntry("ratings", "see_reports", "menu_ratings", "menu_group_results"),
    MenuEntry("notices_page", "see_notices", "menu_public", "menu_group_results"),
    MenuEntry("plan_page", "own_plan", "menu_plan", "menu_group_results"),
    MenuEntry("checklists_page", "see_lists", "menu_lists", "menu_group_desk"),
    MenuEntry("calendar", "see_calendar", "menu_calendar", "menu_group_duty"),
    MenuEntry("duty", "see_duty", "menu_duty", "menu_group_duty"),
    MenuEntry("team_page", "see_team", "menu_team", "menu_group_duty"),
    MenuEntry("written", "see_forms", "menu_forms", "menu_group_duty"),
    MenuEntry("restricted", "see_restricted", "menu_restricted", "menu_group_cases"),
    MenuEntry("prompts", "run_line", "menu_prompts", "menu_group_office"),
    MenuEntry("journal", "see_journal", "menu_journal", "menu_group_office"),
    MenuEntry("officials", "see_officials", "menu_officials", "menu_group_office"),
    MenuEntry("people", "run_people", "menu_people", "menu_group_office"),
    MenuEntry("connections_page", "run_connections", "menu_connections", "menu_group_office"),
)
"""What the menu offers, in its order; a page that is reached from another one only has no entry.

Entries of one group stand together under its name, where a person sees more than a few; one without a group
stands alone.
"""


def console_blueprint(installation: Installation, elsewhere: Elsewhere | None = None) -> Blueprint:
    """Return the whole console of one installation; `elsewhere` explains addresses that are not below it."""
    desk = ConsoleFrame(installation, MENU, elsewhere)
    for page in PAGES:
        page.add(desk)
    return desk.blueprint
