"""Page of the team: members by organisation, and the month's allowance list (001-01, 001-06)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import abort, request, send_file
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log, last_days
from logbook.accounts.rights import Act, may
from logbook.clock import ZONE, local
from logbook.console.frame import ConsoleFrame
from logbook.console.pages.calls.calls import LARGEST_ID
from logbook.console.pages.office.duty import read_day
from logbook.duty import allowance, budget, team
from logbook.duty.budget import BudgetRefusedError
from logbook.duty.team import MemberRefusedError
from logbook.officials import register
from logbook.officials.register import Organisation
from logbook.tickets.manner import complaints_about

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class MemberManner:
    """One member of the team and the codes of complaints about their manner."""

    name: str
    of_month: tuple[str, ...]
    of_year: tuple[str, ...]


def add(desk: ConsoleFrame) -> None:
    """`/console/team`, its forms, and the two files of the allowance list."""

    @desk.page("/team", Act.SEE_TEAM)
    def team_page() -> str:
        return _page(desk)

    _add_files(desk)
    _add_budget(desk)
    _add_members(desk)


def _add_members(desk: ConsoleFrame) -> None:
    @desk.page("/team/members", Act.ASSIGN_TEAM, methods=("POST",))
    def join_team() -> Response:
        since = read_day(request.form.get("since", ""))
        until = read_day(request.form.get("until", ""))
        person = request.form.get("person", "")
        if since is None or (request.form.get("until") and until is None):
            return desk.back("team_page", "team_days_bad", done=False)
        try:
            with desk.writing() as conn:
                team.join(conn, person, since, until, desk.person.login, desk.now)
                _close_account(conn, person, until)
                audit_log.write(
                    conn, desk.person, "join_team", f"person:{person}", desk.now, since=since, until=until
                )
        except MemberRefusedError as refused:
            return desk.back("team_page", str(refused), done=False)
        return desk.back("team_page", "team_joined")

    @desk.page(f"/team/members/<int(max={LARGEST_ID}):member_id>/leave", Act.ASSIGN_TEAM, methods=("POST",))
    def leave_team(member_id: int) -> Response:
        last = read_day(request.form.get("until", ""))
        if last is None:
            return desk.back("team_page", "team_days_bad", done=False)
        try:
            with desk.writing() as conn:
                person = team.leave(conn, member_id, last)
                if person is None:
                    abort(404)
                _close_account(conn, person, last)
                audit_log.write(conn, desk.person, "leave_team", f"person:{person}", desk.now, until=last)
        except MemberRefusedError as refused:
            return desk.back("team_page", str(refused), done=False)
        return desk.back("team_page", "team_left")


def _close_account(conn: Connection, person: str, last: date | None) -> None:
    """The account of a member from outside ends with their last day in the team (001-22)."""
    official = register.of_key(conn, person)
    if official is None or last is None:
        return
    comes_back = any(one.person == person for one in team.members(conn, last + timedelta(days=1), date.max))
    if not comes_back:
        last_days.close_after(conn, official.login, last)


def _add_files(desk: ConsoleFrame) -> None:
    @desk.page("/team/allowance.docx", Act.SEE_TEAM)
    def allowance_document() -> Response:
        from logbook.console.views import allowance_list  # a writer is loaded when somebody wants a file

        made = allowance_list.document(_allowance(desk), desk.settings.office, desk.words, desk.mark)
        return _file(made, DOCX, f"ho-tro-{_month(desk):%Y-%m}.docx")

    @desk.page("/team/allowance.xlsx", Act.SEE_TEAM)
    def allowance_workbook() -> Response:
        from logbook.console.views import allowance_list

        made = allowance_list.workbook(_allowance(desk), desk.settings.office, desk.words, desk.mark)
        return _file(made, XLSX, f"ho-tro-{_month(desk):%Y-%m}.xlsx")


def _add_budget(desk: ConsoleFrame) -> None:
    @desk.page("/team/budget", Act.RUN_BUDGET, methods=("POST",))
    def enter_budget() -> Response:
        year, model = local(desk.now).year, request.form.get("model", "")
        source, ceiling = request.form.get("source", ""), request.form.get("ceiling", "")
        try:
            with desk.writing() as conn:
                number = budget.enter(conn, year, model, source, ceiling, desk.person.login, desk.now)
                audit_log.write(
                    conn, desk.person, "enter_budget", f"budget:{number}", desk.now, ceiling=ceiling
                )
        except BudgetRefusedError as refused:
            return desk.back("team_page", str(refused), done=False)
        return desk.back("team_page", "budget_kept")

    @desk.page(f"/team/budget/<int(max={LARGEST_ID}):line_id>/spend", Act.RUN_BUDGET, methods=("POST",))
    def spend_budget(line_id: int) -> Response:
        day = read_day(request.form.get("day", "")) or local(desk.now).date()
        money, what = request.form.get("amount", ""), request.form.get("what", "")
        try:
            with desk.writing() as conn:
                left = budget.spend(conn, line_id, day, money, what, desk.person.login, desk.now)
                audit_log.write(
                    conn, desk.person, "spend_budget", f"budget:{line_id}", desk.now, amount=money
                )
        except BudgetRefusedError as refused:
            return desk.back("team_page", str(refused), done=False)
        return desk.back("team_page", "budget_spent" if left >= 0 else "budget_above")


def _page(desk: ConsoleFrame) -> str:
    today = local(desk.now).date()
    with desk.reading() as conn:
        found = team.members(conn, today, date.max)
        lines = budget.of_year(conn, today.year)
        rest = [one for one in register.listed(conn, today) if one.key not in {each.person for each in found}]
    groups = [(kind, [one for one in found if one.organisation is kind]) for kind in Organisation]
    return desk.show(
        "team.html",
        here="team_page",
        groups=[group for group in groups if group[1]],
        rest=rest,
        today=today,
        month=_month(desk),
        budget=lines,
        allowance=_allowance(desk),
        dotted=allowance.dotted,
        manner=_manner(desk) if may(desk.person, Act.SEE_LEADER) else None,
    )


def _manner(desk: ConsoleFrame) -> list[MemberManner]:
    """Complaints about manner, member by member: of the month and from 1 January on, for leaders (001-19)."""
    month = _month(desk)
    year, after = month.replace(month=1), date(month.year + month.month // 12, month.month % 12 + 1, 1)
    begins, now_begins, ends = (datetime.combine(day, time(), ZONE) for day in (year, month, after))
    with desk.reading() as conn:
        names = {one.person: one.name for one in team.members(conn, year, after - timedelta(days=1))}
        of_year = complaints_about(conn, names.keys(), desk.person, begins, ends)
        of_month = complaints_about(conn, names.keys(), desk.person, now_begins, ends)
    return [MemberManner(names[key], of_month[key], of_year[key]) for key in names]


def _allowance(desk: ConsoleFrame) -> allowance.Allowance:
    with desk.reading() as conn:
        times, _ = desk.installation.calendars.now(conn)
        rates = desk.settings.team.allowance
        return allowance.of_month(conn, desk.settings.duty, times, rates, _month(desk), desk.now)


def _month(desk: ConsoleFrame) -> date:
    """The first day of the month asked for, of this month otherwise."""
    asked = read_day(f"{request.args.get('month', '')}-01")
    return asked or local(desk.now).date().replace(day=1)


def _file(made: bytes, mimetype: str, name: str) -> Response:
    return send_file(io.BytesIO(made), mimetype, as_attachment=True, download_name=name)
