"""`tongdai fallback`: writes what answers when nothing of ours does, and takes in its messages."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logbook.calendar.working_time import WorkingTime
    from logbook.installation import Installation

DAYS = 60
INDEX = "calendar.csv"
HEAD = ("from", "until", "open", "file", "text")
TEXTS = {
    "exported": "Đã ghi {count} lời dự phòng cho {days} ngày vào {folder}; lúc nào dùng tệp nào: {index}.",
    "no voice": "cảnh báo: chưa có giọng đọc nên không có tệp .wav; hãy cài phần [voice].",
    "taken": "Đã nhận {count} lời nhắn thành phiếu: {codes}",
    "none": "Không có lời nhắn nào.",
    "refused": "Không phải lời nhắn, đã để sang bên: {name}",
}


@dataclass(frozen=True)
class FallbackStretch:
    """A stretch of time in which one thing is said; both ends are local, the second not included."""

    begin: datetime
    until: datetime
    is_open: bool
    text: str


@click.group("fallback")
def fallback() -> None:
    """Lời dự phòng khi chương trình không trả lời, và lời nhắn nó đã nhận."""


@fallback.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path) -> None:
    """Ghi lời dự phòng (.wav) và TwiML tĩnh (.xml) cho mọi lúc trong 60 ngày tới vào FOLDER."""
    from ivr.line.hotline import open_hotline
    from logbook.settings.loading import load_settings

    hotline = open_hotline(load_settings())
    try:
        count, spoken = write_bundle(hotline, folder)
    finally:
        hotline.voice.close()
        hotline.database.close()
    click.echo(TEXTS["exported"].format(count=count, days=DAYS, folder=folder, index=INDEX))
    if not spoken:
        click.echo(TEXTS["no voice"], err=True)


@fallback.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def take_messages(folder: Path) -> None:
    """Nhận các lời nhắn trong FOLDER thành phiếu, mỗi lời một phiếu, đúng lúc đã nhắn."""
    from ivr.commands.book import opened
    from ivr.gateway import messages
    from logbook.installation import open_installation
    from logbook.settings.loading import load_settings

    with opened() as (database, _):
        office = open_installation(load_settings(), database=database)
        done = messages.take_in(office, folder, patience=0)
    for name in done.refused:
        click.echo(TEXTS["refused"].format(name=name), err=True)
    said = TEXTS["taken"].format(count=len(done.codes), codes=", ".join(done.codes))
    click.echo(said if done.codes else TEXTS["none"])


def write_bundle(office: Installation, folder: Path) -> tuple[int, bool]:
    """Write the files of all stretches; how many there are, and whether a voice made them audible (OSError).

    What is said alike has one pair of files. The index is written last: a bundle with one is whole.
    """
    from ivr.line.twiml import ProviderVoice, Speaker, WebhookAddresses
    from logbook.calendar.of_settings import working_times
    from logbook.clock import local
    from logbook.texts.spoken import SPELLERS

    settings, language = office.settings, office.settings.line.language
    voice = ProviderVoice(SPELLERS[language].locale, settings.line.voice)
    speaker = Speaker(WebhookAddresses(""), voice, settings.line.caller_id, settings.guests)
    with office.database.reading() as conn:
        times, _ = office.calendars.now(conn) if office.database.at_head() else (working_times(settings), ())
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[tuple[bool, str], str] = {}
    rows, spoken = [], True
    for stretch in stretches(office, times.hotline, local(office.clock.now())):
        key = (stretch.is_open, stretch.text)
        if key not in names:
            names[key] = f"{'open' if stretch.is_open else 'closed'}-{len(names) + 1:03d}"
            number, seconds = _operator(office) if stretch.is_open else (None, 0)
            (folder / f"{names[key]}.xml").write_text(
                speaker.standing(stretch.text, number, seconds), encoding="utf-8"
            )
            sound = office.voice.sound(stretch.text, language)
            if sound is None:
                spoken = False
            else:
                (folder / f"{names[key]}.wav").write_bytes(sound.wav)
        moments = (f"{moment:%Y-%m-%dT%H:%M}" for moment in (stretch.begin, stretch.until))
        rows.append((*moments, "1" if stretch.is_open else "0", names[key], stretch.text))
    with (folder / INDEX).open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEAD, *rows])
    return len(names), spoken


def stretches(office: Installation, line: WorkingTime, now: datetime) -> Iterator[FallbackStretch]:
    """What is said from `now` (local) on, for 60 days without a gap."""
    from ivr.phone.last_words import last_words_of
    from logbook.clock import Clock

    end = _midnight(now + timedelta(days=DAYS))
    edges = {now, end}
    for ahead in range(DAYS + 1):
        day = _midnight(now + timedelta(days=ahead))
        edges |= {day, *(moment for pair in line.windows_on(day.date()) for moment in pair)}
    order = sorted(edge for edge in edges if now <= edge <= end)
    for begin, until in pairwise(order):
        said = last_words_of(office.settings, Clock(begin))()
        yield FallbackStretch(begin, until, line.at(begin).is_open, said.text)


def _operator(office: Installation) -> tuple[str | None, int]:
    """Who is rung while the line is open: the person named for emergencies, if any may be rung."""
    duty = office.settings.duty
    if duty.emergency_operator is None:
        return None, 0
    return duty.person(duty.emergency_operator).number, duty.ring_seconds


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(), moment.tzinfo)
