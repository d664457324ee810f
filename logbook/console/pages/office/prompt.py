"""One prompt: its sentence with history and preview, its recordings, and three ways to record it anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from logbook.accounts import audit_log
from logbook.accounts.rights import Act
from logbook.console.frame import LARGEST_FORM, ConsoleFrame
from logbook.console.pages.office.prompts import known
from logbook.database.errors import StaleVersionError
from logbook.prompts import clips, codes, edits, sentences, uploads
from logbook.prompts.clips import ClipSource
from logbook.prompts.examples import filled, menu_offer
from logbook.prompts.listing import Prompt
from logbook.prompts.sentences import SentenceTrouble
from logbook.prompts.sound import UnusableSoundError

Page = tuple[str, int] | Response | str
ONE = "/prompts/<name>"


def add(desk: ConsoleFrame) -> None:
    """`/console/prompts/<name>` with its forms."""

    @desk.page(ONE, Act.RUN_LINE)
    def prompt(name: str) -> str:
        return _shown(desk, _found(desk, name))

    @desk.page(f"{ONE}/sentence", Act.RUN_LINE, methods=("POST",))
    def change_sentence(name: str) -> Page:
        return _change(desk, _found(desk, name))

    @desk.page(f"{ONE}/record", Act.RUN_LINE, methods=("POST",), largest=LARGEST_FORM + uploads.LARGEST)
    def record_prompt(name: str) -> Page:
        return _record(desk, _found(desk, name))

    @desk.page(f"{ONE}/retire", Act.RUN_LINE, methods=("POST",))
    def retire_clip(name: str) -> Page:
        number = request.form.get("clip", "")
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            abort(404)

        def step(conn: Connection) -> None:
            if clips.retire(conn, desk.settings.line.language, int(number), desk.now):
                audit_log.write(conn, desk.person, "retire_prompt", f"prompt:{name}", desk.now, clip=number)

        return _changing(desk, name, step, "prompts_said_retired")

    @desk.page(f"{ONE}/code", Act.RUN_LINE, methods=("POST",))
    def phone_prompt(name: str) -> Page:
        found = _found(desk, name)
        with desk.writing() as conn:
            code = codes.make(
                conn,
                secret=desk.secret,
                language=desk.settings.line.language,
                prompt=name,
                person_id=desk.person.id,
                now=desk.now,
            )
            audit_log.write(conn, desk.person, "phone_prompt", f"prompt:{name}", desk.now)
        desk.installation.prompts.announce()
        return _shown(desk, found, code=code)


def _change(desk: ConsoleFrame, found: Prompt) -> Page:
    """Change the sentence, look at a preview of it, or take the change back."""
    if not found.key:
        abort(404)
    language, text = desk.settings.line.language, request.form.get("text", "").replace("\r\n", " ").strip()
    shipped = desk.installation.prompts.shipped[language]
    back = request.form.get("do") == "shipped"
    wrong = None if back else sentences.trouble(shipped, found.key, text)
    if found.locked:
        wrong = SentenceTrouble("prompts_edit_locked")
    if wrong is not None:
        return _shown(desk, found, wrong=wrong, typed=text), 400
    if request.form.get("do") == "preview":
        return _shown(desk, found, typed=text, preview=_filled(desk, found.key, text))
    value = None if back or text == shipped.sentences[found.key] else text
    subject, seen = edits.sentence(language, found.key), _seen()

    def step(conn: Connection) -> None:
        edits.change(conn, subject, value, seen, desk.person, desk.now)
        audit_log.write(
            conn, desk.person, "change_sentence", f"prompt:{found.key}", desk.now, text=value or ""
        )

    try:
        return _changing(desk, found.name, step, "prompts_said_changed", key=found.key)
    except StaleVersionError:
        return _shown(
            desk, _found(desk, found.name), wrong=SentenceTrouble("prompts_edit_taken"), typed=text
        ), 409


def _record(desk: ConsoleFrame, found: Prompt) -> Page:
    """Keep a sound that was recorded in the browser, or chosen as a file."""
    file = request.files.get("sound")
    source = ClipSource.BROWSER if request.form.get("source") == "browser" else ClipSource.UPLOAD
    content = file.read(uploads.LARGEST + 1) if file else b""
    if not content:
        return _shown(desk, found, wrong=SentenceTrouble("prompts_sound_none")), 400
    try:
        sound = uploads.read(content)
        good = clips.mended_wave(sound.samples)
    except UnusableSoundError as trouble:
        return _shown(desk, found, wrong=SentenceTrouble(str(trouble.args[0]))), 400

    def step(conn: Connection) -> None:
        clips.add(
            conn,
            language=desk.settings.line.language,
            prompt=found.name,
            text=found.text,
            wave=good,
            troubles=sound.troubles,
            source=source,
            person_id=desk.person.id,
            now=desk.now,
        )
        audit_log.write(conn, desk.person, "record_prompt", f"prompt:{found.name}", desk.now, source=source)

    return _changing(
        desk, found.name, step, "prompts_said_poor" if sound.troubles else "prompts_said_recorded"
    )


def _changing(
    desk: ConsoleFrame, name: str, step: Callable[[Connection], None], said: str, key: str = ""
) -> Response:
    """Do one step in a transaction, let all processes know after it, and go back to the prompt."""
    with desk.writing() as conn:
        step(conn)
    desk.installation.prompts.announce()
    after = next((one.name for one in known(desk) if one.name == name or (key and one.key == key)), "")
    answer: Response = desk.back("prompt", said, name=after) if after else desk.back("prompts", said)
    return answer


def _shown(
    desk: ConsoleFrame,
    found: Prompt,
    *,
    wrong: SentenceTrouble | None = None,
    typed: str | None = None,
    preview: str = "",
    code: str = "",
) -> str:
    language = desk.settings.line.language
    installation = desk.installation
    with desk.reading() as conn:
        current = installation.prompts.now(conn).texts[language].sentences.get(found.key, "")
        subject = edits.sentence(language, found.key)
        values: dict[str, Any] = {
            "history": edits.history(conn, subject) if found.key else [],
            "version": edits.version(conn, subject) if found.key else 0,
            "clips": [one for one in clips.listed(conn) if one.prompt == found.name],
        }
    every = known(desk)
    at = next((at for at, one in enumerate(every) if one.name == found.name), 0)
    return desk.show(
        "prompt.html",
        here="prompts",
        one=found,
        current=current,
        shipped=installation.prompts.shipped[language].sentences.get(found.key, ""),
        parts=[one for one in every if found.key and one.key == found.key],
        following=every[at + 1] if at + 1 < len(every) else None,
        typed=current if typed is None else typed,
        heard=found.text,
        example=_filled(desk, found.key, current) if found.key else found.text,
        variables=sorted(sentences.variables(installation.prompts.shipped[language].sentences[found.key]))
        if found.key
        else [],
        longest=sentences.LONGEST,
        machine=installation.voice.speaks(),
        recorded=installation.voice.recorded(found.text, language),
        wrong=wrong,
        preview=preview,
        code=code,
        **values,
    )


def _filled(desk: ConsoleFrame, key: str, text: str) -> str:
    installation, language = desk.installation, desk.settings.line.language
    catalogue, keys = installation.texts[language], dict(installation.menu)
    menu = installation.prompts.content.menu or tuple(keys)
    entries = [(name, keys[name]) for name in menu if name in keys]
    offer = menu_offer(catalogue, entries, closed="closed" in key) if entries else "…"
    return filled(catalogue, text, desk.settings, choices=offer)


def _found(desk: ConsoleFrame, name: str) -> Prompt:
    return next((one for one in known(desk) if one.name == name), None) or abort(404)


def _seen() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1
