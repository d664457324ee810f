"""Registers every page of the province; the signing in and the own account are the console's."""

from flask import Blueprint

from logbook.console import assets
from logbook.console.frame import ConsoleFrame
from logbook.console.menu import MenuEntry
from logbook.console.pages.accounts import account, sign_in
from logbook.console.pages.office import kept_forms
from logbook.console.province import page
from logbook.installation import Installation

PROVINCE_PAGES = (assets, sign_in, account, kept_forms, page)
PROVINCE_MENU = (
    MenuEntry("today", "see_province", "menu_province"),
    MenuEntry("account", "own_account", "account_title"),
)


def province_blueprint(installation: Installation) -> Blueprint:
    """Return the province's pages over its own database."""
    desk = ConsoleFrame(installation, PROVINCE_MENU)
    for one in PROVINCE_PAGES:
        one.add(desk)
    return desk.blueprint
