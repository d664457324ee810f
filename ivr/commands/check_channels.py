"""Prints, for `tongdai check`, the steps of the escalations and which channels are set up."""

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

from logbook.phone_numbers import dotted
from logbook.sending import case_results, escalation_steps
from logbook.settings.environment import CHANNEL
from logbook.settings.loading import Settings
from logbook.settings.notifications import EscalationStep, LaddersPart
from logbook.tickets import results

LADDERS = {
    "complaint": "phản ánh, kiến nghị mới",
    "conflict": "việc có xung đột lợi ích",
    "reminder": "nhắc trước hạn",
    "overdue": "quá hạn",
    "report": "báo cáo",
    "office": "việc của văn phòng",
}
_NOBODY = "không ai"
EXAMPLES = frozenset({"+842583842100", "+842583842101", "+842583842104", "+842583842111"})


def channel_lines(settings: Settings) -> list[str]:
    """Return who is notified first of what (000-13), by which channels, and how backups are made."""
    lines = ["Ai được báo đầu tiên (notifications.ladders):"]
    for name, shown in LADDERS.items():
        ready = [step for step in settings.notifications.ladder(name) if is_set_up(settings, step)]
        notes = [_who(settings, step) for step in ready]
        lines.append(f"  {shown}: {', rồi '.join(dict.fromkeys(notes)) or 'không ai'}")
    lines.append(f"Kết quả xử lý (notifications.results): {_results(settings)}")
    if settings.citizens.sms_sender:
        lines.append(f"Tin nhắn: tên gửi {settings.citizens.sms_sender}, {_gateway(settings)}")
    if settings.citizens.zns is not None:
        kinds = ", ".join(settings.citizens.zns.templates)
        lines.append(f"Zalo ZNS: ứng dụng {settings.citizens.zns.app_id}, mẫu cho: {kinds}")
    box, server = settings.mail_imap.get_secret_value(), settings.mail_smtp.get_secret_value()
    if box:
        lines.append(f"Nhận thư phản ánh: {urlsplit(box).hostname} (TONGDAI_MAIL_IMAP)")
        lines.append(
            f"Trả lời người gửi thư: {urlsplit(server).hostname if server else 'không (TONGDAI_MAIL_SMTP)'}"
        )
    if _is_postgresql(settings):
        lines.append("Sao lưu: cơ sở dữ liệu là PostgreSQL, cần chương trình pg_dump trên máy này")
    return lines


def channel_warnings(settings: Settings) -> list[str]:
    """Name every channel of a ladder that is not set up, ladders nobody is rung by, and a missing pg_dump."""
    notes = list(dict.fromkeys(_not_set_up(settings)))
    for name, shown in LADDERS.items():
        if not any(is_set_up(settings, step) for step in settings.notifications.ladder(name)):
            notes.append(f"{shown}: không kênh nào được đặt, không ai được báo")
    if _results(settings) == _NOBODY:
        notes.append("kết quả xử lý phản ánh, kiến nghị: không kênh nào được đặt, Chủ tịch không được báo")
    if settings.citizens.sms_gateway == "esms" and settings.citizens.sms_sender is None:
        notes.append("citizens.sms_gateway là esms nhưng chưa ghi tên người gửi đã đăng ký (sms_sender)")
    if _is_postgresql(settings) and shutil.which("pg_dump") is None:
        notes.append("chưa thấy chương trình pg_dump, nên chưa sao lưu được PostgreSQL")
    if not settings.is_demo:
        notes += [
            f"số của {official.name} ({dotted(official.number)}) vẫn là số ví dụ"
            for official in settings.notifications.officials
            if official.number in EXAMPLES
        ]
    return notes


def _gateway(settings: Settings) -> str:
    """Through whom texts go, without its keys (T-04)."""
    if settings.citizens.sms_gateway != "esms":
        return "qua nhà cung cấp đường dây"
    if settings.is_demo:
        return "qua nhà cung cấp mẫu (bản chạy thử không gửi qua eSMS)"
    length = len(settings.esms_key.get_secret_value())
    return f"qua eSMS ({settings.citizens.sms_gateway_url}), ESMS_API_KEY đã đặt ({length} ký tự)"


def _results(settings: Settings) -> str:
    """Who hears what became of cases, when and by which channel."""
    official = results.chairman(settings)
    way = None if official is None else case_results.channel(settings, official)
    if official is None or way is None:
        return _NOBODY
    part = settings.notifications.results
    when = (
        f"gộp một tin lúc {part.at} ngày làm việc"
        if part.how == "daily"
        else "từng kết quả, trong giờ làm việc"
    )
    shown = {"call": f"gọi {dotted(official.number)}", "sms": f"nhắn tin {dotted(official.number)}"}
    return f"{official.title} ({shown.get(way, way)}), {when}"


def is_set_up(settings: Settings, step: EscalationStep) -> bool:
    """Return whether a step can be sent; the ladder skips one that cannot."""
    official = settings.notifications.official(step.official)
    return official is not None and escalation_steps.set_up(settings, official, step.channel)


def _not_set_up(settings: Settings) -> Iterator[str]:
    for name in LaddersPart.model_fields:
        for step in settings.notifications.ladder(name):
            if is_set_up(settings, step):
                continue
            if step.channel in {"call", "sms"}:
                yield _takes_none(settings, step)
            else:
                variable = f"{CHANNEL}{step.official}_{step.channel}".upper().replace("-", "_")
                yield f"kênh {step.channel} của {_name(settings, step)} chưa có địa chỉ; đặt {variable}"


def _takes_none(settings: Settings, step: EscalationStep) -> str:
    official = settings.notifications.official(step.official)
    number = dotted(official.number) if official else ""
    what = {"call": "cuộc gọi", "sms": "tin nhắn"}[step.channel]
    return f"số của {_name(settings, step)} ({number}) không nhận được {what}; bậc {step.channel} bị bỏ qua"


def _who(settings: Settings, step: EscalationStep) -> str:
    official = settings.notifications.official(step.official)
    number = dotted(official.number) if official else ""
    how = {"call": f"gọi {number}", "sms": f"nhắn tin {number}"}.get(step.channel, step.channel)
    return f"{_name(settings, step)} ({how})"


def _name(settings: Settings, step: EscalationStep) -> str:
    official = settings.notifications.official(step.official)
    return official.title if official else step.official


def _is_postgresql(settings: Settings) -> bool:
    return settings.database_url.startswith("postgresql")
