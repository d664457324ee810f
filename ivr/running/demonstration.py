"""Shows a demonstration call on a fresh machine, sentence by sentence, then what to do next."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime

import click

from ivr.running import demonstration_clock
from ivr.running.own_name import own_name
from logbook.clock import Clock
from logbook.database.engine import Database
from logbook.phone_numbers import dotted
from logbook.process.logs import configure_logs
from logbook.settings.loading import Settings, load_settings

CALL = ("--keys", "4,5,5,4,5,4,9,2,1,1,1", "--say", "complaint.wav", "--from", "0987654321")


def begin(settings: Settings) -> tuple[Settings, str]:
    """Put the demonstration's clock to working hours for all its processes; return the settings and why."""
    from logbook.calendar.current import Calendars
    from logbook.database.newest_moment import newest_moment

    real = Clock()
    database = Database(settings.database_url)
    try:
        with database.reading() as conn:
            newest = newest_moment(conn)
            times, _ = Calendars(settings, real).now(conn)
    finally:
        database.close()

    def works(moment: datetime) -> bool:
        return times.office.at(moment).is_open and times.hotline.at(moment).is_open

    asked = settings.starts_at
    details = None if asked else demonstration_clock.beginning(real.now(), newest, works)
    demonstration_clock.set_going(os.environ, settings.data_folder, asked, details)
    return load_settings(), demonstration_clock.sentence(details) if details else ""


def welcome(settings: Settings, *, sample: bool = False) -> str:
    """Place the demonstration call in an empty database, after the sample month if asked; say what next."""
    if settings.is_demo and _is_empty(settings):
        if sample:
            click.echo("Sổ còn trống: đang ghi một tháng mẫu để xem thử, xin chờ…")
            subprocess.run(_command("demo", "fill"), check=False, env=dict(os.environ))
        else:
            click.echo("Sổ còn trống. Ghi một tháng mẫu để xem thử: tongdai demo fill")
        click.echo("\n— Cuộc gọi mẫu: một người dân đánh giá năm tiêu chí, rồi để lại phản ánh —\n")
        subprocess.run(_command("call", *CALL), check=False, env=dict(os.environ))
        click.echo("")
    return next_steps(settings) + (_accounts(settings) if settings.is_demo else "")


def main(options: Sequence[str]) -> None:
    """Print the welcome: `python -m ivr.running.demonstration [sample]`, beside the running program."""
    configure_logs("demo")
    sys.stdout.write(f"{welcome(load_settings(), sample='sample' in options)}\n")


def _is_empty(settings: Settings) -> bool:
    from logbook.calls import history

    database = Database(settings.database_url)
    try:
        with database.reading() as conn:
            return not history.recent(conn, 1)
    finally:
        database.close()


def _accounts(settings: Settings) -> str:
    """The sample accounts of the console, made when they are missing."""
    from logbook.accounts.demo_accounts import CHAIRMANS_PIN, demo_accounts
    from logbook.texts.catalogue import load_texts

    # Read before the transaction: callers wait while it lasts.
    shown = load_texts(settings.office.names)["vi"].sentence
    database = Database(settings.database_url)
    try:
        with database.writing() as conn:
            details = demo_accounts(conn, settings, Clock(settings.starts_at).now())
    finally:
        database.close()
    rows = [f"  {login:<15} {password:<22} {shown(f'role_{role}')}" for login, password, role in details]
    rows.append(f"  Mã cá nhân của Chủ tịch để nghe ghi âm qua điện thoại (phím ba): {CHAIRMANS_PIN}")
    return "\n".join([f"Trang làm việc: {settings.public_url}/console   Tài khoản mẫu:", *rows, ""])


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ivr", *arguments]


def next_steps(settings: Settings) -> str:
    """Return what to try in a second window, and in a third one where our own telephone rings."""
    tried = (
        ("call", "gọi và tự bấm phím"),
        ("call --keys 4,5,5,4,5,3", "đánh giá năm tiêu chí"),
        ("call --keys 2,1,1 --say complaint.wav", "để lại phản ánh"),
        ("call --at 2026-11-28T09:00", "nghe lời chào thứ bảy"),
        ("tickets  |  calls  |  ratings", "xem sổ"),
    )
    return (
        (
            f"Tổng đài đang chạy tại {settings.public_url}  (Ctrl-C để dừng)\n"
            f"Gọi thử và nghe ngay trong trình duyệt: {settings.public_url}/phone\n"
            "Hoặc mở cửa sổ dòng lệnh thứ hai và thử:\n"
        )
        + "".join(f"{f'  {own_name()} {words} ':<64}{what}\n" for words, what in tried)
        + _telephone(settings)
    )


def _telephone(settings: Settings) -> str:
    """The telephone that rings first when somebody leaves a complaint."""
    steps = [step for step in settings.notifications.ladder("complaint") if step.channel == "call"]
    first = settings.notifications.official(steps[0].official) if steps else None
    if first is None or not settings.is_demo:
        return ""
    command = f"  {own_name()} phone {dotted(first.number)}"
    return (
        f"Máy của {first.title} đổ chuông trong vòng một phút sau mỗi phản ánh mới; bấm phím một là xác\n"
        "nhận, không ai nghe máy thì gọi lại rồi gọi người kế tiếp. Mở cửa sổ thứ ba:\n"
        f"{command + ' ':<64}Enter để nghe máy\n"
        f"{command + ' --keys 1 ':<64}tự nghe máy và bấm một\n"
    )


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main(sys.argv[1:])
