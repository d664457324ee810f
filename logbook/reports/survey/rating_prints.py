"""What hangs or stands where people rate: a poster, a desk card, a sheet of three steps (004-01, 004-14)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from logbook import printing
from logbook.printing.codes import qr_svg
from logbook.ratings.places import RatingPlace
from logbook.reports.shown import Says
from logbook.settings.loading import Settings


class RatingPrint(StrEnum):
    """One printed thing of a place."""

    POSTER = "poster"
    CARD = "card"
    STEPS = "steps"


def address_of(settings: Settings, place: RatingPlace) -> str:
    """Return the address the code of a place leads to: inside the office, where the form has one there."""
    return f"{settings.form_url}/r/{place.code}"


def printed(what: RatingPrint, settings: Settings, place: RatingPlace, says: Says, at: datetime) -> bytes:
    """Return the PDF of one thing: the poster A4, the card A5, the steps A4. PrintingMissingError."""
    address = address_of(settings, place)
    data: dict[str, object] = {
        "agency": settings.office.agency,
        "qr": qr_svg(address),
        "code": place.code.upper(),
        "address": address,
        "foot": says("rate_foot", number=settings.line.number_shown),
    }
    if what is RatingPrint.STEPS:
        return printing.pdf("rating_steps", data | _steps(settings, says), at)
    card: dict[str, object] = {
        "paper": "a4" if what is RatingPrint.POSTER else "a5",
        "title": says("rate_title"),
        "place": place.name,
        "about": place.title,
        "code_says": says("print_code_says"),
        "steps": [says(f"print_step_{number}") for number in (1, 2, 3)],
    }
    return printing.pdf("rating_card", data | card, at)


def _steps(settings: Settings, says: Says) -> dict[str, object]:
    network = settings.wifi_name
    return {
        "title": says("print_steps_title"),
        "network_title": says("print_network_title"),
        "network_says": says("print_network_says" if network else "print_network_any"),
        "network": network,
        "network_name": says("print_network_name"),
        "password": settings.wifi_password.get_secret_value(),
        "password_name": says("print_network_password"),
        "code_title": says("print_code_title"),
        "code_says": says("print_code_says"),
        "marks_title": says("print_marks_title"),
        "marks_says": says("print_marks_says"),
    }
