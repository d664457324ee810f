"""What the set-up assistant asks, in order; the words are in the catalogue under `setup_<name>`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class QuestionKind(StrEnum):
    """What an answer must look like."""

    TEXT = "text"
    COMMUNE = "commune"
    NUMBER = "number"
    HOURS = "hours"
    LIST = "list"
    LOGIN = "login"
    PASSWORD = "password"  # noqa: S105 (a kind of field)
    WEB_ADDRESS = "web_address"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Question:
    """One question; an empty answer takes `default`, and is refused where there is none and it is needed."""

    name: str
    part: str
    kind: QuestionKind = QuestionKind.TEXT
    needed: bool = True
    default: str = ""


PARTS = ("office", "hours", "people", "channels", "provider", "administrator")
PERSONS = ("chairman", "vice_chairman", "head_of_office", "head_of_desk")
ON_DUTY = ("duty_1", "duty_2", "duty_3")
CHANNELS = {
    "channel_chairman_zalo": "CHU_TICH_ZALO",
    "channel_chairman_mail": "CHU_TICH_MAIL",
    "channel_office_mail": "CHANH_VAN_PHONG_MAIL",
    "channel_duty_mail": "TRUC_MAIL",
    "channel_desk_mail": "TRUONG_MOT_CUA_MAIL",
}
"""Optional addresses of channels, and the end of the variable each is kept in."""


def _people() -> tuple[Question, ...]:
    asked = []
    for who in PERSONS:
        asked += [Question(f"{who}_name", "people"), Question(f"{who}_number", "people", QuestionKind.NUMBER)]
    for who in ON_DUTY:
        needed = who == ON_DUTY[0]
        asked += [
            Question(f"{who}_name", "people", needed=needed),
            Question(f"{who}_number", "people", QuestionKind.NUMBER, needed),
        ]
    return tuple(asked)


QUESTIONS = (
    Question("commune", "office", QuestionKind.COMMUNE),
    Question("number", "office", QuestionKind.NUMBER),
    Question("address", "office"),
    Question("hamlets", "office", QuestionKind.LIST),
    Question("email", "office", needed=False),
    Question("website", "office", QuestionKind.WEB_ADDRESS, needed=False),
    Question("hotline_hours", "hours", QuestionKind.HOURS, default="07:30-11:30, 13:30-17:00"),
    Question("saturday_hours", "hours", QuestionKind.HOURS, needed=False),
    Question("office_hours", "hours", QuestionKind.HOURS, default="07:30-11:30, 13:30-17:00"),
    *_people(),
    *(Question(name, "channels", QuestionKind.CHANNEL, needed=False) for name in CHANNELS),
    Question("public_url", "provider", QuestionKind.WEB_ADDRESS),
    Question("account_sid", "provider", needed=False),
    Question("auth_token", "provider", QuestionKind.PASSWORD, needed=False),
    Question("own_number", "provider", QuestionKind.NUMBER),
    Question("admin_name", "administrator"),
    Question("admin_login", "administrator", QuestionKind.LOGIN, default="quantri"),
    Question("admin_password", "administrator", QuestionKind.PASSWORD),
)
