"""Brings a plan in: from its annex with a preview, or by hand."""

from __future__ import annotations

import html

from flask import request
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.clock import local
from logbook.console.frame import ConsoleFrame
from logbook.dossiers.unreadable import UnreadableFileError
from logbook.officials import register
from logbook.plan import annex, annex_files, importing, plans
from logbook.plan.annex import COLUMNS, AnnexProblem, AnnexRefusedError
from logbook.plan.annex_files import MOST_BYTES, ReadAnnex
from logbook.plan.plans import PlanRefusedError

Page = str | tuple[str, int] | Response


def add(desk: ConsoleFrame) -> None:
    """`/console/plan/import`: the form, the preview, and the import itself."""

    @desk.page("/plan/import", Act.RUN_PLAN)
    def import_plan() -> str:
        return _form(desk)

    @desk.page("/plan/import", Act.RUN_PLAN, methods=("POST",), largest=MOST_BYTES + 64 * 1024)
    def look_at_plan() -> Page:
        given = request.files.get("file")
        content = given.stream.read(MOST_BYTES + 1) if given is not None and given.filename else b""
        return _preview(desk, content, request.form.get("title", ""))

    @desk.page("/plan/import/confirm", Act.RUN_PLAN, methods=("POST",))
    def bring_in_plan() -> Page:
        title = request.form.get("title", "")
        try:
            read = annex_files.read(request.form.get("annex", "").encode(), desk.words("plan_group_of_all"))
            with desk.writing() as conn:
                found = importing.store(conn, read, title or read.title, desk.person, desk.now)
                changed = bool(found.new or found.changed)
                said = "plan_said_imported" if changed else "plan_said_same"
                return desk.back("plan_page", said, done=changed, plan=found.plan_id)
        except UnreadableFileError as problem:
            return _form(desk, [AnnexProblem(0, annex_files.sentence_of(problem), problem.words)]), 400
        except AnnexRefusedError as refused:
            return _form(desk, list(refused.problems)), 400
        except PlanRefusedError as refused:
            return _form(desk, [AnnexProblem(0, str(refused.args[0]))]), 400


def _form(desk: ConsoleFrame, problems: list[AnnexProblem] | None = None) -> str:
    with desk.reading() as conn:
        serving = register.listed(conn, local(desk.now).date())
    return desk.show(
        "plan_import.html",
        here="plan_page",
        problems=problems or [],
        columns=COLUMNS,
        most=MOST_BYTES // 1024 // 1024,
        officials=serving,
        year=local(desk.now).year,
    )


def _preview(desk: ConsoleFrame, content: bytes, title: str) -> Page:
    """Read the file and show what importing would do; what was read goes on in the form, as text."""
    try:
        if not content:
            raise UnreadableFileError("missing")
        read = annex_files.read(content, desk.words("plan_group_of_all"))
    except UnreadableFileError as problem:
        return _form(desk, [AnnexProblem(0, annex_files.sentence_of(problem), problem.words)]), 400
    except AnnexRefusedError as refused:
        return _form(desk, list(refused.problems)), 400
    usual = desk.words("plan_usual_title", year=read.year or local(desk.now).year)
    called = " ".join((title.strip() or read.title or usual).split())[: annex.LONGEST_TITLE]
    with desk.reading() as conn:
        found = importing.compare(conn, read, called)
        standing = plans.titled(conn, called)
    state = {id(one): "new" for one in found.new} | {id(one): "changed" for one in found.changed}
    return desk.show(
        "plan_preview.html",
        here="plan_page",
        title=called,
        standing=standing,
        read=read,
        found=found,
        tasks=[(annex.roman(one.group_number), one, state.get(id(one), "same")) for one in read.tasks],
        groups=len({one.group_number for one in read.tasks}),
        annex=_as_text(read, called),
    )


def _as_text(read: ReadAnnex, title: str) -> str:
    """What was read, as the plain text it reads again from: one line a row, lines within a cell as markup."""
    recipients = [f"- {one}" for one in read.recipients]
    lines = ["KẾ HOẠCH", title, read.legal_basis, "Nơi nhận:", *recipients, "", "\t".join(COLUMNS)]
    group = 0
    for one in read.tasks:
        if one.group_number != group:
            group = one.group_number
            lines.append("\t".join((annex.roman(group), _cell(one.group_title), "", "", "")))
        cells = (one.content, one.responsible, one.pace, one.result)
        lines.append("\t".join((str(one.number), *(_cell(cell) for cell in cells))))
    return "\n".join(lines)


def _cell(text: str) -> str:
    parts = [html.escape(line, quote=False) for line in text.split("\n")]
    return f"<p>{'<br>'.join(parts)}</p>" if text else ""
