"""Calendar feed of one person's duty; its address is the key, since calendar programs cannot sign in."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort

from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.duty import feed
from logbook.duty.on_duty import on_duty_between
from logbook.duty.sessions import DutyKind
from logbook.guards import everyone, guarded_by


def add(desk: ConsoleFrame) -> None:
    """`/console/duty/feed/<key>.ics`, also for whoever is not signed in."""

    @desk.blueprint.get("/duty/feed/<feed_key>.ics")
    @guarded_by(everyone)
    def duty_feed(feed_key: str) -> Response:
        person = feed.person_of(desk.secret, feed_key)
        if person is None:
            abort(404)
        today = local(desk.now).date()
        first, last = today - timedelta(days=feed.BACK_DAYS), today + timedelta(days=feed.AHEAD_DAYS)
        with desk.reading() as conn:
            times, _ = desk.installation.calendars.now(conn)
            answers = on_duty_between(conn, desk.settings.duty, times, first, last)
        words = desk.words
        names = {kind.value: words(f"duty_kind_{kind.value}") for kind in DutyKind}
        made = feed.calendar(answers, person, names, words("duty_feed_title"), desk.now)
        answer = Response(made, mimetype="text/calendar")
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
