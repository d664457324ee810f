"""`tongdai demo fill`, `tongdai demo remove`: a sample month for a demonstration, and away with it."""

from __future__ import annotations

import click

from ivr.commands.book import opened

REFUSED = (
    "Tháng mẫu chỉ dùng khi chạy thử trên máy (TONGDAI_MODE=demo); chạy thật và chạy thử nghiệm không nhận."
)
PARTS = {
    "dossiers": "hồ sơ",
    "slips": "phiếu khảo sát",
    "calls": "cuộc gọi",
    "tickets": "phiếu phản ánh",
    "responses": "lượt đánh giá",
    "written_forms": "lượt viết hộ",
    "duty_sessions": "buổi trực",
    "officials": "người",
    "reports": "báo cáo",
}


@click.group()
def demo() -> None:
    """Tháng mẫu để xem thử: ghi vào, xóa đi."""


@demo.command()
@click.option("--month", metavar="THÁNG", help="Tháng mẫu, ví dụ 2026-11; mặc định: 31 ngày đến hôm nay.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Cùng số, cùng tháng mẫu.")
def fill(month: str | None, seed: int) -> None:
    """Ghi một tháng mẫu: cuộc gọi, phiếu, đánh giá, hồ sơ, phiếu khảo sát, lịch trực, viết hộ."""
    from ivr.samples.fill import DemoOnlyError, SamplesThereError
    from ivr.samples.fill import fill as write
    from logbook.dossiers.months import Month
    from logbook.settings.loading import load_settings

    settings = load_settings()
    with opened() as (_, now):
        try:
            counts = write(settings, now, None if month is None else Month.read(month), seed)
        except DemoOnlyError:
            raise click.ClickException(REFUSED) from None
        except SamplesThereError:
            raise click.ClickException("Đã có tháng mẫu; hãy xóa trước: tongdai demo remove") from None
        except ValueError:
            raise click.BadParameter(
                f"không phải một tháng đã bắt đầu: {month}", param_hint="--month"
            ) from None
    details = ", ".join(f"{counts[name]} {word}" for name, word in PARTS.items() if counts.get(name))
    click.echo(f"Đã ghi tháng mẫu: {details}.")
    click.echo("Mọi trang và văn bản ghi rõ là dữ liệu mẫu. Xóa: tongdai demo remove")


@demo.command()
def remove() -> None:
    """Xóa đúng những gì là mẫu; việc thật giữ nguyên. Tài khoản mẫu không thuộc tháng mẫu."""
    from ivr.samples.fill import DemoOnlyError
    from ivr.samples.removal import remove as take_away
    from logbook.settings.loading import load_settings

    settings = load_settings()
    with opened() as (_, now):
        try:
            removed = take_away(settings, now)
        except DemoOnlyError:
            raise click.ClickException(REFUSED) from None
    if not (removed.gone or removed.kept):
        click.echo("Không có dữ liệu mẫu.")
        return
    click.echo(f"Đã xóa {removed.gone} mục mẫu; việc thật giữ nguyên.")
    if removed.kept:
        click.echo(f"Còn giữ {removed.kept} mục mẫu vì có việc thật gắn vào, vẫn ghi rõ là mẫu.")
