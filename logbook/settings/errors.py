"""Configuration errors, worded in Vietnamese and English for whoever mends them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # who only reads the environment loads no pydantic
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails, PydanticCustomError

_OWN = "bilingual"

# Pydantic's own complaints -> (Vietnamese, English); {…} are taken from the complaint's context.
_SENTENCES = {
    "missing": ("thiếu khóa này", "this key is missing"),
    "string_type": ("phải là chữ (đặt trong dấu nháy)", "must be text (in quotes)"),
    "string_too_short": ("không được để trống", "must not be empty"),
    "string_too_long": ("quá dài, tối đa {max_length} ký tự", "too long, at most {max_length} characters"),
    "string_pattern_mismatch": ("không đúng dạng {pattern}", "does not look like {pattern}"),
    "int_type": ("phải là số nguyên", "must be a whole number"),
    "int_parsing": ("phải là số nguyên", "must be a whole number"),
    "int_from_float": ("phải là số nguyên", "must be a whole number"),
    "int_parsing_size": ("số quá lớn", "the number is too large"),
    "bool_type": ("phải là true hoặc false", "must be true or false"),
    "tuple_type": ("phải là một danh sách", "must be a list"),
    "list_type": ("phải là một danh sách", "must be a list"),
    "dict_type": ("phải là một nhóm khóa", "must be a group of keys"),
    "model_type": ("phải là một nhóm khóa", "must be a group of keys"),
    "too_short": ("cần ít nhất {min_length} mục", "needs at least {min_length} entries"),
    "too_long": ("chỉ được nhiều nhất {max_length} mục", "at most {max_length} entries are allowed"),
    "greater_than_equal": ("phải từ {ge} trở lên", "must be at least {ge}"),
    "less_than_equal": ("không được quá {le}", "must be at most {le}"),
    "literal_error": ("phải là một trong: {expected}", "must be one of: {expected}"),
    "date_type": ("phải là ngày dạng 2026-01-31", "must be a date like 2026-01-31"),
    "date_parsing": ("phải là ngày dạng 2026-01-31", "must be a date like 2026-01-31"),
    "date_from_datetime_parsing": (
        "phải là ngày có thật, dạng 2026-01-31",
        "must be a real date like 2026-01-31",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands (file or environment, dotted key, line) and the reason twice."""

    source: str
    key: str
    vietnamese: str
    english: str
    line: int | None = None

    def __str__(self) -> str:
        """Write the mistake over three lines."""
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: {self.key}\n  vi: {self.vietnamese}\n  en: {self.english}"


class SettingsError(Exception):
    """The configuration cannot be used; str() is the whole bilingual message, problems holds each mistake."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order they were found."""
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"Cấu hình chưa dùng được ({count} lỗi). / The configuration cannot be used ({count} found)."
        super().__init__("\n".join([head, *(str(problem) for problem in self.problems)]))


def refusal(vietnamese: str, english: str, at: str = "") -> PydanticCustomError:
    """Make the error a validator raises so that both languages reach the reader; `at` is a key below it."""
    from pydantic_core import PydanticCustomError

    context: dict[str, Any] = {"vietnamese": vietnamese, "english": english, "at": at}
    return PydanticCustomError(_OWN, "{english}", context)


def problems_of(
    error: ValidationError, source: str, lines: Mapping[tuple[str, ...], int], known: Iterable[str]
) -> list[Problem]:
    """Turn pydantic's complaints into problems; `lines` gives the line of a key, `known` helps with typos."""
    names = sorted(known)
    return [
        _problem(details, source, lines, names)
        for details in error.errors(include_url=False, include_input=False)
    ]


def line_of(place: Sequence[str], lines: Mapping[tuple[str, ...], int]) -> int:
    """Return the line of a key or, for one that is missing, of what it belongs to; 1 is the whole file."""
    whole = tuple(place)
    return next((lines[whole[:n]] for n in range(len(whole), 0, -1) if whole[:n] in lines), 1)


RENAMED = {"telling": "notifications", "keeping": "retention", "budgets": "rate_limits"}
"""Keys of earlier releases, and what each is called now."""


def near(name: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the hint for an unknown name in both languages, empty when nothing resembles it."""
    if name in RENAMED:
        return f"; khóa này nay tên là {RENAMED[name]}", f"; this key is now called {RENAMED[name]}"
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    if not close:
        return "", ""
    return f"; có phải ý bạn là {close[0]}?", f"; did you mean {close[0]}?"


def _problem(
    details: ErrorDetails, source: str, lines: Mapping[tuple[str, ...], int], known: list[str]
) -> Problem:
    below = str(details["ctx"].get("at", "")) if details["type"] == _OWN else ""
    place = tuple(str(part) for part in details["loc"] if part != "[key]") + tuple(
        below.split(".") if below else ()
    )
    vietnamese, english = _sentences(details, place[-1] if place else "", known)
    return Problem(source, ".".join(place) or "(tệp / file)", vietnamese, english, line_of(place, lines))


def _sentences(details: ErrorDetails, name: str, known: list[str]) -> tuple[str, str]:
    context = details.get("ctx", {})
    if details["type"] == _OWN:
        return str(context["vietnamese"]), str(context["english"])
    if details["type"] == "extra_forbidden":
        hint_vi, hint_en = near(name, known)
        return "khóa không có trong cấu hình" + hint_vi, "unknown key" + hint_en
    found = _SENTENCES.get(details["type"])
    if found is None:
        return f"giá trị không hợp lệ ({details['type']})", details["msg"]
    return found[0].format(**context), found[1].format(**context)
