"""The shape of config.yaml: every key, its type and its limits, without defaults."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from logbook import phone_numbers
from logbook.opening_hours import Window
from logbook.settings.connections import ConnectionsPart
from logbook.settings.dossiers import DossiersPart
from logbook.settings.errors import refusal
from logbook.settings.lists import NO_COUNTERS, ChecklistPart, CountersPart, HamletsPart
from logbook.settings.notifications import (
    CitizensPart,
    Hour,
    NotificationsPart,
    ReportsPart,
    RetentionPart,
    TrialPart,
)
from logbook.settings.own_line import OWN_CARRIERS, AsteriskPart, CarrierName
from logbook.settings.plan import PlanPart
from logbook.settings.publications import PublicationsPart
from logbook.settings.rating_form import RatingFormPart
from logbook.settings.shapes import (
    Address,
    Key,
    Mail,
    Part,
    Spoken,
    Text,
    VietnamNumber,
    Windows,
    count,
    refuse_twice,
)
from logbook.settings.team import TeamSettings
from logbook.settings.transcripts import TranscriptsPart

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class OfficePart(Part):
    """Who the hotline speaks for."""

    name_spoken: Spoken
    hotline_name: Spoken
    desk_name: Spoken
    agency: Text
    province: Text
    superior: Text
    address: Text
    reception_place: Spoken
    email: Mail | None = None
    website: Address | None = None
    hamlets: HamletsPart | None = None

    @property
    def names(self) -> dict[str, str]:
        """What the sentences call the hotline and the one-stop desk of this office."""
        return {"hotline": self.hotline_name, "desk": self.desk_name}


class LinePart(Part):
    """The telephone line and the provider that carries it; `number` is E.164 once read (000-11)."""

    number: VietnamNumber
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    voice: Text
    caller_id: VietnamNumber | None
    api_url: Address
    ask_after_minutes: Annotated[int, count(1, 60)]
    lost_after_minutes: Annotated[int, count(10, 1440)]
    accent: Literal["north", "central", "south"] = "south"
    carrier: CarrierName = "twilio"
    asterisk: AsteriskPart | None = None

    @property
    def number_shown(self) -> str:
        """The number as people write it, 0258.3842.102."""
        return phone_numbers.dotted(self.number)

    @property
    def own(self) -> AsteriskPart | None:
        """The office's own line, where calls come in over Asterisk or over SIP of this program itself."""
        return self.asterisk if self.carrier in OWN_CARRIERS else None

    @property
    def is_embedded(self) -> bool:
        """Whether this program speaks SIP itself."""
        return self.carrier == "embedded"

    @model_validator(mode="after")
    def _has_its_exchange(self) -> "LinePart":
        if self.carrier in OWN_CARRIERS and self.asterisk is None:
            raise refusal("cần mục line.asterisk", "needs the part line.asterisk", "carrier")
        return self


class CalendarPart(Part):
    """The working windows of a week and of a make-up day."""

    mon: Windows
    tue: Windows
    wed: Windows
    thu: Windows
    fri: Windows
    sat: Windows
    sun: Windows
    makeup: Windows

    @property
    def week(self) -> dict[int, tuple[Window, ...]]:
        """Windows by weekday, Monday is 0."""
        return {index: getattr(self, day) for index, day in enumerate(DAYS)}

    @model_validator(mode="after")
    def _works_sometime(self) -> "CalendarPart":
        if not any(self.week.values()):
            raise refusal("cả tuần không có buổi nào", "no window in the whole week")
        return self


class CalendarsPart(Part):
    """Three separate clocks: the hotline (000-12), the team's duty (001-03), the office hours (002-19)."""

    hotline: CalendarPart
    team: CalendarPart
    office: CalendarPart


class OfficialDay(Part):
    """One day of the yearly notice: worked or not, and why."""

    date: date
    worked: bool
    reason: Text


class OfficialYear(Part):
    """The official notice of one year; its presence says that it was entered."""

    document: Text
    days: tuple[OfficialDay, ...]


class EmergencyNumber(Part):
    """A number that saves lives, and what it is for, as it is said on the telephone."""

    number: Annotated[str, Field(pattern=r"^1[0-9]{2}$")]
    purpose: Spoken


class ProcedurePart(Part):
    """A procedure the line explains, every sentence ready to be read aloud."""

    id: Key
    name: Spoken
    papers: Spoken
    fee: Spoken
    time_limit: Spoken
    where: Spoken


class DutyPerson(Part):
    """Somebody the line may ring; `number` is E.164 once read, `login` their account, if any."""

    id: Key
    name: Text
    title: Text
    role: Key
    number: VietnamNumber
    login: Key | None = None


class Roster(Part):
    """Who is on the line on each day of the week, in the order they are rung."""

    mon: tuple[Key, ...]
    tue: tuple[Key, ...]
    wed: tuple[Key, ...]
    thu: tuple[Key, ...]
    fri: tuple[Key, ...]
    sat: tuple[Key, ...]
    sun: tuple[Key, ...]

    def on(self, weekday: int) -> tuple[str, ...]:
        """Ids for a weekday, Monday is 0."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)[weekday]


class DutyPart(Part):
    """The people, the roster and how long they are rung (000-03, 000-10)."""

    role: Key
    role_name: Text
    people: Annotated[tuple[DutyPerson, ...], Field(min_length=1)]
    roster: Roster
    fallback: tuple[Key, ...]
    ring_seconds: Annotated[int, count(5, 60)]
    talk_limit_seconds: Annotated[int, count(60, 14400)]
    shortest_talk_seconds: Annotated[int, count(0, 60)]
    key_to_accept: bool = False
    emergency_operator: Key | None
    remind_at: Hour = "17:30"

    def person(self, identity: str) -> DutyPerson:
        """Return the person of that id (KeyError when nobody has it)."""
        for person in self.people:
            if person.id == identity:
                return person
        raise KeyError(identity)

    def of_login(self, login: str) -> DutyPerson | None:
        """Return the person whose account that is, or None; without a `login` their id is it."""
        return next((one for one in self.people if (one.login or one.id) == login), None)

    @model_validator(mode="after")
    def _people_exist(self) -> "DutyPart":
        known = {person.id for person in self.people}
        refuse_twice((person.id for person in self.people), "people")
        refuse_twice((person.login or person.id for person in self.people), "people")
        lists = {f"roster.{day}": self.roster.on(index) for index, day in enumerate(DAYS)}
        lists["fallback"] = self.fallback
        lists["emergency_operator"] = () if self.emergency_operator is None else (self.emergency_operator,)
        for name, ids in lists.items():
            refuse_twice(ids, name)
            for index, identity in enumerate(ids):
                if identity not in known:
                    vietnamese = f"không có ai mang id {identity} trong duty.people"
                    raise refusal(
                        vietnamese, f"nobody in duty.people has the id {identity}", f"{name}.{index}"
                    )
        return self


class CriterionPart(Part):
    """One question of the survey: stable key, full name as in the plan, and the question as it is spoken."""

    key: Key
    name: Text
    text: Spoken


class RatingsPart(Part):
    """The survey of the line: one versioned set of criteria on one scale (000-04 to 000-09)."""

    key: Key
    version: Annotated[int, count(1, 1000)]
    lowest: Annotated[int, count(0, 1)]
    highest: Annotated[int, count(2, 8)]
    low_at_most: Annotated[int, count(0, 7)]
    target_percent: Annotated[int, count(1, 100)]
    minimum_sample: Annotated[int, count(1, 10_000)]
    criteria: Annotated[tuple[CriterionPart, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _fits(self) -> "RatingsPart":
        refuse_twice((criterion.key for criterion in self.criteria), "criteria")
        if not self.lowest <= self.low_at_most < self.highest:
            raise refusal("phải nằm trong thang điểm", "must lie within the scale", "low_at_most")
        return self


class SlipsPart(Part):
    """Paper slips at the one-stop desk: which instrument is printed on them (003-01, 003-02)."""

    instrument: Key
    version: Annotated[int, count(1, 1000)]


class ComplaintPart(Part):
    """Recording a complaint and the promises made with it; days are working days of the office calendar."""

    max_seconds: Annotated[int, count(30, 600)]
    silence_seconds: Annotated[int, count(2, 30)]
    consent_wording_version: Text
    answer_days: Annotated[int, count(1, 120)]
    notice_days: Annotated[int, count(1, 60)]

    @property
    def days(self) -> dict[str, int]:
        """The working days given to a new ticket, as its history keeps them."""
        return {"answer_days": self.answer_days, "notice_days": self.notice_days}


class RateLimitsPart(Part):
    """How often a ticket code may be tried (T-12) and calls returned (T-13); shared by all processes."""

    status_tries_per_call: Annotated[int, count(1, 9)]
    status_failures_per_number_per_day: Annotated[int, count(1, 1000)]
    status_failures_hidden_per_day: Annotated[int, count(1, 10000)]
    status_failures_total_per_hour: Annotated[int, count(1, 10000)]
    returned_calls_per_number_per_day: Annotated[int, count(1, 100)]
    returned_calls_per_day: Annotated[int, count(1, 10000)]


class RecordingsPart(Part):
    """Fetching recordings from the provider: size, time and how long we go on trying."""

    max_bytes: Annotated[int, count(100_000, 1_000_000_000)]
    fetch_seconds: Annotated[int, count(1, 600)]
    retry_hours: Annotated[int, count(1, 720)]
    delete_at_provider: bool


class Category(Part):
    """What a ticket is about, finer than its topic; `escalates`: leaders hear of it at once (002-17)."""

    key: Key
    name: Text
    topic: Literal["regulation", "process", "attitude", "other"]
    severity: Literal["normal", "high"]
    escalates: bool


class Tag(Part):
    """One of the promises a ticket says was kept or broken: 4 xin, 4 luôn, 5 không, 3 không (002-12)."""

    key: Key
    name: Text


class BasisPart(Part):
    """What each deadline rests on, as the console shows it beside the date; never said as law by the code."""

    notify: Text
    classify: Text
    transfer: Text
    notice: Text
    answer: Text
    extension: Text


class TicketsPart(Part):
    """How tickets are sorted, sent on and kept away from whom they concern; deadlines are working days."""

    classify_days: Annotated[int, count(1, 30)]
    transfer_days: Annotated[int, count(1, 30)]
    extension_days: Annotated[int, count(1, 120)]
    basis: BasisPart
    conflict_route: Annotated[
        tuple[Literal["vice_chairman", "head_of_office", "clerk"], ...], Field(min_length=1, max_length=3)
    ]
    transfer_targets: Annotated[tuple[Text, ...], Field(min_length=1, max_length=60)]
    categories: Annotated[tuple[Category, ...], Field(min_length=1, max_length=60)]
    tags: Annotated[tuple[Tag, ...], Field(min_length=1, max_length=60)]

    def category(self, key: str | None) -> Category | None:
        """Return the category of that key, or None."""
        return next((one for one in self.categories if one.key == key), None)

    def tag(self, key: str | None) -> Tag | None:
        """Return the tag of that key, or None."""
        return next((one for one in self.tags if one.key == key), None)

    @model_validator(mode="after")
    def _no_key_twice(self) -> "TicketsPart":
        refuse_twice((category.key for category in self.categories), "categories")
        refuse_twice((category.name for category in self.categories), "categories")
        refuse_twice((tag.key for tag in self.tags), "tags")
        refuse_twice((tag.name for tag in self.tags), "tags")
        refuse_twice(self.transfer_targets, "transfer_targets")
        refuse_twice(self.conflict_route, "conflict_route")
        return self


class ConfigFile(Part):
    """The whole of config.yaml."""

    office: OfficePart
    line: LinePart
    calendars: CalendarsPart
    official_days: dict[Annotated[int, count(2000, 2100)], OfficialYear]
    emergency_numbers: Annotated[tuple[EmergencyNumber, ...], Field(min_length=1, max_length=6)]
    procedures: Annotated[tuple[ProcedurePart, ...], Field(min_length=1, max_length=8)]
    duty: DutyPart
    ratings: RatingsPart
    slips: SlipsPart
    rating_form: RatingFormPart = Field(default_factory=RatingFormPart)
    complaint: ComplaintPart
    tickets: TicketsPart
    rate_limits: RateLimitsPart
    recordings: RecordingsPart
    notifications: NotificationsPart
    citizens: CitizensPart
    reports: ReportsPart
    dossiers: DossiersPart
    team: TeamSettings = TeamSettings()
    publications: PublicationsPart = Field(default_factory=PublicationsPart)
    checklists: Annotated[tuple[ChecklistPart, ...], Field(max_length=20)] = ()
    counters: CountersPart = NO_COUNTERS
    plan: PlanPart = Field(default_factory=PlanPart)
    connections: ConnectionsPart = Field(default_factory=ConnectionsPart)
    transcripts: TranscriptsPart = Field(default_factory=TranscriptsPart)
    retention: RetentionPart
    trial: TrialPart

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "ConfigFile":
        refuse_twice((procedure.id for procedure in self.procedures), "procedures")
        refuse_twice((procedure.name for procedure in self.procedures), "procedures")
        refuse_twice((emergency.number for emergency in self.emergency_numbers), "emergency_numbers")
        refuse_twice((one.key for one in self.checklists), "checklists")
        refuse_twice((one.name for one in self.checklists), "checklists")
        if self.line.lost_after_minutes * 60 <= self.duty.talk_limit_seconds + self.duty.ring_seconds:
            raise refusal(
                "phải dài hơn cuộc nói chuyện dài nhất (duty.talk_limit_seconds)",
                "must be longer than the longest conversation (duty.talk_limit_seconds)",
                "line.lost_after_minutes",
            )
        _refuse_own_numbers(self)
        for year, notice in self.official_days.items():
            place = f"official_days.{year}.days"
            refuse_twice((day.date.isoformat() for day in notice.days), place)
            for index, day in enumerate(notice.days):
                if day.date.year != year:
                    other = f"{place}.{index}.date"
                    raise refusal("là ngày của năm khác", "is a date of another year", other)
        return self


def _refuse_own_numbers(file: ConfigFile) -> None:
    """The line never rings itself: nobody is reached at the numbers under which it is called (B-16)."""
    own = {file.line.caller_id: "line.caller_id", file.line.number: "line.number"}
    places = {
        "duty.people": [person.number for person in file.duty.people],
        "notifications.officials": [official.number for official in file.notifications.officials],
    }
    for place, theirs in places.items():
        for index, number in enumerate(theirs):
            if key := own.get(number):
                raise refusal(
                    f"là số của chính tổng đài ({key}), tổng đài sẽ tự gọi mình; xin ghi số máy khác",
                    f"is the hotline's own number ({key}), which would ring itself; enter another one",
                    f"{place}.{index}.number",
                )
