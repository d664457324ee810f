"""`tongdai plan`: the action plan with the state of every task; imports and exports its table (002-03)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivr.commands.book import opened
from ivr.commands.importing import WHO

if TYPE_CHECKING:
    from logbook.plan.annex import AnnexRefusedError
    from logbook.plan.overview import TaskOfMonth
    from logbook.plan.plans import Plan
    from logbook.texts.catalogue import Catalogue

STATES = {"green": "đạt", "amber": "chờ", "red": "THIẾU"}
CADENCES = {"continuous": "thường xuyên", "monthly": "hằng tháng", "dated": "có hạn"}
SHOWN = 70
"""Letters of a task's content in the table for people."""


@click.group(name="plan", invoke_without_command=True, help="Kế hoạch hành động: nhiệm vụ và tình trạng.")
@click.option("--month", help="Tháng cần xem, ví dụ 2026-11; không ghi thì là tháng này.")
@click.option("--json", "as_json", is_flag=True, help="Mỗi nhiệm vụ một dòng JSON.")
@click.pass_context
def plan(ctx: click.Context, month: str | None, as_json: bool) -> None:
    """Print the tasks of all running plans with their states."""
    if ctx.invoked_subcommand is not None:
        return
    from logbook.calendar import closures
    from logbook.calendar.of_settings import working_times
    from logbook.dossiers.months import Month
    from logbook.plan import overview, plans
    from logbook.plan.figures import FigureContext
    from logbook.settings.loading import load_settings
    from logbook.texts.catalogue import load_texts

    settings, vietnamese = load_settings(), load_texts()["vi"]
    with opened() as (database, now), database.reading() as conn:
        try:
            of = Month.of(now) if month is None else Month.read(month)
        except ValueError:
            raise click.UsageError("Tháng phải có dạng 2026-11, từ năm 2000 đến năm 2099.") from None
        office = working_times(settings, closures.overrides(conn)).office
        running = {one.id: one for one in plans.listed(conn)}
        tasks = plans.tasks_of(conn, list(running))
        found = overview.of_month(conn, FigureContext(settings, office, now), tasks, of)
    if as_json:
        for one in found:
            click.echo(json.dumps(_as_json(running[one.task.plan_id], one, vietnamese), ensure_ascii=False))
        return
    if not found:
        click.echo("Chưa có kế hoạch nào; nhập bằng: tongdai plan import TỆP")
    shown = 0
    for one in found:
        if one.task.plan_id != shown:
            shown = one.task.plan_id
            click.echo(f"{running[shown].title} ({of.shown})")
        click.echo(_line(one, vietnamese))


@plan.command(name="import", help="Nhập bảng phụ lục của kế hoạch từ tệp .txt, .csv, .xlsx hoặc .docx.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--title", default="", help="Tên kế hoạch, khi tệp không ghi.")
@click.option("--dry-run", is_flag=True, help="Chỉ xem sẽ có gì mới, gì đổi; không ghi vào sổ.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả bằng JSON.")
def import_(file: Path, title: str, dry_run: bool, as_json: bool) -> None:
    """Import a plan's table, all of it or nothing; exit 1 with every row that is wrong."""
    from logbook.clock import local
    from logbook.dossiers.unreadable import UnreadableFileError
    from logbook.plan import annex_files, importing
    from logbook.plan.annex import AnnexRefusedError
    from logbook.plan.plans import PlanRefusedError
    from logbook.texts.catalogue import load_texts

    vietnamese = load_texts()["vi"]
    with opened() as (database, now):
        try:
            read = annex_files.read(file.read_bytes(), vietnamese.sentence("plan_group_of_all"))
        except UnreadableFileError as problem:
            key = annex_files.sentence_of(problem)
            raise click.ClickException(vietnamese.sentence(key, problem.words)) from None
        except AnnexRefusedError as refused:
            _refuse(refused, vietnamese, as_json=as_json)
            raise SystemExit(1) from None
        usual = vietnamese.sentence("plan_usual_title", {"year": str(read.year or local(now).year)})
        called = title.strip() or read.title or usual
        try:
            if dry_run:
                with database.reading() as conn:
                    found = importing.compare(conn, read, called)
            else:
                with database.writing() as conn:
                    found = importing.store(conn, read, called, WHO, now)
        except PlanRefusedError as problem:
            raise click.ClickException(vietnamese.sentence(str(problem.args[0]))) from None
    groups = len({one.group_number for one in read.tasks})
    counts = {"new": len(found.new), "changed": len(found.changed), "unchanged": found.unchanged}
    if as_json:
        details = {"plan": called, "groups": groups, "tasks": len(read.tasks), **counts}
        click.echo(json.dumps({**details, "kept": list(found.kept), "errors": []}, ensure_ascii=False))
        return
    words = {**counts, "groups": groups, "tasks": len(read.tasks), "title": called}
    said = "plan_would_import" if dry_run else "plan_imported"
    click.echo(vietnamese.sentence(said, {name: str(word) for name, word in words.items()}))
    if found.kept:
        click.echo(vietnamese.sentence("plan_kept", {"places": ", ".join(found.kept)}))


@plan.command(name="export", help="Xuất bảng năm cột của kế hoạch ra tệp .xlsx hoặc .docx.")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--title", default="", help="Tên kế hoạch; không ghi thì là kế hoạch mới nhất.")
def export(file: Path, title: str) -> None:
    """Write the newest running plan, or the one of that title, as a table that imports again."""
    from logbook.console.views import plan_export
    from logbook.console.words import Words
    from logbook.plan import plans
    from logbook.settings.loading import load_settings
    from logbook.texts.catalogue import load_texts

    writers = {".xlsx": plan_export.workbook, ".docx": plan_export.document}
    if file.suffix.casefold() not in writers:
        raise click.UsageError("Tên tệp phải kết thúc bằng .xlsx hoặc .docx.")
    with opened() as (database, _), database.reading() as conn:
        found = plans.titled(conn, title) if title else next(iter(plans.listed(conn)), None)
        if found is None:
            raise click.ClickException("Không có kế hoạch nào như vậy.")
        tasks = plans.tasks_of(conn, (found.id,))
    words, agency = Words(load_texts()["vi"]), load_settings().office.agency
    file.write_bytes(writers[file.suffix.casefold()](found, tasks, agency, words))
    click.echo(f"{file}: {len(tasks)} nhiệm vụ")


def _refuse(refused: AnnexRefusedError, texts: Catalogue, *, as_json: bool) -> None:
    errors = [
        {"row": one.row, "reason": texts.sentence(one.key, dict(one.words))} for one in refused.problems
    ]
    if as_json:
        click.echo(json.dumps({"groups": 0, "tasks": 0, "new": 0, "errors": errors}, ensure_ascii=False))
        return
    for one in errors:
        words = {name: str(word) for name, word in one.items()}
        click.echo(texts.sentence("plan_problem" if one["row"] else "plan_problem_file", words), err=True)
    click.echo(texts.sentence("plan_nothing_imported"), err=True)


def _evidence(one: TaskOfMonth, texts: Catalogue) -> list[str]:
    proving = [
        f"{texts.sentence(each.figure.name)}: {texts.sentence(each.figure.said, dict(each.reading.words))}"
        for each in one.figures
        if each.proves
    ]
    return [*(piece.said for piece in one.given), *proving]


def _as_json(of: Plan, one: TaskOfMonth, texts: Catalogue) -> dict[str, object]:
    task = one.task
    return {
        "plan": of.title,
        "group": task.group,
        "number": task.number,
        "content": task.content,
        "responsible": task.responsible,
        "cadence": task.cadence.value,
        "due": None if task.due is None else task.due.isoformat(),
        "state": one.state.value,
        "evidence": _evidence(one, texts),
    }


def _line(one: TaskOfMonth, texts: Catalogue) -> str:
    task = one.task
    content = " ".join(task.content.split())
    content = content if len(content) <= SHOWN else f"{content[: SHOWN - 1]}…"
    when = CADENCES[task.cadence.value] if task.due is None else f"hạn {task.due:%d/%m/%Y}"
    count = len(_evidence(one, texts))
    return f"  {task.place:<6} {STATES[one.state.value]:<6} {when:<14} {content}  ({count} minh chứng)"
