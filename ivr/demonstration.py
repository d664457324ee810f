"""The first minute on a fresh machine: one demonstration call, shown as it is heard, then what to do next."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from logbook.clock import Clock
from logbook.database import Database
from logbook.settings import Settings

CALL = ("--keys", "4,5,5,4,5,4,9,2,1,1,1", "--say", "complaint.wav", "--from", "0987654321")
OPEN_HOURS = "2026-11-25T09:10"


def welcome(settings: Settings) -> str:
    """Place the demonstration calls when the book is empty; return what to do next."""
    if settings.is_demo and _is_empty(settings):
        click.echo("\n— Cuộc gọi mẫu: một người dân đánh giá năm tiêu chí, rồi để lại phản ánh —\n")
        subprocess.run(_command("call", *CALL, "--at", OPEN_HOURS), check=False, env=dict(os.environ))
        click.echo("")
    return _next_steps(settings) + (_accounts(settings) if settings.is_demo else "")


def _is_empty(settings: Settings) -> bool:
    from logbook import call_history

    database = Database(settings.database_url)
    try:
        with database.reading() as conn:
            return not call_history.recent(conn, 1)
    finally:
        database.close()


def _accounts(settings: Settings) -> str:
    """The sample accounts of the console, made when they are missing."""
    from logbook.demo_people import demo_accounts
    from logbook.texts import load_texts

    database = Database(settings.database_url)
    try:
        with database.writing() as conn:
            told = demo_accounts(conn, settings, Clock(settings.starts_at).now())
    finally:
        database.close()
    names = load_texts()["vi"].sentences
    rows = [f"  {login:<15} {password:<22} {names[f'role_{role}']}" for login, password, role in told]
    return "\n".join([f"Trang làm việc: {settings.public_url}/console   Tài khoản mẫu:", *rows, ""])


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ivr", *arguments]


def _next_steps(settings: Settings) -> str:
    return (
        f"Tổng đài đang chạy tại {settings.public_url}  (Ctrl-C để dừng)\n"
        "Mở cửa sổ thứ hai và thử:\n"
        "  .venv/bin/tongdai call                                        gọi và tự bấm phím\n"
        "  .venv/bin/tongdai call --keys 4,5,5,4,5,3                     đánh giá năm tiêu chí\n"
        "  .venv/bin/tongdai call --keys 2,1,1 --say complaint.wav       để lại phản ánh\n"
        "  .venv/bin/tongdai call --at 2026-11-28T09:00                  nghe lời chào thứ bảy\n"
        "  .venv/bin/tongdai tickets  |  calls  |  ratings               xem sổ\n"
    )
