"""The prompt studio: everything the line says, in the order of work, and how each part stands."""

from __future__ import annotations

import io
import re

from flask import abort, request, send_file
from werkzeug.wrappers import Response

from logbook.accounts.rights import Act
from logbook.console.frame import ConsoleFrame
from logbook.prompts import clips, listing
from logbook.prompts.listing import Prompt, PromptState
from logbook.prompts.voice import PromptSound

LONGEST_HEARD = 1500
"""Characters of a text that a page makes audible at once."""


def add(desk: ConsoleFrame) -> None:
    """`/console/prompts` and the sounds of the studio."""

    @desk.page("/prompts", Act.RUN_LINE)
    def prompts() -> str:
        found = known(desk)
        wanted = request.args.get("state", "")
        state = PromptState(wanted) if wanted in list(PromptState) else None
        counts = {one: sum(prompt.state is one for prompt in found) for one in PromptState}
        return desk.show(
            "prompts.html",
            here="prompts",
            found=[
                (number, one)
                for number, one in enumerate(found, start=1)
                if state is None or one.state is state
            ],
            counts=counts,
            poor=sum(bool(one.troubles) for one in found),
            state=state,
            machine=desk.installation.voice.speaks(),
            total=len(found),
        )

    @desk.page("/prompts/heard.wav", Act.RUN_LINE)
    def prompt_heard() -> Response:
        """A text as the line would say it now."""
        text = request.args.get("text", "")
        if not re.search(r"\w", text) or len(text) > LONGEST_HEARD:
            abort(404)
        known(desk)
        return sounded(desk.installation.voice.sound(text, desk.settings.line.language))

    @desk.page("/prompts/clips/<int(max=9223372036854775807):clip_id>.wav", Act.RUN_LINE)
    def prompt_clip(clip_id: int) -> Response:
        """One recording, also one that is played no more."""
        with desk.reading() as conn:
            found = clips.sounds(conn, [clip_id])
        if clip_id not in found:
            abort(404)
        return send_file(io.BytesIO(found[clip_id][0]), mimetype="audio/wav", conditional=True)


def known(desk: ConsoleFrame) -> list[Prompt]:
    """Everything the line says in the line's language, as it stands now."""
    installation = desk.installation
    with desk.reading() as conn:
        content = installation.prompts.now(conn)
        made = clips.listed(conn)
    return listing.prompts(content, desk.settings, made, desk.settings.line.language)


def sounded(sound: PromptSound | None) -> Response:
    """A sound for a player of the page; 404 where no voice is here."""
    if sound is None:
        abort(404)
    answer = send_file(io.BytesIO(sound.wav), mimetype="audio/wav", conditional=True)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Voice"] = sound.origin.value
    return answer
