"""`tongdai call`: places a call to the running hotline from a terminal, as the telephone provider would."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from ivr.commands.own_line.sip_telephone import DEMONSTRATION, SipTelephone, call_by_sip
from ivr.phone import sound
from ivr.phone.carrier import Carrier, CarrierError
from ivr.phone.executor import CallEnd, Executor
from ivr.phone.line import drive
from ivr.phone.notices import KeepRecording
from ivr.phone.parameters import WITHHELD, CallSetup
from ivr.phone.scripted import Action, ClerkAction, ClerkAnswers, ClerkBusy, ClerkSilent, GoAway, Talk
from ivr.phone.terminal import TerminalLine, action_for
from ivr.phone.transport import HttpTransport, Transport
from ivr.provider import inbound
from ivr.provider.inbound import setup_call
from ivr.provider.sdk import UploadFailedError
from logbook.clock import local, parse_moment
from logbook.phone_numbers import parse
from logbook.settings.errors import SettingsError
from logbook.settings.loading import Settings, load_settings

SOUNDS = Path(__file__).parent.parent / "phone" / "sounds"
SAMPLE = "complaint.wav"
DEFAULT_CALLER = "+84912345678"

TEXTS = {
    "dialling": "☎ {caller} gọi {called} lúc {time}",
    "withheld": "số bị ẩn",
    "answered": "☎ Tổng đài nhấc máy",
    "said": "◀ {text}",
    "played": "◀ (phát âm thanh {seconds} giây: {url})",
    "beep": "◀ (tiếng bíp, bắt đầu ghi âm)",
    "pressed": "▶ bấm {keys}",
    "silent": "▶ (im lặng)",
    "spoke": "▶ (đã nói {seconds} giây)",
    "mute": "▶ (không nói gì; dùng --say TỆP.wav để nói)",
    "left": "▶ gác máy",
    "ask": "  Bấm phím rồi Enter (Enter: im lặng, x: gác máy)",
    "unreadable": "  Chỉ bấm được các phím 0-9, * và #.",
    "ringing": "☎ Máy cán bộ {number}: đổ chuông …",
    "clerk completed": "☎ Cán bộ nghe máy, nói chuyện {seconds} giây",
    "clerk picked up": "☎ Máy cán bộ có người nhấc",
    "clerk heard": "☎ ◀ (riêng cán bộ nghe) {text}",
    "clerk pressed": "☎ ▶ cán bộ bấm {keys}",
    "clerk pressed nothing": "☎ ▶ (máy cán bộ không bấm gì)",
    "clerk busy": "☎ Máy cán bộ bận",
    "clerk no-answer": "☎ Cán bộ không nghe máy",
    "clerk failed": "☎ Không nối được máy cán bộ",
    "clerk canceled": "☎ Người gọi gác máy khi đang đổ chuông",
    "ended": "☎ Tổng đài kết thúc cuộc gọi",
    "refused": "☎ Tổng đài từ chối cuộc gọi",
    "lasted": "☎ Cuộc gọi dài {seconds} giây",
    "bad key": "'{item}' không phải là phím: chỉ dùng 0-9, *, #, hoặc s (im lặng).",
    "bad time": "'{value}' không phải là thời điểm: viết như 2026-11-25T09:10.",
    "bad number": "'{value}' không phải là số điện thoại: viết như 0912345678, hoặc anonymous (ẩn số).",
    "other number": "tổng đài này có số {number}; số khác chỉ gọi được trong cài đặt của nhiều đơn vị.",
    "nobody's number": "'{value}' không phải là số của đơn vị nào; xem: tongdai office list",
    "no file": "Không có tệp {name}, cả ở thư mục này lẫn trong các tệp mẫu ({samples}).",
    "no wave": "Tệp {name} không phải là WAV PCM 16 bit: {reason}",
    "not kept": "Chú ý: chưa gửi được bản ghi âm tới {url} ({reason}).",
    "no sip": "Không gọi được {address}: {reason}",
    "nobody": "Không ai trả lời ở {address}. Hãy mở một cửa sổ khác và chạy: make line",
    "guard": "Lỗi: cuộc gọi không tự kết thúc (hỏi lại quá nhiều lần), điện thoại đã ngắt.",
    "failed": "Lỗi: tổng đài không trả lời được, người gọi chỉ nghe lời xin lỗi ({reason}).",
    "not running": "Tổng đài có đang chạy ở {url} không? Hãy mở một cửa sổ khác và chạy: tongdai serve",
    "not signed": (
        "Tổng đài không nhận chữ ký. TWILIO_AUTH_TOKEN và TONGDAI_PUBLIC_URL phải giống nhau ở đây "
        "và ở nơi tổng đài chạy (đang dùng {url})."
    ),
    "broken": "Hãy xem nhật ký của tổng đài, và chạy: tongdai check",
}


def settings_of_number(number: str | None) -> Settings:
    """Return the settings of the office with that number; of the only one for None.

    Exit status 2 when they are wrong; click.BadParameter for the number of nobody.
    """
    from ivr.commands.offices.folder import installation
    from logbook.offices.environment import installation_folder, settings_of

    try:
        if number is None or installation_folder(os.environ) is None:
            settings = load_settings()
            if number is not None and parse(number).e164 != settings.line.number:
                raise click.BadParameter(TEXTS["other number"].format(number=settings.line.number_shown))
            return settings
        entry = installation().of_number(number)
        if entry is None:
            raise click.BadParameter(TEXTS["nobody's number"].format(value=number))
        return settings_of(entry, os.environ)
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None


def keys_of(text: str) -> tuple[Action, ...]:
    """Read `4,5,s,123456#` as one action for each prompt; raise click.BadParameter."""
    actions = []
    for item in text.split(","):
        action = action_for(item)
        if action is None or isinstance(action, GoAway):
            raise click.BadParameter(TEXTS["bad key"].format(item=item))
        actions.append(action)
    return tuple(actions)


def voice_of(name: str, here: Path | None = None) -> Talk:
    """Read the file to be spoken, from `here` (current folder) or the samples; raise click.BadParameter."""
    wanted = (here or Path.cwd()) / name
    if not wanted.is_file():
        samples = {sample.name: sample for sample in SOUNDS.glob("*.wav")}
        if name not in samples:
            raise click.BadParameter(TEXTS["no file"].format(name=name, samples=", ".join(sorted(samples))))
        wanted = samples[name]
    try:
        wav = wanted.read_bytes()
        sound.read(wav)
    except (OSError, sound.NotAWaveError) as trouble:
        raise click.BadParameter(TEXTS["no wave"].format(name=name, reason=trouble)) from trouble
    return Talk(wav)


def caller_of(text: str) -> str:
    """Return the caller's number as the provider sends it; raise click.BadParameter.

    An address of a SIP line (sip:0912345678@host) is sent as it is.
    """
    if text.lower() == "anonymous":
        return WITHHELD
    if text.isprintable() and len(text) <= 200 and any(sign in text for sign in "@:<"):
        return text
    number = parse(text).e164
    if number is None:
        raise click.BadParameter(TEXTS["bad number"].format(value=text))
    return number


def moment_of(text: str) -> datetime:
    """Return the moment a call is placed at, as local time; raise click.BadParameter."""
    try:
        return local(parse_moment(text))
    except ValueError as trouble:
        raise click.BadParameter(TEXTS["bad time"].format(value=text)) from trouble


def place(
    setup: CallSetup,
    line: TerminalLine,
    settings: Settings,
    transport: Transport,
    warn: Callable[[str], None],
) -> CallEnd:
    """Run the call to its end; a recording that could not be handed over is only warned about."""
    carrier = Carrier(transport, settings.auth_token.get_secret_value())
    return drive(Executor(setup, carrier, keeper(setup, settings, transport, warn)).run(), line)


def keeper(
    setup: CallSetup, settings: Settings, transport: Transport, warn: Callable[[str], None]
) -> KeepRecording:
    """Return what hands a call's recordings to the stand-in, and warns in a sentence when it could not."""

    def failed(trouble: UploadFailedError) -> None:
        warn(TEXTS["not kept"].format(url=setup.recordings_api, reason=trouble))

    return inbound.keeper(setup, settings, transport, failed)


def advice(end: CallEnd, base: str) -> list[str]:
    """Return what went wrong and what to do next, or nothing when the call ended well."""
    if end.ended_by == "guard":
        return [TEXTS["guard"], TEXTS["broken"]]
    if end.failure is None:
        return []
    return [TEXTS["failed"].format(reason=end.failure), _next_step(end.failure).format(url=base)]


def _next_step(failure: CarrierError) -> str:
    if failure.status == 403:
        return TEXTS["not signed"]
    return TEXTS["broken"] if failure.status else TEXTS["not running"]


def _clerk(choice: str, seconds: float) -> ClerkAction:
    actions: dict[str, ClerkAction] = {
        "answer": ClerkAnswers(seconds),
        "voicemail": ClerkAnswers(seconds, presses=""),
        "busy": ClerkBusy(),
        "no-answer": ClerkSilent(),
    }
    return actions[choice]


def read_line() -> str | None:
    """Read one line from the keyboard, without its end; None when there is no more."""
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


@click.command()
@click.option("--keys", help="Các phím, cách nhau bằng dấu phẩy: 4,5,5,s,123456# (s: im lặng).")
@click.option("--say", metavar="TỆP.wav", help="Tệp được nói khi tổng đài ghi âm, ví dụ complaint.wav.")
@click.option("--at", metavar="LÚC", help="Gọi vào lúc này (chỉ khi chạy thử): 2026-11-25T09:10.")
@click.option(
    "--from", "caller", default=DEFAULT_CALLER, help="Số người gọi, địa chỉ SIP, hoặc anonymous (ẩn số)."
)
@click.option(
    "--to", metavar="SỐ", help="Số được gọi; trong cài đặt của nhiều đơn vị, số của đơn vị nào cũng được."
)
@click.option("--hang-up-after", type=click.IntRange(min=0), help="Gác máy sau bấy nhiêu lần được hỏi.")
@click.option("--clerk", type=click.Choice(["answer", "voicemail", "busy", "no-answer"]), default="no-answer")
@click.option("--talk", type=click.FloatRange(min=1), default=30.0, help="Cán bộ nói chuyện bao nhiêu giây.")
@click.option(
    "--sip",
    is_flag=False,
    flag_value=DEMONSTRATION,
    metavar="MÁY:CỔNG",
    help=f"Gọi thật bằng SIP tới đường dây của cơ quan (mặc định {DEMONSTRATION}, nơi make line chờ).",
)
@click.option(
    "--heard",
    metavar="TỆP.wav",
    type=click.Path(path_type=Path),
    help="Với --sip: giữ lại những gì nghe được.",
)
@click.option("--url", help="Địa chỉ của tổng đài (mặc định: TONGDAI_PUBLIC_URL).")
@click.option("--quiet", is_flag=True, help="Không in lời thoại.")
def call(
    keys: str | None,
    say: str | None,
    at: str | None,
    caller: str,
    to: str | None,
    hang_up_after: int | None,
    clerk: str,
    talk: float,
    sip: str | None,
    heard: Path | None,
    url: str | None,
    quiet: bool,
) -> None:
    """Gọi thử vào tổng đài đang chạy, ngay trong cửa sổ dòng lệnh."""
    settings = settings_of_number(to)
    base = (url or settings.public_url).rstrip("/")
    actions = None if keys is None else keys_of(keys)
    spoken = say or (SAMPLE if actions is None else None)
    setup = setup_call(settings, base, caller_of(caller), moment_of(at) if at else None)

    def write(text: str) -> None:
        if not quiet:
            click.echo(text)

    if sip is not None:
        voice = voice_of(spoken) if spoken else None
        call_by_sip(sip, setup, SipTelephone(write, TEXTS, actions, voice, read_line, heard, hang_up_after))
        return
    line = TerminalLine(
        write,
        TEXTS,
        keys=actions,
        read_line=read_line,
        voice=voice_of(spoken) if spoken else None,
        clerk=_clerk(clerk, talk),
        leave_after=hang_up_after,
    )
    shown = TEXTS["withheld"] if setup.caller == WITHHELD else setup.caller
    write(TEXTS["dialling"].format(caller=shown, called=setup.called, time=f"{setup.started:%H:%M %d/%m/%Y}"))
    end = place(
        setup,
        line,
        settings,
        HttpTransport(settings.public_url, settings.local_url),
        lambda text: click.echo(text, err=True),
    )
    write(TEXTS["lasted"].format(seconds=f"{end.seconds:.0f}"))
    trouble = advice(end, base)
    for text in trouble:
        click.echo(text, err=True)
    if trouble:
        raise SystemExit(1)
