"""Shapes that settings are made of: texts, keys, numbers, windows, strict parts."""

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from logbook import phone_numbers
from logbook.opening_hours import Window, in_order
from logbook.settings.environment_values import is_host
from logbook.settings.errors import refusal


def _plain(text: str) -> str:
    if any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in text):
        raise refusal(
            "không được có ký tự điều khiển hay xuống dòng", "must hold no control character or line end"
        )
    if not text.strip():
        raise refusal("không được để trống", "must not be empty")
    return text.strip()


def _spoken(text: str) -> str:
    if any(sign.isdigit() for sign in text):
        raise refusal(
            "câu để đọc phải viết số bằng chữ", "a sentence to be read aloud has its numbers in words"
        )
    return text


def _number(text: str) -> str:
    e164 = phone_numbers.callable_in_vietnam(text)
    if e164 is None:
        raise refusal(
            "phải là số cố định hoặc di động Việt Nam", "must be a Vietnamese landline or mobile number"
        )
    return e164


def _window(text: Any) -> Window:
    try:
        return Window.parse(text)
    except (ValueError, TypeError):
        raise refusal('phải có dạng "08:00-11:00"', 'must look like "08:00-11:00"') from None


def _ordered(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    try:
        return in_order(windows)
    except ValueError:
        raise refusal("các buổi chồng nhau hoặc sai thứ tự", "windows overlap or are out of order") from None


def _host(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    try:
        port = urlsplit(url).port
    except ValueError:
        port = 0
    plain = url.isascii() and not any(sign in url for sign in "@?# \\\"'<>") and "//" not in rest
    if scheme not in ("http", "https") or not is_host(host) or not plain or port == 0:
        raise refusal("phải là địa chỉ https://máy-chủ", "must be an address like https://host")
    return url.rstrip("/")


Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_plain)]
Spoken = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_plain), AfterValidator(_spoken)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
VietnamNumber = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_number)]
Address = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_host)]
Mail = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]
Windows = Annotated[tuple[Annotated[Window, PlainValidator(_window)], ...], AfterValidator(_ordered)]


def count(lowest: int, highest: int) -> Any:
    """A whole number from `lowest` to `highest`."""
    return Field(ge=lowest, le=highest)


def refuse_twice(values: Iterable[str], at: str) -> None:
    """Refuse a list in which a value occurs a second time; `at` is the list's key below the part.

    The place that is named is that of the second one.
    """
    seen = set()
    for index, value in enumerate(values):
        if value in seen:
            raise refusal(f"{value} ghi hai lần", f"{value} stands twice", f"{at}.{index}")
        seen.add(value)


class Part(BaseModel):
    """What every part of the configuration has in common: strict types, frozen, no unknown key."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)
