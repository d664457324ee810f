"""The public front page: which number to call, and whether somebody answers now (000-11, 000-12)."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, send_from_directory

from ivr.line.hotline import Hotline
from logbook.calendar import weekly_hours
from logbook.clock import local
from logbook.database.engine import DatabaseBusyError
from logbook.database.samples import any_samples
from logbook.guards import everyone, guarded_by


def blueprint(hotline: Hotline) -> Blueprint:
    """`/` and its style sheet."""
    calendars = hotline.settings.calendars
    home = Blueprint("home", __name__, template_folder="templates")

    @home.get("/")
    @guarded_by(everyone)
    def front() -> str:
        now = hotline.clock.now()
        with hotline.database.reading() as conn:
            times, shut = hotline.calendars.now(conn)
            holds_samples = any_samples(conn)
        moment = times.hotline.at(now, shut)
        return render_template(
            "home.html",
            office=hotline.settings.office,
            trial=hotline.settings.is_trial,
            samples=holds_samples,
            number=hotline.settings.line.number_shown,
            telephone=hotline.settings.line.number,
            moment=moment,
            closes=moment.closes_at,
            opens=_when(hotline, moment.next_opening, now) if moment.next_opening else None,
            hours=weekly_hours.lines(calendars.hotline.week),
            team_hours=weekly_hours.lines(calendars.team.week),
            duty=hotline.settings.duty,
        )

    @home.get("/style.css")
    @guarded_by(everyone)
    def style() -> Response:
        return send_from_directory(f"{home.root_path}/templates", "style.css", max_age=3600)

    @home.errorhandler(DatabaseBusyError)
    def busy(_problem: DatabaseBusyError) -> tuple[str, int, dict[str, str]]:
        """The page while the database is away: it still shows the number to call."""
        catalogue = hotline.texts[hotline.settings.line.language]
        said = catalogue.sentences["front_busy"].format(number=hotline.settings.line.number_shown)
        return (
            render_template("home_busy.html", said=said, name=hotline.settings.office.hotline_name),
            503,
            {"Retry-After": "10"},
        )

    def _when(hotline: Hotline, opening: object, now: object) -> str:
        spell = hotline.texts["vi"].spell
        return spell.moment(opening, local(now).date())  # type: ignore[arg-type]

    return home
