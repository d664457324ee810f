"""Places with a QR code: office, counters, officials; posters, cards and the three steps as PDF."""

from __future__ import annotations

import io

from flask import abort, request, send_file
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.officials import register
from logbook.ratings import places
from logbook.ratings.places import PlaceKind, PlaceRefusedError, RatingPlace
from logbook.reports.survey import rating_prints
from logbook.reports.survey.rating_prints import RatingPrint
from logbook.search import ticket_filters

ONE = "/rating-places/<int(max=2147483647):place_id>"


def add(desk: ConsoleFrame) -> None:
    """`/console/rating-places`, its form, closing a place, and what is printed of one."""

    @desk.page("/rating-places", Act.ENTER_SLIPS)
    def rating_places() -> str:
        return _shown(desk)

    @desk.page("/rating-places", Act.ENTER_SLIPS, methods=("POST",))
    def rating_place_make() -> Response | tuple[str, int]:
        kind, name = request.form.get("kind", ""), request.form.get("name", "")
        official = ticket_filters.whole(request.form.get("official"))
        try:
            if kind not in PlaceKind.__members__.values():
                raise PlaceRefusedError("place_kind_missing")
            with desk.writing() as conn:
                made = places.make(conn, PlaceKind(kind), name, official, desk.person.login, desk.now)
                subject = f"rating_place:{made.id}"
                audit_log.write(conn, desk.person, "make_rating_place", subject, desk.now, "", name=made.name)
                return desk.back("rating_places", "place_made")
        except PlaceRefusedError as refused:
            return _shown(desk, str(refused.args[0])), 400

    @desk.page(f"{ONE}/close", Act.ENTER_SLIPS, methods=("POST",))
    def rating_place_close(place_id: int) -> Response:
        with desk.writing() as conn:
            _found(places.of_id(conn, place_id))
            places.close(conn, place_id, desk.now)
            audit_log.write(conn, desk.person, "close_rating_place", f"rating_place:{place_id}", desk.now)
            return desk.back("rating_places", "place_closed")

    @desk.page(f"{ONE}/<what>.pdf", Act.ENTER_SLIPS)
    def rating_place_print(place_id: int, what: str) -> Response:
        with desk.reading() as conn:
            place = _found(places.of_id(conn, place_id))
        if place.closed_at is not None or what not in RatingPrint.__members__.values():
            abort(404)
        file = rating_prints.printed(RatingPrint(what), desk.settings, place, desk.words, desk.now)
        name = f"danh-gia-{place.code}-{what}.pdf"
        return send_file(io.BytesIO(file), "application/pdf", download_name=name)


def _found(place: RatingPlace | None) -> RatingPlace:
    return place if place is not None else abort(404)


def _shown(desk: ConsoleFrame, wrong: str = "") -> str:
    with desk.reading() as conn:
        found = places.listed(conn)
        serving = register.listed(conn, local(desk.now).date())
    return desk.show(
        "rating_places.html",
        here="slips_page",
        open=[one for one in found if one.closed_at is None],
        closed=[one for one in found if one.closed_at is not None],
        officials=serving,
        kinds=PlaceKind,
        prints=RatingPrint,
        wrong=wrong,
        form=request.form,
        address=lambda place: rating_prints.address_of(desk.settings, place),
    )
