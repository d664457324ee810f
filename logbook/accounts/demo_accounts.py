"""Creates one account per role in demonstrations, with passwords of this installation."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from logbook.accounts import accounts, phone_pin
from logbook.accounts.administration import one_time_password
from logbook.accounts.rights import ROLES
from logbook.database.tables import people
from logbook.settings.loading import Settings
from logbook.texts.catalogue import load_texts

LOGINS = {
    "clerk": "canbotruc",
    "desk_officer": "motcua",
    "head_of_desk": "truongmotcua",
    "survey_lead": "khaosat",
    "head_of_office": "chanhvanphong",
    "team_leader": "totruong",
    "team_member": "tovietho",
    "plan_owner": "kehoach",
    "chairman": "chutich",
    "vice_chairman": "phochutich",
    "administrator": "quantri",
    "auditor": "giamsat",
}
NAMED_VIEWERS = frozenset({"head_of_office", "chairman"})
"""Roles whose sample account may open restricted records."""
FILE = "demo-accounts.txt"
_QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Enough for passwords drawn at random and for a PIN that is printed; callers wait while these are made."""
CHAIRMANS_PIN = "2680"
"""Under which the sample chairman hears recordings on the telephone."""


def demo_accounts(conn: Connection, settings: Settings, now: datetime) -> list[tuple[str, str, str]]:
    """Login, password and role of every sample account; those that are missing are made.

    The passwords are drawn once per installation and kept in <data>/demo-accounts.txt (0600). An account of
    that login which is not a sample one, or was disabled, is left alone and not returned. ValueError outside
    demonstrations.
    """
    if not settings.is_demo:
        raise ValueError("sample accounts exist in demonstrations only")
    file = settings.data_folder / FILE
    kept = _read(file)
    of_ours = select(people).where(people.c.login.in_(LOGINS.values()))
    standing = {row.login: row for row in conn.execute(of_ours)}
    details: list[tuple[str, str, str]] = []
    fresh: list[tuple[str, str, str]] = []
    for role in ROLES:
        login = LOGINS[role]
        row = standing.get(login)
        if row is not None and (not row.demo or row.disabled_at is not None):
            continue
        password = kept.get(login) or one_time_password()
        details.append((login, password, role))
        if row is None or login not in kept:
            fresh.append((login, password, role))
    if fresh:
        _write(file, details)
        _make(conn, fresh, frozenset(standing), now)
    return details


def demo_accounts_left(conn: Connection) -> bool:
    """Whether a sample account can still sign in; production must not start while one can."""
    query = select(people.c.id).where(people.c.demo, people.c.disabled_at.is_(None)).limit(1)
    return conn.execute(query).first() is not None


def any_administrator(conn: Connection) -> bool:
    """Whether somebody who is no sample runs the accounts."""
    real = (people.c.role == "administrator", people.c.disabled_at.is_(None), ~people.c.demo)
    return conn.execute(select(people.c.id).where(*real).limit(1)).first() is not None


def _make(
    conn: Connection, fresh: list[tuple[str, str, str]], standing: frozenset[str], now: datetime
) -> None:
    texts = load_texts()["vi"]
    for login, password, role in fresh:
        # Eight hashes at the usual cost would keep callers from writing for a second and more.
        quick = accounts.PasswordHash(_QUICK.hash(password))
        if login in standing:
            person_id = conn.execute(select(people.c.id).where(people.c.login == login)).scalar_one()
            accounts.set_password(conn, person_id, quick, must_change=False)
            continue
        person_id = accounts.add(
            conn,
            login=login,
            name=texts.sentence("demo_name", {"role": texts.sentence(f"role_{role}")}),
            role=role,
            password=quick,
            now=now,
            sees_restricted=role in NAMED_VIEWERS,
            must_change_password=False,
            demo=True,
        )
        if role == "chairman":
            phone_pin.set_pin(conn, person_id, phone_pin.PinHash(_QUICK.hash(CHAIRMANS_PIN)))


def _read(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 3}


def _write(file: Path, details: list[tuple[str, str, str]]) -> None:
    """Put the list in place in one move, readable by this account of the machine only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = file.with_name(f"{file.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        out.writelines(f"{login} {password} {role}\n" for login, password, role in details)
    half.replace(file)
