"""Reads the environment: mode, addresses, data folder, secrets; an empty variable counts as unset."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, TypeVar

from logbook import database_address
from logbook.settings import environment_values as values
from logbook.settings.errors import Problem, SettingsError, near

_T = TypeVar("_T")
Mode = Literal["demo", "trial", "production"]
INSTALLATION_VARIABLE = "TONGDAI_INSTALLATION"
"""The variable with the folder of the installation that a process serves: many offices, none of them ours."""
SOURCE = "biến môi trường / environment"
DEMO_ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
DEMO_AUTH_TOKEN = "demo-auth-token-not-a-secret"  # noqa: S105
DEMO_SECRET_KEY = "demo-secret-key-not-a-secret"  # noqa: S105
DEMO_DATA_KEY = "ZGVtby1kYXRhLWtleS1ub3QtYS1zZWNyZXQtMTIzNDU="
SHORTEST_SECRET = 16
MODES: tuple[Mode, ...] = ("demo", "trial", "production")
_NAMES = (
    "CONFIG",
    "DATABASE_URL",
    "DATA",
    "PUBLIC_URL",
    "MODE",
    "NOW",
    "HOST",
    "TRUSTED_PROXIES",
    "LOCAL_URL",
    "DATA_KEY",
    "WIFI_URL",
    "WIFI_NAME",
    "WIFI_PASSWORD",
    "LINE_TRUNK_PASSWORD",
    "MAIL_IMAP",
    "MAIL_SMTP",
)
VARIABLES = frozenset(f"TONGDAI_{name}" for name in _NAMES)
OF_MACHINE = ("TONGDAI_MODE", "TONGDAI_NOW", "TONGDAI_HOST", "PORT", "TONGDAI_TRUSTED_PROXIES")
"""Variables that all offices of an installation, and its province, have from the machine."""
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{16,64}", re.ASCII)
ZALO = ("ZALO_APP_SECRET", "ZALO_OA_SECRET", "ZALO_REFRESH_TOKEN")
_FOR_TESTS = "TONGDAI_TEST_"
CHANNEL = "TONGDAI_CHANNEL_"
"""Begins the variables with the officials' addresses: TONGDAI_CHANNEL_CHU_TICH_ZALO."""
_SECRETS = {
    "TWILIO_ACCOUNT_SID": DEMO_ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": DEMO_AUTH_TOKEN,
    "SECRET_KEY": DEMO_SECRET_KEY,
}


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment's part of the settings, checked."""

    mode: Mode
    config: Path | None
    data_folder: Path
    database_url: str = field(repr=False)
    public_url: str
    host: str
    port: int
    starts_at: datetime | None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    account_sid: str
    auth_token: str = field(repr=False)
    secret_key: str = field(repr=False)
    channels: Mapping[str, str] = field(repr=False)
    local_url: str | None = None
    data_keys: tuple[str, ...] = field(default=(), repr=False)
    """Fernet keys for people's names, the newest first; empty: no name is kept."""
    wifi_url: str | None = None
    wifi_name: str = ""
    wifi_password: str = field(default="", repr=False)
    trunk_password: str = field(default="", repr=False)
    esms_key: str = field(default="", repr=False)
    esms_secret: str = field(default="", repr=False)
    mail_imap: str = field(default="", repr=False)
    mail_smtp: str = field(default="", repr=False)
    zalo_app_secret: str = field(default="", repr=False)
    zalo_oa_secret: str = field(default="", repr=False)
    zalo_refresh_token: str = field(default="", repr=False)


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Check every variable of ours and return them; SettingsError lists all that is wrong at once."""
    return _Reader(environ).read()


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values = {name: value.strip() for name, value in environ.items() if value.strip()}
        self._problems: list[Problem] = []

    def read(self) -> Environment:
        self._refuse_unknown()
        mode = self._mode()
        port = self._value("PORT", "8000", values.port)
        data = self._value("TONGDAI_DATA", "var", values.folder)
        sid, token, key = (self._secret(name, mode) for name in _SECRETS)
        host = self._value("TONGDAI_HOST", "127.0.0.1", values.host)
        public = self._value("TONGDAI_PUBLIC_URL", f"http://127.0.0.1:{port or 8000}", values.public_url)
        default_database = database_address.of_file((data or Path()) / "tongdai.db")
        database = self._value("TONGDAI_DATABASE_URL", default_database, values.database_url)
        config = self._value("TONGDAI_CONFIG", "", values.config)
        starts = self._value("TONGDAI_NOW", "", values.moment)
        proxies = self._value("TONGDAI_TRUSTED_PROXIES", "", values.networks)
        keys = self._value("TONGDAI_DATA_KEY", DEMO_DATA_KEY if mode == "demo" else "", values.data_keys)
        if mode != "demo" and DEMO_DATA_KEY in (keys or ()):
            known = "đang là khóa của bản chạy thử", "is the key of the demonstration"
            self._refuse("TONGDAI_DATA_KEY", *known)
        local_url = self._value("TONGDAI_LOCAL_URL", "", values.local_url)
        wifi = self._value("TONGDAI_WIFI_URL", "", lambda text: values.wifi_url(text, public))
        mail = self._mail()
        name = self._value("TONGDAI_WIFI_NAME", "", values.line)
        password = self._value("TONGDAI_WIFI_PASSWORD", "", values.line)
        trunk = self._value("TONGDAI_LINE_TRUNK_PASSWORD", "", values.sip_password)
        if mode != "demo":
            self._refuse_in_production(public)
        if (
            self._problems
            or data is None
            or port is None
            or public is None
            or host is None
            or database is None
            or proxies is None
            or name is None
            or password is None
            or trunk is None
        ):
            raise SettingsError(self._problems)
        return Environment(
            mode,
            config,
            data,
            database,
            public,
            host,
            port,
            starts,
            proxies,
            sid,
            token,
            key,
            self._channels(),
            local_url,
            keys or (),
            wifi,
            name,
            password,
            trunk,
            self._values.get("ESMS_API_KEY", ""),
            self._values.get("ESMS_SECRET_KEY", ""),
            *mail,
            *(self._values.get(name, "") for name in ZALO),
        )

    def _mail(self) -> tuple[str, str]:
        """Where letters are read and where answers are handed over; "" for nowhere."""
        imap = self._value("TONGDAI_MAIL_IMAP", "", lambda text: values.mail_url(text, "imap"))
        smtp = self._value("TONGDAI_MAIL_SMTP", "", lambda text: values.mail_url(text, "smtp"))
        return imap or "", smtp or ""

    def _channels(self) -> dict[str, str]:
        return {
            name.removeprefix(CHANNEL): value
            for name, value in self._values.items()
            if name.startswith(CHANNEL)
        }

    def _refuse(self, name: str, vietnamese: str, english: str) -> None:
        self._problems.append(Problem(SOURCE, name, vietnamese, english))

    def _value(self, name: str, default: str, read: Callable[[str], _T]) -> _T | None:
        try:
            return read(self._values.get(name, default))
        except values.RefusedValueError as refused:
            self._refuse(name, *refused.args)
            return None

    def _refuse_unknown(self) -> None:
        for name in sorted(self._values):
            if name == INSTALLATION_VARIABLE:
                self._refuse(
                    name,
                    "việc này dành cho một đơn vị; hãy nêu: tongdai --office MÃ ...",
                    "this is for one office; name it: tongdai --office CODE ...",
                )
                continue
            known = name in VARIABLES or name.startswith((_FOR_TESTS, CHANNEL))
            if name.startswith("TONGDAI_") and not known:
                hint_vi, hint_en = near(name, VARIABLES)
                self._refuse(name, "biến không dùng đến" + hint_vi, "unknown variable" + hint_en)

    def _mode(self) -> Mode:
        asked = self._values.get("TONGDAI_MODE", "demo")
        for mode in MODES:
            if asked == mode:
                return mode
        hint_vi, hint_en = near(asked, MODES)
        self._refuse(
            "TONGDAI_MODE",
            "phải là demo hoặc production, hoặc trial để chạy thử với khách mời" + hint_vi,
            "must be demo or production, or trial for a trial with guests" + hint_en,
        )
        return "demo"

    def _secret(self, name: str, mode: str) -> str:
        demo = _SECRETS[name]
        value = self._values.get(name, demo if mode == "demo" else "")
        if value and name == "TWILIO_ACCOUNT_SID" and not _ACCOUNT.fullmatch(value):
            self._refuse(name, "chỉ gồm chữ, số, gạch nối (16-64)", "letters, digits, hyphens only (16-64)")
            return value
        if mode == "demo":
            return value
        if not value:
            self._refuse(name, "thiếu; bắt buộc khi chạy thật", "missing; production needs it")
        elif any(value.startswith(known) for known in _SECRETS.values()):
            self._refuse(name, "đang là giá trị của bản chạy thử", "is the value of the demonstration")
        elif len(value) < SHORTEST_SECRET:
            self._refuse(
                name, f"ngắn hơn {SHORTEST_SECRET} ký tự", f"shorter than {SHORTEST_SECRET} characters"
            )
        return value

    def _refuse_in_production(self, public: str | None) -> None:
        if "TONGDAI_NOW" in self._values:
            self._refuse("TONGDAI_NOW", "chỉ dùng khi chạy thử (demo)", "only for the demonstration mode")
        if public is not None and not public.startswith("https://"):
            self._refuse("TONGDAI_PUBLIC_URL", "khi chạy thật phải là https://", "production needs https://")
