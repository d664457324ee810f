"""`tongdai key new`, `tongdai key rotate`: the key that encrypts people's names."""

from __future__ import annotations

import click

from ivr.commands.book import opened


@click.group()
def key() -> None:
    """Khóa mã hóa họ tên người đánh giá, người được giúp (TONGDAI_DATA_KEY)."""


@key.command()
def new() -> None:
    """In một khóa mới; đặt nó lên đầu TONGDAI_DATA_KEY, giữ khóa cũ phía sau cho đến khi đổi xong."""
    from cryptography.fernet import Fernet

    click.echo(Fernet.generate_key().decode())


@key.command()
def rotate() -> None:
    """Mã hóa lại mọi họ tên bằng khóa mới nhất; dừng giữa chừng thì chạy lại là đi tiếp."""
    from logbook.database import personal_names
    from logbook.sending.gateways import zalo_tokens
    from logbook.settings.loading import load_settings

    keys = personal_names.NameKeys([one.get_secret_value() for one in load_settings().data_keys])
    if not keys:
        raise click.ClickException("Chưa đặt TONGDAI_DATA_KEY; tạo khóa bằng: tongdai key new")
    with opened() as (database, _):
        with database.reading() as conn:
            many = personal_names.to_rotate(conn, keys)
        with click.progressbar(length=many, label="Đang mã hóa lại") as bar:
            done = personal_names.rotate(database, keys, bar.update)
        zalo_tokens.rotate(database, keys)
        with database.reading() as conn:
            left = personal_names.unreadable(conn, keys)
    click.echo(f"Đã mã hóa lại {done} họ tên bằng khóa mới nhất.")
    if left:
        raise click.ClickException(f"Còn {left} họ tên không đọc được: thiếu khóa cũ trong TONGDAI_DATA_KEY.")
    click.echo("Có thể bỏ các khóa cũ khỏi TONGDAI_DATA_KEY.")
