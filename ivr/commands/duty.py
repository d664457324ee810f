"""`tongdai duty`: prints who is on duty in each session of a day."""

from __future__ import annotations

import json
from datetime import date

import click

from ivr.commands.book import opened
from logbook.calendar import closures
from logbook.calendar.of_settings import working_times
from logbook.clock import local
from logbook.duty.on_duty import OnDuty, on_duty_between
from logbook.duty.sessions import DutyKind
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings

_NAMES = {
    DutyKind.HOTLINE: "tổng đài",
    DutyKind.SLIP_TEAM: "tổ lấy phiếu",
    DutyKind.QR_GUIDE: "hướng dẫn QR",
}


@click.command("duty")
@click.argument("day", required=False)
@click.option("--json", "as_json", is_flag=True, help="Mỗi buổi một dòng JSON.")
def duty(day: str | None, as_json: bool) -> None:
    """Ai trực từng buổi của một ngày, ví dụ 2026-11-26; không ghi ngày thì là hôm nay."""
    try:
        settings = load_settings()
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    asked = None if day is None else _day(day)
    with opened() as (database, now), database.reading() as conn:
        times = working_times(settings, closures.overrides(conn))
        wanted = asked or local(now).date()
        answers = on_duty_between(conn, settings.duty, times, wanted, wanted)
    for one in answers:
        click.echo(_as_json(one) if as_json else _line(settings, one))


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-11-26") else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2099:
        msg = "Ngày phải có dạng 2026-11-26, từ năm 2000 đến năm 2099."
        raise click.UsageError(msg)
    return found


def _as_json(one: OnDuty) -> str:
    details = {"kind": one.session.kind.value, "session": str(one.session.window), "people": list(one.people)}
    return json.dumps(details, ensure_ascii=False)


def _line(settings: Settings, one: OnDuty) -> str:
    names = {person.id: person.name for person in settings.duty.people}
    who = ", ".join(names.get(person, person) for person in one.people) or "không có ai"
    return f"{one.session.window}  {_NAMES[one.session.kind]}: {who}"
