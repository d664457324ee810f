"""Reads what was answered: each answer checked by itself, the reason as a key of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ivr.commands.setting_up.questions import ON_DUTY, QUESTIONS, Question, QuestionKind
from logbook import phone_numbers
from logbook.opening_hours import Window, in_order
from logbook.plain_text import plain_text
from logbook.settings.communes import Commune, search

LONGEST = 300
_LOGIN = re.compile(r"[a-z][a-z0-9_-]{1,39}")
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
SHORTEST_PASSWORD = 12


class SetupRefusedError(Exception):
    """One answer cannot be used; `args[0]` is the key of the sentence that says why, `args[1]` its words."""


def read(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, SetupRefusedError]]:
    """Return the answers as they are used, by question, and what is wrong with the others."""
    answers: dict[str, str] = {}
    problems: dict[str, SetupRefusedError] = {}
    for question in QUESTIONS:
        try:
            answers[question.name] = one(question, given.get(question.name, ""))
        except SetupRefusedError as problem:
            problems[question.name] = problem
    for who in ON_DUTY:
        if bool(answers.get(f"{who}_name")) != bool(answers.get(f"{who}_number")):
            missing = f"{who}_number" if answers.get(f"{who}_name") else f"{who}_name"
            problems.setdefault(missing, SetupRefusedError("setup_needed", {}))
    if answers.get("number") and answers["number"] in {
        value for name, value in answers.items() if name.endswith("_number")
    }:
        problems["number"] = SetupRefusedError("setup_own_line", {})
    return answers, problems


def one(question: Question, given: str) -> str:
    """The answer to one question as it is used (SetupRefusedError); a password is taken as it was typed."""
    if question.kind is QuestionKind.PASSWORD:
        if question.name == "admin_password" and len(given) < SHORTEST_PASSWORD:
            raise SetupRefusedError("setup_password_short", {"least": str(SHORTEST_PASSWORD)})
        return given.strip() if question.name == "auth_token" else given
    text = " ".join(plain_text(given, LONGEST).split()) or question.default
    if not text:
        if question.needed:
            raise SetupRefusedError("setup_needed", {})
        return ""
    return _READERS.get(question.kind, str)(text)


def commune(answer: str) -> Commune:
    """The one commune that was meant (SetupRefusedError names those it may be)."""
    found = search(answer)
    if not found:
        raise SetupRefusedError("setup_commune_unknown", {})
    if len(found) > 1:
        raise SetupRefusedError("setup_commune_several", {"which": "; ".join(one.shown for one in found[:8])})
    return found[0]


def hours(answer: str) -> list[str]:
    """The windows of a day, "08:00-11:00" each, in order; none for an empty answer (SetupRefusedError)."""
    parts = [part.strip().replace("h", ":").replace(" ", "") for part in answer.split(",") if part.strip()]
    try:
        in_order([Window.parse(part) for part in parts])
    except (ValueError, TypeError):
        raise SetupRefusedError("setup_hours_bad", {}) from None
    return parts


def listed(answer: str) -> list[str]:
    """Names separated by commas, each once."""
    return list(dict.fromkeys(part.strip() for part in answer.split(",") if part.strip()))


def _commune(text: str) -> str:
    return commune(text).shown


def _number(text: str) -> str:
    number = phone_numbers.callable_in_vietnam(text)
    if number is None:
        raise SetupRefusedError("setup_number_bad", {})
    return phone_numbers.dotted(number)


def _hours(text: str) -> str:
    return ", ".join(hours(text))


def _login(text: str) -> str:
    if not _LOGIN.fullmatch(text):
        raise SetupRefusedError("setup_login_bad", {})
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise SetupRefusedError("setup_address_bad", {})
    return text.rstrip("/")


def _channel(text: str) -> str:
    if "://" not in text or not text.isprintable() or " " in text:
        raise SetupRefusedError("setup_channel_bad", {})
    return text


_READERS = {
    QuestionKind.COMMUNE: _commune,
    QuestionKind.NUMBER: _number,
    QuestionKind.HOURS: _hours,
    QuestionKind.LOGIN: _login,
    QuestionKind.WEB_ADDRESS: _address,
    QuestionKind.CHANNEL: _channel,
}
