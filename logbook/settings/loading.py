"""Loads config.yaml and the environment into one frozen, checked Settings, or explains what is wrong."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from logbook.guests import EVERYBODY, Guests
from logbook.settings.agreement import channel_disagreements, disagreements, unused_addresses, variable
from logbook.settings.config_file import (
    CalendarsPart,
    ComplaintPart,
    ConfigFile,
    DutyPart,
    DutyPerson,
    EmergencyNumber,
    LinePart,
    OfficePart,
    OfficialYear,
    ProcedurePart,
    RateLimitsPart,
    RatingsPart,
    RecordingsPart,
    SlipsPart,
    TicketsPart,
)
from logbook.settings.connections import ConnectionsPart
from logbook.settings.dossiers import DossiersPart
from logbook.settings.environment import SOURCE, Environment, Mode, read_environment
from logbook.settings.errors import Problem, SettingsError, line_of, problems_of
from logbook.settings.gateway_keys import refuse_keyless
from logbook.settings.lists import ChecklistPart, CountersPart
from logbook.settings.notifications import (
    CitizensPart,
    NotificationsPart,
    OfficialPart,
    ReportsPart,
    RetentionPart,
    TrialPart,
)
from logbook.settings.plan import PlanPart
from logbook.settings.publications import PublicationsPart
from logbook.settings.rating_form import RatingFormPart
from logbook.settings.strict_yaml import StrictYaml
from logbook.settings.team import TeamSettings
from logbook.settings.transcripts import TranscriptsPart

_SECRET_WORDS = ("account_sid", "auth_token", "secret", "password", "passwd", "mat_khau", "token", "api_key")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an installation gets from outside; times in seconds or days as the names say."""

    mode: Mode
    data_folder: Path
    database_url: str = field(repr=False)
    public_url: str
    host: str
    port: int
    account_sid: str
    auth_token: SecretStr
    secret_key: SecretStr
    starts_at: datetime | None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    """Who may say in X-Forwarded-For for whom it asks; nobody else is believed."""
    config_file: Path
    office: OfficePart
    line: LinePart
    calendars: CalendarsPart
    official_days: Mapping[int, OfficialYear]
    emergency_numbers: tuple[EmergencyNumber, ...]
    procedures: tuple[ProcedurePart, ...]
    duty: DutyPart
    ratings: RatingsPart
    slips: SlipsPart
    rating_form: RatingFormPart
    complaint: ComplaintPart
    tickets: TicketsPart
    rate_limits: RateLimitsPart
    recordings: RecordingsPart
    notifications: NotificationsPart
    citizens: CitizensPart
    reports: ReportsPart
    dossiers: DossiersPart
    team: TeamSettings
    publications: PublicationsPart
    checklists: tuple[ChecklistPart, ...]
    counters: CountersPart
    plan: PlanPart
    connections: ConnectionsPart
    transcripts: TranscriptsPart
    retention: RetentionPart
    trial: TrialPart
    channels: Mapping[str, SecretStr]
    """Addresses of further channels by name, e.g. CHU_TICH_ZALO; they hold secrets."""
    local_url: str | None = None
    """Where an own line on this machine delivers what it signs for the public address; None: there."""
    data_keys: tuple[SecretStr, ...] = ()
    """Keys that encrypt people's names, the newest first; without one no name is kept."""
    wifi_url: str | None = None
    """The form's own address inside the office, where nothing but the form answers; None: the public one."""
    wifi_name: str = ""
    wifi_password: SecretStr = field(default_factory=lambda: SecretStr(""))
    """What the printed sheet of three steps says about the wireless network (004-03)."""
    trunk_password: SecretStr = field(default_factory=lambda: SecretStr(""))
    """What the own line registers with at its carrier."""
    esms_key: SecretStr = field(default_factory=lambda: SecretStr(""))
    esms_secret: SecretStr = field(default_factory=lambda: SecretStr(""))
    """The account at the gateway for text messages, where `citizens.sms_gateway` names it."""
    mail_imap: SecretStr = field(default_factory=lambda: SecretStr(""))
    mail_smtp: SecretStr = field(default_factory=lambda: SecretStr(""))
    """The office's mailbox, whose letters become tickets, and the server that sends the answers."""
    zalo_app_secret: SecretStr = field(default_factory=lambda: SecretStr(""))
    zalo_oa_secret: SecretStr = field(default_factory=lambda: SecretStr(""))
    zalo_refresh_token: SecretStr = field(default_factory=lambda: SecretStr(""))
    """What Zalo knows the application by, signs its webhooks with, and gave as the first refresh token."""

    @property
    def is_demo(self) -> bool:
        """Whether this is a demonstration: known secrets, movable time, our own provider."""
        return self.mode == "demo"

    @property
    def is_trial(self) -> bool:
        """Whether this is a trial: as safe as production, but only guests are called or written to."""
        return self.mode == "trial"

    @property
    def guests(self) -> Guests:
        """Whom calls and messages may reach."""
        return Guests(frozenset(self.trial.guests)) if self.is_trial else EVERYBODY

    @property
    def provider_url(self) -> str:
        """The provider's REST API: the own line's; in demo mode our stand-in's; else line.api_url."""
        if self.line.own is not None:
            return f"http://127.0.0.1:{self.line.own.api_port}"
        return f"{self.local_url or self.public_url}/provider" if self.is_demo else self.line.api_url

    @property
    def form_url(self) -> str:
        """The address printed codes lead to: the form's own one where there is one, else the public one."""
        return self.wifi_url or self.public_url

    @property
    def voice_url(self) -> str:
        """The address the provider calls and signs when the telephone rings (T-03)."""
        return f"{self.public_url}/ivr/voice"

    @property
    def status_url(self) -> str:
        """The address the provider calls when a call has ended."""
        return f"{self.public_url}/ivr/status"

    @property
    def fallback_url(self) -> str:
        """The address the provider calls when the voice URL failed."""
        return f"{self.public_url}/ivr/fallback"

    def staff(self, identity: str) -> OfficialPart | DutyPerson | None:
        """Return the recipient with that id: an official, else somebody on duty."""
        on_duty = (one for one in self.duty.people if one.id == identity)
        return self.notifications.official(identity) or next(on_duty, None)

    def channel_address(self, official: str, channel: str) -> str | None:
        """Return the apprise address under which `official` is reached by `channel`; None: not set up."""
        found = self.channels.get(variable(official, channel))
        return None if found is None else found.get_secret_value()


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment (os.environ when None) and the configuration file it leads to.

    Raises SettingsError, whose text names file, key and reason in Vietnamese and English (F-18).
    """
    environment = read_environment(os.environ if environ is None else environ)
    path = _config_file(environment)
    file = read_config(path, environment.channels)
    _refuse_unused(file, environment)
    refuse_keyless(file, environment)
    parts: dict[str, Any] = {name: getattr(file, name) for name in ConfigFile.model_fields}
    return Settings(
        mode=environment.mode,
        data_folder=environment.data_folder,
        database_url=environment.database_url,
        public_url=environment.public_url,
        host=environment.host,
        port=environment.port,
        account_sid=environment.account_sid,
        auth_token=SecretStr(environment.auth_token),
        secret_key=SecretStr(environment.secret_key),
        starts_at=environment.starts_at,
        trusted_proxies=environment.trusted_proxies,
        local_url=environment.local_url,
        data_keys=tuple(map(SecretStr, environment.data_keys)),
        wifi_url=environment.wifi_url,
        wifi_name=environment.wifi_name,
        wifi_password=SecretStr(environment.wifi_password),
        trunk_password=SecretStr(environment.trunk_password),
        esms_key=SecretStr(environment.esms_key),
        esms_secret=SecretStr(environment.esms_secret),
        mail_imap=SecretStr(environment.mail_imap),
        mail_smtp=SecretStr(environment.mail_smtp),
        zalo_app_secret=SecretStr(environment.zalo_app_secret),
        zalo_oa_secret=SecretStr(environment.zalo_oa_secret),
        zalo_refresh_token=SecretStr(environment.zalo_refresh_token),
        config_file=path,
        channels={name: SecretStr(address) for name, address in environment.channels.items()},
        **parts,
    )


def read_config(path: Path, channels: Iterable[str] = ()) -> ConfigFile:
    """Read and check one configuration file (SettingsError); `channels` have an address, CHU_TICH_ZALO."""
    strict = StrictYaml(path)
    secrets = list(_secrets(strict.data, ()))
    if secrets:
        raise SettingsError(_misplaced(path, place, strict.lines.get(place)) for place in secrets)
    try:
        file = ConfigFile.model_validate_json(json.dumps(strict.data))
    except ValidationError as error:
        known = {name for model in _models(ConfigFile) for name in model.model_fields}
        raise SettingsError(problems_of(error, str(path), strict.lines, known)) from None
    wrong = [*disagreements(file), *channel_disagreements(file, set(channels))]
    if wrong:
        raise SettingsError(
            Problem(
                str(path), one.key, one.vietnamese, one.english, line_of(one.key.split("."), strict.lines)
            )
            for one in wrong
        )
    return file


def _refuse_unused(file: ConfigFile, environment: Environment) -> None:
    unused = list(unused_addresses(file, environment.channels))
    if unused:
        raise SettingsError(Problem(SOURCE, one.key, one.vietnamese, one.english) for one in unused)


def _config_file(environment: Environment) -> Path:
    if environment.config is not None:
        return environment.config
    own = Path("config.yaml")
    return (own if own.is_file() else shipped_config() or own).absolute()


def shipped_config() -> Path | None:
    """The configuration that ships with the program; None where it is missing."""
    packages = Path(__file__).resolve().parents[1]
    choices = (packages / "config.default.yaml", packages.parent / "config.yaml")
    return next((path for path in choices if path.is_file()), None)


def _secrets(data: Any, place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the place of every key that looks like a secret: those come from the environment only."""
    if isinstance(data, dict):
        for key, value in data.items():
            if any(word in key.casefold() for word in _SECRET_WORDS):
                yield (*place, key)
            yield from _secrets(value, (*place, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _secrets(value, (*place, str(index)))


def _misplaced(path: Path, place: tuple[str, ...], line: int | None) -> Problem:
    return Problem(
        str(path),
        ".".join(place),
        "bí mật không được ghi trong tệp này; hãy đặt bằng biến môi trường",
        "a secret must not stand in this file; set it in the environment",
        line,
    )


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and every model its fields are made of."""
    yield model
    for info in model.model_fields.values():
        pending = [info.annotation]
        while pending:
            kind = pending.pop()
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _models(kind)
            else:
                pending.extend(part for part in get_args(kind) if part is not Ellipsis)
