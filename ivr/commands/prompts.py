"""`tongdai prompts check`: which sentences have no recording, an old one, or a poor one."""

from __future__ import annotations

import click


@click.group()
def prompts() -> None:
    """Sentences of the line and their recordings."""


@prompts.command()
def check() -> None:
    """Print what is missing, stale or too quiet, in the order in which to record it."""
    from ivr.commands.book import opened
    from logbook.clock import Clock
    from logbook.prompts import clips, listing
    from logbook.prompts.current import OfficePrompts
    from logbook.prompts.listing import PromptState
    from logbook.settings.loading import load_settings
    from logbook.texts.catalogue import load_texts

    settings = load_settings()
    texts = load_texts(settings.office.names)
    says = texts["vi"]
    with opened() as (database, _), database.reading() as conn:
        content = OfficePrompts(settings, Clock(), texts).now(conn)
        found = listing.prompts(content, settings, clips.listed(conn), settings.line.language)
    done = sum(one.state is PromptState.RECORDED for one in found)
    click.echo(f"Đã thu âm {done} trên {len(found)} câu và từ.")
    for one in found:
        poor = [
            says.sentence(trouble.replace("prompts_sound_", "prompts_short_")) for trouble in one.troubles
        ]
        if one.state is not PromptState.RECORDED or poor:
            state = ", ".join(poor) or says.sentence(f"prompts_state_{one.state}")
            first = f" ({says.sentence('prompts_first')})" if one.first else ""
            click.echo(f"{one.name}: {state}{first}: {one.text}")
