"""Reads one value of the environment each, checked: ports, folders, addresses, keys."""

from __future__ import annotations

import re
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from logbook import database_address
from logbook.clock import parse_start

_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
    r"(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?",
    re.ASCII,
)
_DIGITS_AND_DOTS = re.compile(r"[0-9.]+", re.ASCII)
_DATA_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)


class RefusedValueError(Exception):
    """One value cannot be used: the reason in Vietnamese and in English."""


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise RefusedValueError("phải là số từ 1 đến 65535", "must be a number from 1 to 65535")
    return int(text)


def data_keys(text: str) -> tuple[str, ...]:
    """Read Fernet keys, separated by blanks or commas: each 32 bytes in URL-safe base64."""
    keys = tuple(text.replace(",", " ").split())
    if any(not _DATA_KEY.fullmatch(key) for key in keys):
        raise RefusedValueError(
            "phải là khóa do `tongdai key new` in ra, khóa mới nhất đứng trước",
            "must be keys printed by `tongdai key new`, the newest first",
        )
    return keys


def folder(text: str) -> Path:
    """Read a path as it stands: nothing in it means anything but `~` at its beginning."""
    try:
        text.encode()
        path = Path(text).expanduser().absolute()
    except (UnicodeError, RuntimeError, OSError):
        raise RefusedValueError(
            "không phải đường dẫn UTF-8 dùng được", "not a usable path in UTF-8"
        ) from None
    if any(ord(sign) < 32 for sign in text):
        raise RefusedValueError("đường dẫn có ký tự điều khiển", "the path holds a control character")
    return path


def config(text: str) -> Path | None:
    return folder(text) if text else None


def host(text: str) -> str:
    if not (is_host(text) or is_host(f"[{text}]")):
        raise RefusedValueError("phải là tên máy hoặc địa chỉ IP", "must be a host name or an IP address")
    return text


def moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return parse_start(text)
    except ValueError:
        raise RefusedValueError(
            "phải có dạng 2026-11-25T09:10:00+07:00", "must look like 2026-11-25T09:10:00+07:00"
        ) from None


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError:
        raise RefusedValueError(
            "phải là các địa chỉ IP hoặc dải mạng, cách nhau bằng dấu phẩy: 127.0.0.1, 10.0.0.0/24",
            "must be IP addresses or networks, parted by commas: 127.0.0.1, 10.0.0.0/24",
        ) from None


def public_url(text: str) -> str:
    """Accept http(s)://host[:port][/prefix] only: the provider signs exactly what we print (T-03)."""
    refused = RefusedValueError(
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


def local_url(text: str) -> str | None:
    """Accept an address of this machine, where an own line delivers what it signs for the public address."""
    if not text:
        return None
    address = public_url(text)
    name = urlsplit(address).hostname or ""
    try:
        ours = name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        ours = False
    if not ours or not address.startswith("http://"):
        raise RefusedValueError(
            "phải là địa chỉ của chính máy này, dạng http://127.0.0.1:8000",
            "must be an address of this machine, like http://127.0.0.1:8000",
        )
    return address


def wifi_url(text: str, public: str | None) -> str | None:
    """Accept http(s)://host[:port] without a folder, another one than the public address."""
    if not text:
        return None
    address = public_url(text)
    if urlsplit(address).path or (public and urlsplit(address).netloc == urlsplit(public).netloc):
        raise RefusedValueError(
            "phải là địa chỉ riêng trong mạng của cơ quan, dạng http://192.168.1.10:8000,"
            " khác TONGDAI_PUBLIC_URL",
            "must be an address of its own inside the office, like http://192.168.1.10:8000,"
            " other than TONGDAI_PUBLIC_URL",
        )
    return address


def mail_url(text: str, scheme: str) -> str:
    """Accept imaps:// or smtps:// with a host, and unencrypted ones of this machine."""
    try:
        parts = urlsplit(text)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    ours = good and parts.scheme == scheme and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if text and not (good and parts.scheme == f"{scheme}s") and not ours:
        raise RefusedValueError(
            f"phải có dạng {scheme}s://người-dùng:mật-khẩu@máy (trong mật khẩu, @ viết là %40, / là %2F)",
            f"must look like {scheme}s://user:password@host (in a password @ is written %40, / is %2F)",
        )
    return text


def line(text: str) -> str:
    if not text.isprintable() or len(text) > 64:
        raise RefusedValueError(
            "phải là một dòng không quá 64 chữ", "must be one line of at most 64 characters"
        )
    return text


def sip_password(text: str) -> str:
    """Accept what stands unquoted in a configuration file of Asterisk: nothing there begins a comment."""
    if not text.isascii() or not text.isprintable() or len(text) > 64 or set(text) & set(" ;\\[]$"):
        raise RefusedValueError(
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


def database_url(text: str) -> str:
    """Rewrite postgres:// and postgresql:// for psycopg 3; a message never repeats the address."""
    try:
        return database_address.written_out(text)
    except ValueError:
        raise RefusedValueError(
            "phải có dạng sqlite:////thư-mục/tệp hoặc postgresql://người-dùng:mật-khẩu@máy/tên"
            " (trong mật khẩu, @ viết là %40, / là %2F, % là %25)",
            "must look like sqlite:////folder/file or postgresql://user:password@host/name"
            " (in a password @ is written %40, / is %2F, % is %25)",
        ) from None
