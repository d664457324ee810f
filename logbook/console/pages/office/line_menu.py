"""What the line offers: entries of the menu, switched on and ordered; procedures and their texts."""

from __future__ import annotations

import json
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.database.errors import StaleVersionError
from logbook.prompts import dialogue, edits
from logbook.prompts.examples import filled, menu_offer
from logbook.prompts.sentences import SentenceTrouble
from logbook.settings.config_file import ProcedurePart

Page = tuple[str, int] | Response | str


def add(desk: ConsoleFrame) -> None:
    """`/console/line/menu` and `/console/line/procedures`."""

    @desk.page("/line/menu", Act.RUN_LINE)
    def line_menu() -> str:
        return _menu(desk)

    @desk.page("/line/menu", Act.RUN_LINE, methods=("POST",))
    def change_line_menu() -> Page:
        known = [name for name, _ in desk.installation.menu]
        places = {name: request.form.get(f"place-{name}", "") for name in known}
        menu = dialogue.menu_of(places, request.form.getlist("on"), known)
        wrong = dialogue.menu_trouble(menu)
        if wrong is not None:
            return _menu(desk, typed=menu, wrong=wrong), 400
        if request.form.get("do") == "preview":
            return _menu(desk, typed=menu)
        return _keep(desk, edits.MENU, dialogue.menu_value(menu), "line_menu") or (
            _menu(desk, typed=menu, wrong=SentenceTrouble("prompts_edit_taken")),
            409,
        )

    @desk.page("/line/procedures", Act.RUN_LINE)
    def line_procedures() -> str:
        return _procedures(desk)

    @desk.page("/line/procedures", Act.RUN_LINE, methods=("POST",))
    def change_line_procedures() -> Page:
        rows = [
            {name: _typed(name, at) for name in ("id", "place", *dialogue.FIELDS)}
            for at in range(dialogue.MOST_PROCEDURES)
        ]
        found, wrong = dialogue.procedures_of(rows)
        if request.form.get("do") == "shipped":
            return _keep(desk, edits.PROCEDURES, None, "line_procedures") or _taken(desk, rows)
        if wrong is not None:
            return _procedures(desk, rows=rows, wrong=wrong), 400
        if request.form.get("do") == "preview":
            return _procedures(desk, rows=rows, preview=found)
        value = dialogue.procedures_value(found)
        return _keep(desk, edits.PROCEDURES, value, "line_procedures") or _taken(desk, rows)


def _taken(desk: ConsoleFrame, rows: list[dict[str, str]]) -> tuple[str, int]:
    return _procedures(desk, rows=rows, wrong=SentenceTrouble("prompts_edit_taken")), 409


def _keep(desk: ConsoleFrame, subject: str, value: str | None, page: str) -> Response | None:
    """Keep a change for the next call; None when somebody else was quicker."""
    text = request.form.get("version", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
    try:
        with desk.writing() as conn:
            edits.change(conn, subject, value, seen, desk.person, desk.now)
            audit_log.write(conn, desk.person, "change_line", f"line:{subject}", desk.now, value=value or "")
            answer: Response = desk.back(page, "line_said_changed")
    except StaleVersionError:
        return None
    desk.installation.prompts.announce()
    return answer


def _menu(
    desk: ConsoleFrame, *, typed: tuple[str, ...] | None = None, wrong: SentenceTrouble | None = None
) -> str:
    installation, language = desk.installation, desk.settings.line.language
    keys = dict(installation.menu)
    with desk.reading() as conn:
        content = installation.prompts.now(conn)
        history = edits.history(conn, edits.MENU)
    catalogue = content.texts[language]
    current = tuple(keys) if content.menu is None else content.menu
    menu = current if typed is None else typed
    order = [*menu, *(name for name in keys if name not in menu)]

    def spoken(key: str, *, closed: bool) -> str:
        offer = menu_offer(catalogue, [(name, keys[name]) for name in menu if name in keys], closed=closed)
        return filled(catalogue, catalogue.sentences[key], desk.settings, choices=offer)

    return desk.show(
        "line_menu.html",
        here="prompts",
        entries=[(name, keys[name], catalogue.sentences[f"menu_{name}"], name in menu) for name in order],
        duty=dialogue.DUTY,
        changed=menu != current,
        wrong=wrong,
        open=spoken("menu", closed=False),
        closed=spoken("menu_closed", closed=True),
        machine=installation.voice.speaks(),
        version=len(history),
        history=[(one, [keys.get(name, "?") for name in _list(one.value)]) for one in history],
    )


def _procedures(
    desk: ConsoleFrame,
    *,
    rows: list[dict[str, str]] | None = None,
    preview: tuple[ProcedurePart, ...] = (),
    wrong: SentenceTrouble | None = None,
) -> str:
    installation, language = desk.installation, desk.settings.line.language
    with desk.reading() as conn:
        content = installation.prompts.now(conn)
        history = edits.history(conn, edits.PROCEDURES)
    catalogue = content.texts[language]
    shown: list[dict[str, Any]] = list(rows) if rows is not None else []
    if rows is None:
        shown = [{**one.model_dump(), "place": at} for at, one in enumerate(content.procedures, start=1)]
        shown += [{}] * (dialogue.MOST_PROCEDURES - len(shown))
    return desk.show(
        "line_procedures.html",
        here="prompts",
        rows=shown,
        fields=dialogue.FIELDS,
        wrong=wrong,
        spoken=[
            filled(
                catalogue,
                catalogue.sentences["guidance_answer"],
                desk.settings,
                **{("procedure" if name == "name" else name): getattr(one, name) for name in dialogue.FIELDS},
            )
            for one in preview
        ],
        machine=installation.voice.speaks(),
        version=len(history),
        history=history,
        changed=bool(history) and history[0].value is not None,
    )


def _typed(name: str, at: int) -> str:
    return request.form.get(f"{name}-{at}", "").replace("\r\n", " ")


def _list(value: str | None) -> list[str]:
    return [] if value is None else [str(one) for one in json.loads(value)]
