"""`tongdai phone`: a telephone that rings when the hotline calls its number (demonstration)."""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import Literal, TypeAlias

import click

from ivr.commands import call as calling
from ivr.phone.carrier import Carrier
from ivr.phone.executor import CallEnd, Executor
from ivr.phone.line import drive
from ivr.phone.scripted import Action, ClerkAnswers, Talk
from ivr.phone.terminal import AnsweringLine, ReadLine, Write
from ivr.phone.transport import HttpTransport
from ivr.provider.files import Row
from ivr.provider.handset import Handset, StandInUnreachableError
from ivr.provider.outbound import setup_of
from logbook.clock import Clock, local
from logbook.phone_numbers import dotted, parse
from logbook.settings.loading import Settings, load_settings

LOOK_EVERY = 0.5
PICKS_UP: TypeAlias = Literal["asks", "at once", "busy", "never"]

TEXTS = {
    **calling.TEXTS,
    "waiting": "☎ Máy {number} đang chờ cuộc gọi (Ctrl-C để thôi)",
    "rings": "☎ Chuông reo {time}: cuộc gọi từ {caller} đến {called}",
    "pick up": "  Enter: nghe máy, x: không nhận",
    "answered": "☎ Nhấc máy",
    "busy": "☎ Máy bận",
    "unanswered": "☎ Không ai nghe máy, chuông đã tắt",
    "too late": "☎ Cuộc gọi đã dứt trước khi nhấc máy",
    "message": "✉ Tin nhắn {time} từ {sender}: {text}",
    "ringing": "☎ Máy {number}: đổ chuông …",
    "clerk completed": "☎ Bên kia nghe máy, nói chuyện {seconds} giây",
    "clerk busy": "☎ Bên kia máy bận",
    "clerk no-answer": "☎ Bên kia không nghe máy",
    "no call": "Không có cuộc gọi nào đến {number} trong {seconds} giây.",
    "lost": "Chưa liên lạc được với tổng đài, đang thử lại …",
    "bad telephone": "'{value}' không phải là số điện thoại: viết như 0258.3842.100.",
    "not here": "Lệnh này chỉ dùng khi chạy thử: khi chạy thật, điện thoại thật đổ chuông.",
}


class HangUpKey:
    """Ctrl-C while a call goes on: hangs up instead of ending the program."""

    def __init__(self, read_line: ReadLine) -> None:
        """Read keys by `read_line`, which Ctrl-C interrupts."""
        self.pressed = False
        self._reading = False
        self._read_line = read_line

    def __enter__(self) -> "HangUpKey":
        """Take Ctrl-C over; only the main thread of a program gets it."""
        self._before = None
        if current_thread() is main_thread():
            self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        """Give Ctrl-C back."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def read_line(self) -> str | None:
        """Read one line; None, which hangs up, when Ctrl-C was pressed or nothing more can be read."""
        self._reading = True
        try:
            return None if self.pressed else self._read_line()
        except KeyboardInterrupt:
            return None
        finally:
            self._reading = False

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        self.pressed = True
        if self._reading:
            raise KeyboardInterrupt


@dataclass(frozen=True)
class AtTheTelephone:
    """Who sits at the telephone: whether they pick up, the keys they press at each prompt, what they say."""

    picks_up: PICKS_UP
    keys: Sequence[Action] | None
    voice: Talk | None
    read_line: ReadLine


class TerminalTelephone:
    """One number's telephone in a terminal."""

    def __init__(self, settings: Settings, handset: Handset, person: AtTheTelephone, write: Write) -> None:
        """Show everything by `write`."""
        self._settings = settings
        self._handset = handset
        self._person = person
        self._write = write
        self._monotonic = Clock().monotonic

    def attend(self, *, once: bool, seconds: float | None) -> int:
        """Wait for calls, for `seconds` at most, or until the first one; return how many rang (NoAnswer).

        Without `seconds` a hotline that does not run is reported at once, otherwise it is waited for.
        """
        waits_until = None if seconds is None else self._monotonic() + seconds
        called: set[str] = set()
        reached, well = False, True
        while waits_until is None or self._monotonic() < waits_until:
            try:
                seen = self._handset.look()
            except StandInUnreachableError as trouble:
                if not reached and (trouble.status or waits_until is None):
                    raise
                if well:
                    self._show("lost")
                well = False
                Event().wait(2 * LOOK_EVERY)
                continue
            reached = well = True
            for message in seen.messages:
                self._show(
                    "message", time=_time(message), sender=_shown(message["From"]), text=message["Body"]
                )
            for placed in seen.ringing:
                if placed["CallSid"] not in called:
                    called.add(placed["CallSid"])
                    self._rings(placed)
                    if once:
                        return len(called)
            Event().wait(LOOK_EVERY)
        return len(called)

    def _rings(self, placed: Row) -> None:
        self._show("rings", time=_time(placed), caller=_shown(placed["From"]), called=_shown(placed["To"]))
        how = self._person.picks_up
        if how == "asks":
            self._show("pick up")
            typed = self._person.read_line()
            how = "at once" if typed is not None and typed.strip().lower() != "x" else "busy"
        if how == "never":
            self._let_ring(placed["CallSid"])
            return
        taken = self._handset.take(placed["CallSid"])
        if taken is None:
            self._show("too late")
            return
        self._talk(taken, busy=how == "busy")

    def _let_ring(self, call_sid: str) -> None:
        while any(placed["CallSid"] == call_sid for placed in self._handset.look().ringing):
            Event().wait(LOOK_EVERY)
        self._show("unanswered")

    def _talk(self, placed: Row, *, busy: bool) -> None:
        """Carry the call out, and report its end to the stand-in whatever happens meanwhile."""
        status, seconds = "failed", 0.0
        try:
            with HangUpKey(self._person.read_line) as hanging_up:
                line = AnsweringLine(
                    self._write,
                    TEXTS,
                    keys=self._person.keys,
                    read_line=hanging_up.read_line,
                    voice=self._person.voice,
                    clerk=ClerkAnswers(),
                    gone=lambda: hanging_up.pressed,
                )
                line.busy = busy
                end = self._carry_out(placed, line)
            status, seconds = end.status, end.seconds
        finally:
            with suppress(StandInUnreachableError):
                self._handset.ended(placed["CallSid"], status, seconds)
        for text in calling.advice(end, self._settings.public_url):
            click.echo(text, err=True)

    def _carry_out(self, placed: Row, line: AnsweringLine) -> CallEnd:
        settings = self._settings
        setup = setup_of(placed, datetime.fromisoformat(placed["made"]), settings.provider_url)
        token = settings.auth_token.get_secret_value()
        keep = calling.keeper(
            setup,
            settings,
            HttpTransport(settings.public_url, settings.local_url),
            lambda text: click.echo(text, err=True),
        )
        return drive(
            Executor(
                setup, Carrier(HttpTransport(settings.public_url, settings.local_url), token), keep
            ).run(),
            line,
        )

    def _show(self, label: str, **words: str) -> None:
        self._write(TEXTS[label].format(**words))


def _shown(number: str) -> str:
    """Show a number as people write it, and a sender's name as it is."""
    e164 = parse(number).e164
    return dotted(e164) if e164 else number


def _time(made: Row) -> str:
    """When a call or message was made, by the stand-in's clock."""
    return f"{local(datetime.fromisoformat(made['made'])):%H:%M %d/%m/%Y}"


def _telephone_number(text: str) -> str:
    number = parse(text).e164
    if number is None:
        raise click.BadParameter(TEXTS["bad telephone"].format(value=text))
    return number


def _trouble(trouble: StandInUnreachableError, url: str) -> str:
    label = "not signed" if trouble.status == 401 else "broken" if trouble.status else "not running"
    return TEXTS[label].format(url=url)


def _choice(flags: Mapping[PICKS_UP, bool]) -> PICKS_UP:
    return next((how for how, given in flags.items() if given), "asks")


@click.command()
@click.argument("number")
@click.option("--keys", help="Tự nghe máy và bấm các phím này, mỗi lần được hỏi một mục: 1,s,5.")
@click.option("--say", metavar="TỆP.wav", help="Tệp được nói khi tổng đài ghi âm.")
@click.option("--no-answer", is_flag=True, help="Để chuông reo, không nghe máy.")
@click.option("--busy", is_flag=True, help="Máy bận.")
@click.option("--once", is_flag=True, help="Thôi sau cuộc gọi đầu tiên.")
@click.option("--wait", type=click.FloatRange(min=0), metavar="GIÂY", help="Chờ nhiều nhất bấy nhiêu giây.")
def phone(
    number: str,
    keys: str | None,
    say: str | None,
    no_answer: bool,
    busy: bool,
    once: bool,
    wait: float | None,
) -> None:
    """Điện thoại mang số NUMBER: đổ chuông khi tổng đài gọi đến, nhận tin nhắn (chỉ khi chạy thử)."""
    settings = load_settings()
    if not settings.is_demo:
        raise click.ClickException(TEXTS["not here"])
    own = _telephone_number(number)
    actions = None if keys is None else calling.keys_of(keys)
    spoken = say or (calling.SAMPLE if actions is None else None)
    person = AtTheTelephone(
        _choice({"never": no_answer, "busy": busy, "at once": actions is not None}),
        actions,
        calling.voice_of(spoken) if spoken else None,
        calling.read_line,
    )
    token = settings.auth_token.get_secret_value()
    handset = Handset(settings.provider_url, settings.account_sid, token, own)
    write: Callable[[str], None] = click.echo
    write(TEXTS["waiting"].format(number=dotted(own)))
    telephone = TerminalTelephone(settings, handset, person, write)
    try:
        called = telephone.attend(once=once, seconds=wait)
    except StandInUnreachableError as trouble:
        raise click.ClickException(_trouble(trouble, settings.public_url)) from trouble
    except KeyboardInterrupt:
        sys.exit(0)
    if not called:
        raise click.ClickException(TEXTS["no call"].format(number=dotted(own), seconds=f"{wait or 0:.0f}"))
