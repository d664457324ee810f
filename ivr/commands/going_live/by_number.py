"""Sends one test message to the number of a named person: a text, or a message of Zalo ZNS."""

from __future__ import annotations

from contextlib import closing

import click

from logbook.clock import Clock
from logbook.database.engine import Database, DatabaseBusyError, SchemaError
from logbook.phone_numbers import dotted
from logbook.provider import NotAGuestError, ProviderError, telephone_of
from logbook.sending import limits
from logbook.sending.gateways.esms import gateway_of
from logbook.sending.gateways.zalo import zalo_of
from logbook.sending.messages import unmarked
from logbook.settings.channels import ZNS
from logbook.settings.loading import Settings

TRACKING = "tongdai-test"
"""What a test message is called at Zalo; its receipt belongs to no delivery."""
EXAMPLE_DAY = "01/01/2027"


def send_test(settings: Settings, official: str, channel: str, text: str) -> str:
    """Send `text`, or the first template that is set, to whoever has that id; return what to say.

    The number is the one in the settings and stands on no command line. ClickException says what is missing.
    """
    staff = settings.staff(official)
    if staff is None:
        raise click.ClickException(f"Không có ai mang id {official} trong officials, duty.people.")
    to = limits.reached(staff.number, channel, settings)
    if to is None:
        raise click.ClickException(f"Số của {staff.name} không nhận được tin nhắn: phải là số di động.")
    try:
        if channel == ZNS:
            _by_zalo(settings, to)
        else:
            _by_text(settings, to, text)
    except NotAGuestError:
        raise click.ClickException(
            f"Đang chạy thử và số của {staff.name} không có trong trial.guests: không gửi."
        ) from None
    except ProviderError as error:
        raise click.ClickException(f"Tin thử không gửi được: {error}") from None
    return f"Đã gửi tin thử tới {staff.name} ({dotted(to)}); hãy hỏi người nhận xem đã thấy chưa."


def _by_text(settings: Settings, to: str, text: str) -> None:
    sender = settings.citizens.sms_sender
    if sender is None:
        raise click.ClickException("Chưa ghi tên người gửi đã đăng ký (citizens.sms_sender).")
    through = gateway_of(settings) or telephone_of(settings)
    through.text(to=to, sender=sender, body=unmarked(text))


def _by_zalo(settings: Settings, to: str) -> None:
    part = settings.citizens.zns
    if part is None:
        raise click.ClickException("Chưa đặt Zalo ZNS (citizens.zns).")
    try:
        with closing(Database(settings.database_url)) as database:
            gateway = zalo_of(settings, database, Clock())
            if gateway is None:
                raise click.ClickException("Bản chạy thử (demo) không gửi qua Zalo.")
            kind, template = next(iter(part.templates.items()))
            params = {"office": settings.office.name_spoken, "number": dotted(settings.line.number)}
            params |= {"due": EXAMPLE_DAY} if kind == "extended" else {}
            gateway.send(to=to, template=template, params=params, tracking=TRACKING)
    except (SchemaError, DatabaseBusyError):
        raise click.ClickException("Sổ chưa có hoặc đang bận; hãy chạy: tongdai db upgrade") from None
