"""Reads the environment: mode, addresses, data folder, secrets; an empty variable counts as unset."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from logbook import database_address
from logbook.clock import parse_start
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
_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    r"(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?",
    re.ASCII,
)
_DIGITS_AND_DOTS = re.compile(r"[0-9.]+", re.ASCII)
_ACCOUNT = re.compile(r"[A-Za-z0-9-]{16,64}", re.ASCII)
_DATA_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)
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


class _RefusedError(Exception):
    """One value cannot be used: the reason in Vietnamese and in English."""


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values = {name: value.strip() for name, value in environ.items() if value.strip()}
        self._problems: list[Problem] = []

    def read(self) -> Environment:
        self._refuse_unknown()
        mode = self._mode()
        port = self._value("PORT", "8000", _port)
        data = self._value("TONGDAI_DATA", "var", _folder)
        sid, token, key = (self._secret(name, mode) for name in _SECRETS)
        host = self._value("TONGDAI_HOST", "127.0.0.1", _host)
        public = self._value("TONGDAI_PUBLIC_URL", f"http://127.0.0.1:{port or 8000}", _public_url)
        default_database = database_address.of_file((data or Path()) / "tongdai.db")
        database = self._value("TONGDAI_DATABASE_URL", default_database, _database_url)
        config = self._value("TONGDAI_CONFIG", "", _config)
        starts = self._value("TONGDAI_NOW", "", _moment)
        proxies = self._value("TONGDAI_TRUSTED_PROXIES", "", _networks)
        keys = self._value("TONGDAI_DATA_KEY", DEMO_DATA_KEY if mode == "demo" else "", _data_keys)
        if mode != "demo" and DEMO_DATA_KEY in (keys or ()):
            known = "đang là khóa của bản chạy thử", "is the key of the demonstration"
            self._refuse("TONGDAI_DATA_KEY", *known)
        local_url = self._value("TONGDAI_LOCAL_URL", "", _local_url)
        wifi = self._value("TONGDAI_WIFI_URL", "", lambda text: _wifi_url(text, public))
        mail = self._mail()
        name = self._value("TONGDAI_WIFI_NAME", "", _line)
        password = self._value("TONGDAI_WIFI_PASSWORD", "", _line)
        trunk = self._value("TONGDAI_LINE_TRUNK_PASSWORD", "", _sip_password)
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
        imap = self._value("TONGDAI_MAIL_IMAP", "", lambda text: _mail_url(text, "imap"))
        smtp = self._value("TONGDAI_MAIL_SMTP", "", lambda text: _mail_url(text, "smtp"))
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
        except _RefusedError as refused:
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


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise _RefusedError("phải là số từ 1 đến 65535", "must be a number from 1 to 65535")
    return int(text)


def _data_keys(text: str) -> tuple[str, ...]:
    """Read Fernet keys, separated by blanks or commas: each 32 bytes in URL-safe base64."""
    keys = tuple(text.replace(",", " ").split())
    if any(not _DATA_KEY.fullmatch(key) for key in keys):
        raise _RefusedError(
            "phải là khóa do `tongdai key new` in ra, khóa mới nhất đứng trước",
            "must be keys printed by `tongdai key new`, the newest first",
        )
    return keys


def _folder(text: str) -> Path:
    """Read a path as it stands: nothing in it means anything but `~` at its beginning."""
    try:
        text.encode()
        path = Path(text).expanduser().absolute()
    except (UnicodeError, RuntimeError, OSError):
        raise _RefusedError("không phải đường dẫn UTF-8 dùng được", "not a usable path in UTF-8") from None
    if any(ord(sign) < 32 for sign in text):
        raise _RefusedError("đường dẫn có ký tự điều khiển", "the path holds a control character")
    return path


def _config(text: str) -> Path | None:
    return _folder(text) if text else None


def _host(text: str) -> str:
    if not (is_host(text) or is_host(f"[{text}]")):
        raise _RefusedError("phải là tên máy hoặc địa chỉ IP", "must be a host name or an IP address")
    return text


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return parse_start(text)
    except ValueError:
        raise _RefusedError(
            "phải có dạng 2026-11-25T09:10:00+07:00", "must look like 2026-11-25T09:10:00+07:00"
        ) from None


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError:
        raise _RefusedError(
            "phải là các địa chỉ IP hoặc dải mạng, cách nhau bằng dấu phẩy: 127.0.0.1, 10.0.0.0/24",
            "must be IP addresses or networks, parted by commas: 127.0.0.1, 10.0.0.0/24",
        ) from None


def _public_url(text: str) -> str:
    """Accept http(s)://host[:port][/prefix] only: the provider signs exactly what we print (T-03)."""
    refused = _RefusedError(
        "phải có dạng https://ten-mien[:cổng][/thư-mục], không có ?, #, tên hay mật khẩu",
        "must look like https://host[:port][/prefix], without query, fragment, user or password",
    )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise refused from None
    clean = text.isascii() and text.isprintable() and not any(sign in text for sign in " ?#@\\\"'<>")
    if not clean or parts.scheme not in ("http", "https") or not is_host(parts.netloc) or port == 0:
        raise refused
    if parts.netloc.endswith(":") or "//" in parts.path.rstrip("/"):
        raise refused
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _local_url(text: str) -> str | None:
    """Accept an address of this machine, where an own line delivers what it signs for the public address."""
    if not text:
        return None
    address = _public_url(text)
    name = urlsplit(address).hostname or ""
    try:
        ours = name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        ours = False
    if not ours or not address.startswith("http://"):
        raise _RefusedError(
            "phải là địa chỉ của chính máy này, dạng http://127.0.0.1:8000",
            "must be an address of this machine, like http://127.0.0.1:8000",
        )
    return address


def _wifi_url(text: str, public: str | None) -> str | None:
    """Accept http(s)://host[:port] without a folder, another one than the public address."""
    if not text:
        return None
    address = _public_url(text)
    if urlsplit(address).path or (public and urlsplit(address).netloc == urlsplit(public).netloc):
        raise _RefusedError(
            "phải là địa chỉ riêng trong mạng của cơ quan, dạng http://192.168.1.10:8000,"
            " khác TONGDAI_PUBLIC_URL",
            "must be an address of its own inside the office, like http://192.168.1.10:8000,"
            " other than TONGDAI_PUBLIC_URL",
        )
    return address


def _mail_url(text: str, scheme: str) -> str:
    """Accept imaps:// or smtps:// with a host, and unencrypted ones of this machine."""
    try:
        parts = urlsplit(text)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    ours = good and parts.scheme == scheme and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if text and not (good and parts.scheme == f"{scheme}s") and not ours:
        raise _RefusedError(
            f"phải có dạng {scheme}s://người-dùng:mật-khẩu@máy (trong mật khẩu, @ viết là %40, / là %2F)",
            f"must look like {scheme}s://user:password@host (in a password @ is written %40, / is %2F)",
        )
    return text


def _line(text: str) -> str:
    if not text.isprintable() or len(text) > 64:
        raise _RefusedError("phải là một dòng không quá 64 chữ", "must be one line of at most 64 characters")
    return text


def _sip_password(text: str) -> str:
    """Accept what stands unquoted in a configuration file of Asterisk: nothing there begins a comment."""
    if not text.isascii() or not text.isprintable() or len(text) > 64 or set(text) & set(" ;\\[]$"):
        raise _RefusedError(
            "chỉ gồm chữ, số và dấu thường, không có dấu cách, ; \\ [ ] $ (dài nhất 64)",
            "letters, digits and common signs only, without blank ; \\ [ ] $ (at most 64)",
        )
    return text


def is_host(text: str) -> bool:
    """Whether `text` is a host name or an IP address ([…] round one of version 6), with or without a port."""
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        if port and not port.startswith(":"):
            return False
    else:
        address, colon, port = text.partition(":")
        if colon and not port:
            return False
        if _NAME.fullmatch(address) and not _DIGITS_AND_DOTS.fullmatch(address):
            return True
    try:
        return ip_address(address).version == (6 if text.startswith("[") else 4)
    except ValueError:
        return False


def _database_url(text: str) -> str:
    """Rewrite postgres:// and postgresql:// for psycopg 3; a message never repeats the address."""
    try:
        return database_address.written_out(text)
    except ValueError:
        raise _RefusedError(
            "phải có dạng sqlite:////thư-mục/tệp hoặc postgresql://người-dùng:mật-khẩu@máy/tên"
            " (trong mật khẩu, @ viết là %40, / là %2F, % là %25)",
            "must look like sqlite:////folder/file or postgresql://user:password@host/name"
            " (in a password @ is written %40, / is %2F, % is %25)",
        ) from None
