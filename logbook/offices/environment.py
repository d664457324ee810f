"""The environment of one office of an installation: its own secrets, and nothing of another office's.

A variable of an office comes, the first that is set, from the process's environment under its name with the
office's code behind it (`TWILIO_AUTH_TOKEN_22504`, `TONGDAI_DATABASE_URL_22504`), or from the file
`tongdai.env` in the office's folder. No office falls back to another's, nor to one without a code. What the
machine has (mode, address to listen at, trusted proxies, a demonstration's moment) is the same for all.
Without a database of its own an office has the SQLite file `var/tongdai.db` in its folder. In a demonstration
each office has a token and a key of its own too.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from logbook.offices.alike import with_shared_parts
from logbook.offices.register import CODE, OFFICES, OfficeEntry, Offices
from logbook.settings.env_file import read_env_file
from logbook.settings.environment import (
    DEMO_AUTH_TOKEN,
    DEMO_SECRET_KEY,
    INSTALLATION_VARIABLE,
    OF_MACHINE,
    Environment,
    read_environment,
)
from logbook.settings.errors import Problem, SettingsError
from logbook.settings.loading import Settings, load_settings

OFFICE_VARIABLE = "TONGDAI_OFFICE"
"""The variable with the code of the one office that a command is for."""
ENV_FILE, CONFIG, DATA = "tongdai.env", "config.yaml", "var"
OURS = ("TONGDAI_", "TWILIO_", "SECRET_KEY", "ESMS_", "ZALO_")
"""How the names of all variables begin that belong to an office."""


def environment_of(office: OfficeEntry, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that `office` is loaded with, out of the process's `environ` (SettingsError)."""
    behind = f"_{office.code}"
    file = office.folder / ENV_FILE
    own = read_env_file(file) if file.is_file() else {}
    own |= {name.removesuffix(behind): value for name, value in environ.items() if _of(name, behind)}
    own |= {name: environ[name] for name in OF_MACHINE if name in environ}
    if own.get("TONGDAI_MODE", "demo") == "demo":
        own.setdefault("TWILIO_AUTH_TOKEN", f"{DEMO_AUTH_TOKEN}-{office.code}")
        own.setdefault("SECRET_KEY", f"{DEMO_SECRET_KEY}-{office.code}")
        own.setdefault("TONGDAI_LOCAL_URL", f"http://127.0.0.1:{own.get('PORT') or 8000}{office.path}")
    own["TONGDAI_CONFIG"] = str(office.folder / CONFIG)
    own["TONGDAI_DATA"] = str(office.folder / DATA)
    own["TONGDAI_PUBLIC_URL"] = office.public_url
    return own


def _of(name: str, behind: str) -> bool:
    return name.endswith(behind) and name.startswith(OURS)


def settings_of(office: OfficeEntry, environ: Mapping[str, str]) -> Settings:
    """The checked settings of `office`; SettingsError, also when its line has another number."""
    settings = with_shared_parts(load_settings(environment_of(office, environ)))
    if settings.line.number != office.number:
        file = str(office.folder / CONFIG)
        raise SettingsError(
            [
                Problem(
                    file,
                    "line.number",
                    f"khác với number trong office.yaml ({office.number})",
                    f"differs from number in office.yaml ({office.number})",
                )
            ]
        )
    return settings


def code_of(settings: Settings) -> str | None:
    """The code of the office whose settings these are; None for an office alone."""
    folder = settings.config_file.parent
    return folder.name if CODE.fullmatch(folder.name) and folder.parent.name == OFFICES else None


def machine_of(environ: Mapping[str, str], offices: Offices) -> Environment:
    """What the process that serves all offices takes from the machine (SettingsError); nobody's secrets."""
    own = {name: environ[name] for name in OF_MACHINE if name in environ}
    own |= {name: secrets.token_urlsafe(32) for name in ("TWILIO_AUTH_TOKEN", "SECRET_KEY")}
    own |= {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TONGDAI_PUBLIC_URL": offices.shared.public_address}
    return read_environment(own)


def installation_folder(environ: Mapping[str, str]) -> Path | None:
    """The folder of the installation that this process serves; None for one office alone."""
    folder = environ.get(INSTALLATION_VARIABLE, "").strip()
    return Path(folder).expanduser().absolute() if folder else None
