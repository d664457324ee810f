"""The guides: `/console/help` opens the one for the person's role, and searches them all."""

from __future__ import annotations

from flask import Response, abort, request, send_from_directory

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.console.views import guides
from logbook.plain_text import plain_text

LONGEST_SEARCH = 100


def add(desk: ConsoleFrame) -> None:
    """`/console/help`, one page a guide, and their pictures, for everybody who has an account."""

    @desk.page("/help", Act.OWN_ACCOUNT)
    def guides_page() -> str:
        return _shown(desk, guides.own_guide(desk.person.role))

    @desk.page("/help/<guide>", Act.OWN_ACCOUNT)
    def guide_page(guide: str) -> str:
        return _shown(desk, guide)

    @desk.page("/help/pictures/<name>", Act.OWN_ACCOUNT)
    def guide_picture(name: str) -> Response:
        if not name.endswith(".webp"):
            abort(404)
        return send_from_directory(guides.PICTURES, name, mimetype="image/webp", max_age=3600)


def _shown(desk: ConsoleFrame, key: str) -> str:
    if key not in guides.GUIDES:
        abort(404)
    asked = plain_text(request.args.get("q", ""), LONGEST_SEARCH).strip()
    office = desk.settings.office
    every = guides.every(desk.words.language, office.agency, office.desk_name)
    return desk.show(
        "help.html",
        guide=next(one for one in every if one.key == key),
        every=every,
        own=guides.own_guide(desk.person.role),
        asked=asked,
        found=guides.found(asked, every),
    )
