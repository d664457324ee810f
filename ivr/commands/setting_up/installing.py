"""Writes an office's files into an empty folder, checked before they stand, with its first administrator."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ivr.commands.setting_up import config
from logbook.clock import Clock
from logbook.settings.env_file import read_env_file
from logbook.settings.loading import Settings, load_settings

CONFIG, ENVIRONMENT, LOOK = "config.yaml", "tongdai.env", "xem-thu.env"
DATA, LOOK_DATA = "var", "xem-thu"


class NotEmptyError(Exception):
    """The folder holds an installation already; `args[0]` is what was found."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was made: where it stands and who signs in first."""

    folder: Path
    settings: Settings
    login: str


def demand_empty(folder: Path) -> None:
    """NotEmptyError when something of an installation is there already; nothing is ever overwritten."""
    for name in (CONFIG, ENVIRONMENT, LOOK, f"{DATA}/tongdai.db"):
        if (folder / name).exists():
            raise NotEmptyError(str(folder / name))


def template() -> str:
    """The configuration that ships with the program, with its explanations."""
    packaged = resources.files("logbook").joinpath("config.default.yaml")
    own = Path(__file__).resolve().parents[3] / CONFIG
    return (packaged if packaged.is_file() else own).read_text(encoding="utf-8")


def install(folder: Path, answers: Mapping[str, str]) -> SetUp:
    """Write the files of `answers`, make the database and the first administrator.

    Raises NotEmptyError, SettingsError (nothing was written then) and AccountRefusedError.
    """
    demand_empty(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder.resolve()
    texts = {
        CONFIG: config.config_text(template(), answers),
        ENVIRONMENT: config.environment_text(answers, place / CONFIG, place / DATA),
        LOOK: config.look_text(place / CONFIG, place / LOOK_DATA),
    }
    _checked(texts)
    made = []
    try:
        for name, text in texts.items():
            _write(place / name, text)
            made.append(place / name)
        settings = load_settings(read_env_file(place / ENVIRONMENT))
        _first_administrator(settings, answers)
    except BaseException:
        for file in made:
            file.unlink(missing_ok=True)
        with suppress(OSError):
            shutil.rmtree(place / DATA)
        raise
    return SetUp(place, settings, answers["admin_login"])


def _checked(texts: Mapping[str, str]) -> None:
    """Load both ways of running from a folder of their own, so that what stands is known to be right."""
    with tempfile.TemporaryDirectory(prefix="tongdai-setup-") as name:
        trial = Path(name)
        (trial / CONFIG).write_text(texts[CONFIG], encoding="utf-8")
        for file in (ENVIRONMENT, LOOK):
            (trial / file).write_text(texts[file], encoding="utf-8")
            load_settings({**read_env_file(trial / file), "TONGDAI_CONFIG": str(trial / CONFIG)})


def _write(file: Path, text: str) -> None:
    """A new file for the owner alone, whole or not at all; FileExistsError where there is one."""
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(
            os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        if file.exists():
            raise FileExistsError(str(file))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _first_administrator(settings: Settings, answers: Mapping[str, str]) -> None:
    from ivr.line.hotline import open_hotline
    from ivr.running.prepare import prepare
    from logbook.accounts import administration, audit_log

    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    hotline = open_hotline(settings)
    try:
        prepare(hotline)
        with hotline.database.writing() as conn:
            now = Clock().now()
            details = administration.AccountDetails(answers["admin_name"], "", "administrator", "", False)
            made, _ = administration.add(
                conn, answers["admin_login"], details, now, answers["admin_password"]
            )
            audit_log.write(
                conn, "cli", "add_person", f"person:{made}", now, role="administrator", restricted=False
            )
    finally:
        hotline.database.close()
