"""`tongdai verify`: whether the tickets' histories and the journal are still what was written (T-23)."""

from __future__ import annotations

import click


@click.command()
def verify() -> None:
    """Walk every ticket's history and the journal; exit 1 and name the first broken link of each."""
    from logbook import history, journal
    from logbook.database import Database
    from logbook.settings import load_settings

    database = Database(load_settings().database_url)
    try:
        if not database.at_head():
            raise click.ClickException("Sổ chưa có hoặc chưa nâng cấp; hãy chạy: tongdai db upgrade")
        with database.reading() as conn:
            ticket, line = history.verify(conn), journal.verify(conn)
    finally:
        database.close()
    if ticket is None:
        click.echo("Lịch sử các phiếu còn nguyên vẹn.")
    else:
        place = f"phiếu số {ticket.ticket_id}, sự kiện {ticket.number or '-'}"
        click.echo(f"LỊCH SỬ PHIẾU ĐÃ BỊ SỬA: {place} ({ticket.why}).")
    if line is None:
        click.echo("Nhật ký còn nguyên vẹn.")
    else:
        click.echo(f"NHẬT KÝ ĐÃ BỊ SỬA: từ dòng {line}.")
    if ticket is not None or line is not None:
        raise SystemExit(1)
