"""Checks settings against each other and against what exists: languages, voices, channels, people.

The shape of each value is checked by the models; here a setting is held against another one, against the
languages and voices there are, and against the channels the environment has addresses for.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from logbook.opening_hours import MINUTES_A_DAY, Window
from logbook.settings.channels import CHANNELS, ZNS
from logbook.settings.config_file import DAYS, ConfigFile
from logbook.settings.environment import CHANNEL
from logbook.settings.notifications import EscalationStep, LaddersPart, Recipients
from logbook.texts.spoken import SPELLERS

EMERGENCY_NUMBERS = ("111", "112", "113", "114", "115")
"""The numbers of three digits that answer in Vietnam (rules B7)."""
_VOICE = re.compile(r"(?P<maker>\w+)\.(?P<locale>[a-z]{2,3}-[A-Z]{2})(-(?P<name>.*))?", re.ASCII)
_GOOGLE_VIETNAMESE = re.compile(r"(Standard|Wavenet)-[A-D]|Neural2-[AD]|Chirp3-HD-[A-Z][a-z]+", re.ASCII)
_BYTES_A_SECOND = 16_000
"""Telephone speech as the provider delivers it: 8,000 samples of two bytes."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A dotted key whose value does not fit the rest, and why, in both languages."""

    key: str
    vietnamese: str
    english: str


def disagreements(file: ConfigFile) -> Iterator[Disagreement]:
    """Yield everything in `file` that contradicts itself or what exists."""
    yield from _line(file)
    yield from _orders(file)
    yield from _days_and_hours(file)
    yield from _duty(file)
    yield from _people(file)
    yield from _guests(file)


def channel_disagreements(file: ConfigFile, addresses: Collection[str]) -> Iterator[Disagreement]:
    """Yield steps by a channel nobody knows; `addresses` are the names in the environment, CHU_TICH_ZALO."""
    wanted = {variable(step.official, step.channel): step.channel for _, step in _rungs(file)}
    named = {channel for name, channel in wanted.items() if name in addresses}
    for key, step in _rungs(file):
        if step.channel == ZNS:
            yield Disagreement(
                f"{key}.channel",
                "zns chỉ gửi tin cho người dân (citizens.zns); hãy dùng zalo, sms hoặc call",
                "zns brings news to citizens only (citizens.zns); use zalo, sms or call",
            )
        if step.channel not in CHANNELS and step.channel not in named:
            hint = difflib.get_close_matches(step.channel, CHANNELS, n=1, cutoff=0.6)
            known = ", ".join(CHANNELS)
            yield Disagreement(
                f"{key}.channel",
                f"không có kênh {step.channel}"
                + (f"; có phải ý bạn là {hint[0]}?" if hint else f"; các kênh: {known}"),
                f"there is no channel {step.channel}"
                + (f"; did you mean {hint[0]}?" if hint else f"; channels: {known}"),
            )


def unused_addresses(file: ConfigFile, addresses: Collection[str]) -> Iterator[Disagreement]:
    """Yield variables with an address that no step of a ladder uses, which is how a typo in a name looks."""
    wanted = {variable(step.official, step.channel) for _, step in _rungs(file)}
    people = [one.id for one in file.notifications.officials] + [one.id for one in file.duty.people]
    wanted |= {variable(one, channel) for one in people for channel in CHANNELS}
    for name in sorted(set(addresses) - wanted):
        hint = difflib.get_close_matches(name, sorted(wanted), n=1, cutoff=0.6)
        yield Disagreement(
            CHANNEL + name,
            "không có ai trong notifications.officials, duty.people với kênh này"
            + (f"; có phải ý bạn là {CHANNEL}{hint[0]}?" if hint else ""),
            "nobody in notifications.officials or duty.people has this channel"
            + (f"; did you mean {CHANNEL}{hint[0]}?" if hint else ""),
        )


def variable(official: str, channel: str) -> str:
    """Return the end of the variable that holds the address of a step, such as CHU_TICH_ZALO."""
    return f"{official}_{channel}".upper().replace("-", "_")


def _line(file: ConfigFile) -> Iterator[Disagreement]:
    language, voice = file.line.language, file.line.voice
    if language not in SPELLERS:
        languages = ", ".join(SPELLERS)
        yield Disagreement(
            "line.language",
            f"không có lời thoại tiếng {language}; các ngôn ngữ: {languages}",
            f"there are no sentences in {language}; languages: {languages}",
        )
    found = _VOICE.fullmatch(voice)
    if found is None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", voice):
        yield Disagreement("line.voice", "không phải tên một giọng đọc", "not the name of a voice")
    if found is not None and language in SPELLERS and not found["locale"].startswith(f"{language}-"):
        yield Disagreement(
            "line.voice",
            f"giọng này đọc {found['locale']}, còn line.language là {language}",
            f"this voice speaks {found['locale']}, line.language is {language}",
        )
    elif found is not None and found["locale"] == "vi-VN" and not _speaks_vietnamese(found):
        yield Disagreement(
            "line.voice",
            "không có giọng tiếng Việt này; ví dụ có: Google.vi-VN-Wavenet-A, Google.vi-VN-Neural2-A",
            "no such Vietnamese voice; there are for example Google.vi-VN-Wavenet-A, Google.vi-VN-Neural2-A",
        )
    known = {person.id for person in file.duty.people}
    for index, identity in enumerate(file.line.asterisk.telephones if file.line.asterisk else ()):
        if identity not in known:
            yield Disagreement(
                f"line.asterisk.telephones.{index}",
                f"không có ai mang id {identity} trong duty.people",
                f"nobody in duty.people has the id {identity}",
            )
    if file.line.is_embedded and file.line.asterisk and file.line.asterisk.telephones:
        yield Disagreement(
            "line.asterisk.telephones",
            "chỉ Asterisk nối được điện thoại SIP riêng; với carrier: embedded hãy để []",
            "only Asterisk connects SIP telephones of their own; with carrier: embedded leave it []",
        )
    for index, emergency in enumerate(file.emergency_numbers):
        if emergency.number not in EMERGENCY_NUMBERS:
            numbers = ", ".join(EMERGENCY_NUMBERS)
            yield Disagreement(
                f"emergency_numbers.{index}.number",
                f"không phải số khẩn cấp của Việt Nam ({numbers})",
                f"not an emergency number of Vietnam ({numbers})",
            )


def _speaks_vietnamese(voice: re.Match[str]) -> bool:
    """Google has Vietnamese voices under these names; Amazon Polly has none (rules B8)."""
    if voice["maker"] == "Google":
        return bool(_GOOGLE_VIETNAMESE.fullmatch(voice["name"] or ""))
    return voice["maker"] != "Polly"


def _orders(file: ConfigFile) -> Iterator[Disagreement]:
    """Two settings of which the first may not be more than the second."""
    tickets, complaint, budgets = file.tickets, file.complaint, file.rate_limits
    notifications, citizens, retention = file.notifications, file.citizens, file.retention
    pairs = (
        ("tickets.classify_days", tickets.classify_days, "complaint.answer_days", complaint.answer_days),
        ("tickets.transfer_days", tickets.transfer_days, "complaint.answer_days", complaint.answer_days),
        ("complaint.notice_days", complaint.notice_days, "complaint.answer_days", complaint.answer_days),
        (
            *("notifications.sends_per_person_per_day", notifications.sends_per_person_per_day),
            *("notifications.sends_per_day", notifications.sends_per_day),
        ),
        (
            *("citizens.sends_per_number_per_day", citizens.sends_per_number_per_day),
            *("notifications.sends_per_day", notifications.sends_per_day),
        ),
        (
            *("rate_limits.returned_calls_per_number_per_day", budgets.returned_calls_per_number_per_day),
            *("rate_limits.returned_calls_per_day", budgets.returned_calls_per_day),
        ),
        (
            *("rate_limits.status_tries_per_call", budgets.status_tries_per_call),
            *("rate_limits.status_failures_per_number_per_day", budgets.status_failures_per_number_per_day),
        ),
        (
            *("retention.recording_months", retention.recording_months),
            *("retention.ticket_years", retention.ticket_years * 12),
        ),
    )
    for key, value, other, limit in pairs:
        if value > limit:
            yield Disagreement(
                key,
                f"{value} vượt quá {other} ({limit})",
                f"{value} is more than {other} allows ({limit})",
            )
    needed = complaint.max_seconds * _BYTES_A_SECOND
    if file.recordings.max_bytes < needed:
        yield Disagreement(
            "recordings.max_bytes",
            f"nhỏ hơn một bản ghi dài complaint.max_seconds (cần {needed})",
            f"smaller than a recording of complaint.max_seconds (needs {needed})",
        )


def _days_and_hours(file: ConfigFile) -> Iterator[Disagreement]:
    office, reports = file.calendars.office, file.reports
    if reports.team_by > reports.weekly_at:
        yield Disagreement(
            "reports.team_by",
            f"muộn hơn giờ làm báo cáo, reports.weekly_at ({reports.weekly_at})",
            f"later than the report is made, reports.weekly_at ({reports.weekly_at})",
        )
    if all(
        _is_quiet(window, file.notifications.quiet_hours) for day in office.week.values() for window in day
    ):
        yield Disagreement(
            "notifications.quiet_hours",
            "che hết giờ làm việc (calendars.office), không ai được báo",
            "cover all office hours (calendars.office), nobody would be told",
        )


def _is_quiet(window: Window, quiet: Iterable[Window]) -> bool:
    silent = bytearray(MINUTES_A_DAY)
    for hours in quiet:
        silent[hours.start : hours.end] = b"\1" * (hours.end - hours.start)
    return all(silent[window.start : window.end])


def _guests(file: ConfigFile) -> Iterator[Disagreement]:
    pairs = {f"{step.official}/{step.channel}" for _, step in _rungs(file)}
    for index, guest in enumerate(file.trial.guests):
        if "/" in guest and guest not in pairs:
            yield Disagreement(
                f"trial.guests.{index}",
                f"không có bậc nào trong notifications.ladders là {guest}",
                f"no step in notifications.ladders is {guest}",
            )


def _duty(file: ConfigFile) -> Iterator[Disagreement]:
    """The line rings the people of the role that is in charge of it (000-10); others may stand in."""
    duty = file.duty
    for weekday, day in enumerate(DAYS):
        for index, identity in enumerate(duty.roster.on(weekday)):
            if duty.person(identity).role != duty.role:
                yield Disagreement(
                    f"duty.roster.{day}.{index}",
                    f"{identity} không mang vai trò {duty.role} (duty.role); chỉ ghi được vào fallback",
                    f"{identity} does not have the role {duty.role} (duty.role); only fallback may name them",
                )


def _people(file: ConfigFile) -> Iterator[Disagreement]:
    officials, seen = file.notifications.officials, set[str]()
    for index, official in enumerate(officials):
        if official.login is not None and official.login in seen:
            yield Disagreement(
                f"notifications.officials.{index}.login",
                f"tài khoản {official.login} đã ghi cho người khác",
                f"the account {official.login} is somebody else's already",
            )
        seen.add(official.login or "")
    roles = {official.role for official in officials}
    for name, signed in _letters(file):
        if signed.signer not in roles:
            yield Disagreement(
                f"reports.{name}.signer",
                f"không ai trong notifications.officials có vai trò {signed.signer}",
                f"nobody in notifications.officials has the role {signed.signer}",
            )
    named = {step.official for step in file.notifications.ladders.conflict}
    route = {official.role for official in officials if official.id in named}
    if route == {"chairman"}:
        yield Disagreement(
            "notifications.ladders.conflict",
            "chỉ có Chủ tịch, nên phản ánh về Chủ tịch không tới ai",
            "names the chairman only, so that a complaint about the chairman reaches nobody",
        )


def _letters(file: ConfigFile) -> Iterator[tuple[str, Recipients]]:
    """The reports that somebody signs, by their names in the settings."""
    yield "weekly", file.reports.weekly
    yield "monthly", file.reports.monthly
    if file.reports.superior is not None:
        yield "superior", file.reports.superior


def _rungs(file: ConfigFile) -> Iterator[tuple[str, EscalationStep]]:
    for name in LaddersPart.model_fields:
        for index, step in enumerate(file.notifications.ladder(name)):
            yield f"notifications.ladders.{name}.{index}", step
