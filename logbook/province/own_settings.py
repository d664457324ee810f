"""The settings of the province's own pages: no line, no office, a folder and a key of their own.

They are those that ship with the program, under the province's name, so that signing in, pages and documents
are the very ones of the offices. What they say of a line is used by nobody.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from logbook.settings.env_file import read_env_file
from logbook.settings.environment import DEMO_SECRET_KEY, OF_MACHINE
from logbook.settings.loading import Settings, load_settings, shipped_config

FOLDER = "province"
"""Where the province's database and key stand, within the installation."""
ENV_FILE = "province.env"
DATABASE_URL = "TONGDAI_PROVINCE_DATABASE_URL"


def province_settings(
    installation: Path, province: str, public_address: str, environ: Mapping[str, str]
) -> Settings:
    """Return the settings of the province of an installation's folder (SettingsError).

    `province` is "tỉnh Khánh Hòa"; the key is in province/province.env, the database beside it or where
    TONGDAI_PROVINCE_DATABASE_URL says.
    """
    folder = installation / FOLDER
    file = folder / ENV_FILE
    own = read_env_file(file) if file.is_file() else {}
    own |= {name: environ[name] for name in OF_MACHINE if name in environ}
    if own.get("TONGDAI_MODE", "demo") == "demo":
        own.setdefault("SECRET_KEY", f"{DEMO_SECRET_KEY}-province")
    if environ.get(DATABASE_URL):
        own["TONGDAI_DATABASE_URL"] = environ[DATABASE_URL]
    own |= {"TONGDAI_DATA": str(folder), "TONGDAI_PUBLIC_URL": public_address}
    own |= {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": secrets.token_hex(16)}
    config = shipped_config()
    if config is not None:
        own["TONGDAI_CONFIG"] = str(config)
    settings = load_settings(own)
    agency = f"Ủy ban nhân dân {province}"
    named = {
        "agency": agency,
        "province": province,
        "address": agency,
        "superior": "Chính phủ",
        "hamlets": None,
    }
    return replace(
        settings,
        data_folder=folder,
        office=settings.office.model_copy(update={**named, "email": None, "website": None}),
    )


def environment_text() -> str:
    """Return a new file of the province's secrets."""
    return (
        "# Bí mật của trang cấp tỉnh. Chỉ người quản trị được đọc tệp này.\n"
        "# Giữ mãi khóa này, không bao giờ đổi bằng tay\n"
        f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
    )
