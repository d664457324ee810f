"""What `installation.yaml` and an office's `office.yaml` hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError

from logbook.settings.environment_values import is_host
from logbook.settings.errors import SettingsError, problems_of, refusal
from logbook.settings.shapes import Address, Part, Text, VietnamNumber, count
from logbook.settings.strict_yaml import StrictYaml


def _bare(address: str) -> str:
    if urlsplit(address).path:
        raise refusal(
            "chỉ gồm https:// và tên máy, không có thư mục", "https:// and a host only, without a folder"
        )
    return address.lower()


def _name(host: str) -> str:
    if not is_host(host) or ":" in host or "." not in host:
        raise refusal("phải là một tên miền, không có cổng", "must be a domain name without a port")
    return host.lower().rstrip(".")


class InstallationFile(Part):
    """What the offices of one installation share; `most_open` is how many books one process keeps open."""

    province: Text
    public_address: Annotated[Address, AfterValidator(_bare)]
    most_open: Annotated[int, count(2, 1000)] = 130


class OfficeFile(Part):
    """What the installation must know of an office before it opens it.

    `number` is the office's line as in its config.yaml; `host` is the name under which its pages and
    webhooks are reached, by default its code before the installation's host. A `paused` office is closed:
    callers hear an apology and nothing works for it, as while it moves.
    """

    name: Text
    number: VietnamNumber
    host: Annotated[str, Field(max_length=253), AfterValidator(_name)] | None = None
    paused: bool = False


Read = TypeVar("Read", bound=Part)


def read_part(path: Path, shape: type[Read]) -> Read:
    """Read one file of that shape; SettingsError names file, key and line of whatever is wrong."""
    strict = StrictYaml(path)
    try:
        return shape.model_validate(strict.data)
    except ValidationError as error:
        raise SettingsError(problems_of(error, str(path), strict.lines, shape.model_fields)) from None
