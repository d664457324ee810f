"""Settings of notifications, escalations, reports and retention."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from logbook import phone_numbers
from logbook.settings.errors import refusal
from logbook.settings.shapes import (
    Address,
    Key,
    Part,
    Text,
    VietnamNumber,
    Windows,
    count,
    refuse_twice,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri"]
_PAIR = re.compile(r"[a-z][a-z0-9_-]{0,39}/[a-z][a-z0-9]{0,19}", re.ASCII)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
LeaderRole = Literal[
    "chairman", "vice_chairman", "head_of_office", "head_of_desk", "clerk", "team_leader", "administrator"
]


def _hour(text: str) -> str:
    hour, _, minute = text.partition(":")
    digits = len(hour) == len(minute) == 2 and text.isascii() and (hour + minute).isdecimal()
    if not digits or int(hour) > 23 or int(minute) > 59:
        raise refusal('phải có dạng "16:00"', 'must look like "16:00"')
    return text


Hour = Annotated[str, AfterValidator(_hour)]
ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,19}$")]


class OfficialPart(Part):
    """Somebody whom the program notifies; `number` is E.164 once read, `login` their account, if any.

    Where `on_duty` is set, calls and texts go to whoever is on duty in that session, else to `number`.
    """

    id: Key
    name: Text
    title: Text
    role: LeaderRole
    login: Key | None
    number: VietnamNumber
    on_duty: bool = False


class EscalationStep(Part):
    """One step of a ladder; minutes are working time unless the escalation is urgent.

    `after_minutes` runs from the last try of the step before; `channel` is call, sms, or a name for which
    the environment holds an address (TONGDAI_CHANNEL_<OFFICIAL>_<CHANNEL>).
    """

    official: Key
    channel: ChannelName
    after_minutes: Annotated[int, count(0, 10_000)]
    times: Annotated[int, count(1, 10)]
    every_minutes: Annotated[int, count(1, 10_000)]


Ladder = Annotated[tuple[EscalationStep, ...], Field(min_length=1, max_length=20)]


class LaddersPart(Part):
    """Which ladder an escalation follows (000-13): by its kind, never to a person it concerns.

    Without a ladder of the desk its warnings go up that of the office.
    """

    complaint: Ladder
    conflict: Ladder
    reminder: Ladder
    overdue: Ladder
    report: Ladder
    office: Ladder
    desk: Ladder | None = None


class ResultsPart(Part):
    """How the chairman hears what became of each case (000-13): no acknowledgement is asked for.

    `channels` are tried in this order and the first one that is set up is used; `at` is the hour of the
    daily message on working days.
    """

    how: Literal["daily", "each"]
    at: Hour
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1, max_length=10)]


class NotificationsPart(Part):
    """Telling leaders and staff: quiet hours, the ladders and the limits of what may be sent (T-13)."""

    quiet_hours: Windows
    urgent_at_any_hour: bool
    urgent_in_quiet_hours: bool
    notify_minutes: Annotated[int, count(1, 480)]
    remind_days: Annotated[int, count(1, 30)]
    retry_hours: Annotated[int, count(1, 168)]
    fallback_after: Annotated[int, count(1, 20)]
    sends_per_person_per_day: Annotated[int, count(1, 1000)]
    sends_per_day: Annotated[int, count(1, 100_000)]
    pin_tries_per_day: Annotated[int, count(1, 100)]
    receipts: bool
    receipt_minutes: Annotated[int, count(5, 2880)]
    results: ResultsPart
    officials: Annotated[tuple[OfficialPart, ...], Field(min_length=1, max_length=60)]
    ladders: LaddersPart

    def official(self, identity: str) -> OfficialPart | None:
        """Return the official of that id, or None."""
        return next((one for one in self.officials if one.id == identity), None)

    def ladder(self, name: str) -> tuple[EscalationStep, ...]:
        """Return the steps of the ladder of that name (AttributeError when there is none)."""
        steps: tuple[EscalationStep, ...] | None = getattr(self.ladders, name)
        return self.ladders.office if steps is None else steps

    @model_validator(mode="after")
    def _officials_exist(self) -> "NotificationsPart":
        refuse_twice((official.id for official in self.officials), "officials")
        for name in LaddersPart.model_fields:
            for index, step in enumerate(self.ladder(name)):
                if self.official(step.official) is None:
                    vietnamese = f"không có ai mang id {step.official} trong notifications.officials"
                    english = f"nobody in notifications.officials has the id {step.official}"
                    raise refusal(vietnamese, english, f"ladders.{name}.{index}.official")
        return self


TemplateId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,40}$")]
CitizenNews = Literal["accepted", "transferred", "extended", "answered", "closed"]


class ZnsPart(Part):
    """Zalo ZNS: the application, the approved template of each kind of news, where Zalo is."""

    app_id: Annotated[str, Field(pattern=r"^[0-9]{5,30}$")]
    templates: Annotated[Mapping[CitizenNews, TemplateId], Field(min_length=1)]
    url: Address = "https://business.openapi.zalo.me"
    oauth_url: Address = "https://oauth.zaloapp.com"


class CitizensPart(Part):
    """Notifications for citizens about their ticket: by Zalo, a text message, or a call."""

    sms_sender: Annotated[str, Field(pattern=r"^[A-Za-z0-9 +.-]{3,20}$")] | None
    sms_gateway: Literal["provider", "esms"] = "provider"
    sms_gateway_url: Address = "https://rest.esms.vn"
    zns: ZnsPart | None = None
    calls: bool
    call_tries: Annotated[int, count(1, 5)]
    call_again_minutes: Annotated[int, count(5, 10_000)]
    sends_per_number_per_day: Annotated[int, count(1, 100)]


class Recipients(Part):
    """Who issues a report, who signs it, and who it goes to in the words of "Nơi nhận" (000-15, rules B3)."""

    issuer: Text | None
    addressed: Text | None
    sign: Text
    signed_for: Text | None
    signer_title: Text
    signer: LeaderRole
    recipients: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    basis: Annotated[tuple[Text, ...], Field(max_length=20)]


class SuperiorPart(Recipients):
    """The report to the body above: how often, and on which working day after the period (002-28)."""

    every: Literal["month", "quarter", "half_year", "year"]
    day: Annotated[int, count(1, 15)]


Rhythm = Literal["weekly", "monthly", "none"]


class OpeningsPart(Part):
    """How often the letter box and the book of opinions are to be opened; "none": nobody asks (002-24)."""

    letter_box: Rhythm
    suggestion_book: Rhythm


class ReportsPart(Part):
    """The periodic reports: when they are made and what stands at their head and foot (NĐ 30/2020)."""

    weekly_on: Weekday
    weekly_at: Hour
    team_by: Hour
    monthly_day: Annotated[int, count(1, 15)]
    monthly_at: Hour
    place: Text
    openings: OpeningsPart
    weekly: Recipients
    monthly: Recipients
    superior: SuperiorPart | None = None


class RetentionPart(Part):
    """How long each kind is kept (B4), the nightly copy, and when the disk is too full."""

    recording_months: Annotated[int, count(1, 240)]
    ticket_years: Annotated[int, count(1, 100)]
    rating_years: Annotated[int, count(1, 100)]
    call_months: Annotated[int, count(1, 240)]
    publicity_years: Annotated[int, count(1, 100)] = 5
    list_years: Annotated[int, count(1, 100)] = 5
    internal_check_years: Annotated[int, count(1, 100)] = 5
    comment_years: Annotated[int, count(1, 100)] = 2
    slip_years: Annotated[int, count(1, 100)] = 5
    dossier_years: Annotated[int, count(1, 100)] = 10
    plan_years: Annotated[int, count(1, 100)] = 5
    backup_at: Hour
    backups_kept: Annotated[int, count(1, 400)]
    least_disk_mb: Annotated[int, count(50, 1_000_000)]


def _guest(text: str) -> str:
    if _PAIR.fullmatch(text):
        return text
    if _MAIL.fullmatch(text):
        return text.casefold()
    e164 = phone_numbers.callable_in_vietnam(text)
    if e164 is None:
        raise refusal(
            "phải là số máy Việt Nam, địa chỉ thư, hoặc người/kênh như chu-tich/zalo",
            "must be a Vietnamese number, a mail address, or official/channel such as chu-tich/zalo",
        )
    return e164


class TrialPart(Part):
    """Who may be reached while the office tries the hotline out (TONGDAI_MODE=trial); numbers as E.164."""

    guests: Annotated[
        tuple[Annotated[Text, AfterValidator(_guest)], ...], Field(min_length=1, max_length=100)
    ]
