"""`tongdai verify`: checks hash chains of histories and audit log, and the recordings (T-23, F-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ivr.commands.book import opened

if TYPE_CHECKING:
    from logbook.calls.rating_counts import CountCell
    from logbook.recordings.check import WrongSound
    from logbook.tickets.history import BrokenLink


@click.command()
@click.option("--rebuild", is_flag=True, help="Đếm lại các số đếm đánh giá nếu sai.")
def verify(rebuild: bool) -> None:
    """Walk histories, audit log, recordings and the counts of ratings; exit 1 and name what is wrong."""
    from logbook.accounts import audit_log
    from logbook.calls import rating_counts
    from logbook.recordings import check
    from logbook.recordings.files import RecordingFolder
    from logbook.settings.loading import load_settings
    from logbook.tickets import history

    folder = RecordingFolder(load_settings().data_folder / "recordings")
    with opened() as (database, _):
        with database.reading() as conn:
            ticket, line = history.verify(conn), audit_log.verify(conn)
            known = check.known(conn)
            miscounted = rating_counts.wrong(conn)
        wrong = check.wrong(known, folder)
        if miscounted and rebuild:
            with database.writing() as conn:
                rating_counts.rebuild(conn)
    _tell_histories(ticket, line)
    _tell_recordings(wrong, len(known))
    _tell_counts(miscounted, rebuilt=rebuild)
    if ticket is not None or line is not None or wrong or (miscounted and not rebuild):
        raise SystemExit(1)


def _tell_histories(ticket: BrokenLink | None, line: int | None) -> None:
    if ticket is None:
        click.echo("Lịch sử các phiếu còn nguyên vẹn.")
    else:
        place = f"phiếu số {ticket.ticket_id}, sự kiện {ticket.number or '-'}"
        click.echo(f"LỊCH SỬ PHIẾU ĐÃ BỊ SỬA: {place} ({ticket.why}).")
    click.echo("Nhật ký còn nguyên vẹn." if line is None else f"NHẬT KÝ ĐÃ BỊ SỬA: từ dòng {line}.")


def _tell_recordings(wrong: list[WrongSound], known: int) -> None:
    for one in wrong:
        what = "KHÔNG CÒN TỆP" if one.gone else "TỆP ĐÃ BỊ ĐỔI"
        click.echo(f"BẢN GHI ÂM số {one.recording_id}: {what} {one.name}.")
    if not wrong:
        click.echo(f"Các bản ghi âm đủ và đúng ({known}).")


def _tell_counts(wrong: list[CountCell], *, rebuilt: bool) -> None:
    if not wrong:
        click.echo("Số đếm đánh giá khớp với từng câu trả lời.")
        return
    days = sorted({f"{cell.day:%d/%m/%Y}" for cell in wrong})
    click.echo(f"SỐ ĐẾM ĐÁNH GIÁ SAI ở {len(wrong)} ô, các ngày: {', '.join(days[:10])}.")
    click.echo("Đã đếm lại." if rebuilt else "Hãy chạy: tongdai verify --rebuild")
