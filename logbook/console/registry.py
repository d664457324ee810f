"""Registers every page of the console; a new page is one entry in `PAGES`."""

from flask import Blueprint

from logbook.console import assets
from logbook.console.frame import ConsoleFrame
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
    yearly,
)
from logbook.console.pages.office import (
    calendar,
    duty,
    duty_feed,
    kept_forms,
    outbox,
    publications,
    retention,
    team,
    written_forms,
)
from logbook.console.pages.tickets import group, new_ticket, openings, restricted, ticket, tickets, today
from logbook.installation import Installation

PAGES = (
    assets,
    sign_in,
    today,
    account,
    account_pin,
    accounts,
    officials,
    tickets,
    ticket,
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
    ratings,
    index,
    yearly,
    officials_files,
    own_ratings,
    rating_comments,
    obstacles,
    publications,
    leader,
    outbox,
    audit_log,
    retention,
    kept_forms,
)
"""The page modules; each has `add(desk)`."""


def console_blueprint(installation: Installation) -> Blueprint:
    """Return the whole console of one installation."""
    desk = ConsoleFrame(installation)
    for page in PAGES:
        page.add(desk)
    return desk.blueprint
