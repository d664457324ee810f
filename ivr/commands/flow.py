"""`tongdai flow`: prints the whole dialogue as a diagram, drawn from the dialogue itself."""

from dataclasses import replace

import click


@click.command()
@click.option("--svg", "drawn", is_flag=True, help="Hình vẽ SVG thay cho Mermaid, tên gọi bằng tiếng Việt.")
@click.option("--language", default="vi", help="Ngôn ngữ của tên gọi trong hình (vi, en).")
def flow(*, drawn: bool, language: str) -> None:
    """Print the dialogue as a Mermaid flowchart, or as a drawing."""
    from callflows.atlas import example_office, mermaid, offices, survey

    menu = _menu()
    if not drawn:
        click.echo(mermaid(survey([replace(office, menu=menu) for office in offices()])))
        return
    from ivr.softphone.drawing import svg
    from logbook.texts.catalogue import load_texts

    texts = load_texts().get(language)
    if texts is None:
        raise click.BadParameter(f"không có ngôn ngữ {language}")

    def named(kind: str, key: str) -> str:
        name = f"phone_{kind}_{key.replace('.', '_')}"
        return texts.sentence(name) if name in texts.sentences else key

    kinds = (example_office("open"), example_office("after"))
    atlas = survey([replace(office, menu=menu) for office in kinds])
    click.echo(
        svg(
            atlas,
            lambda state: named("state", state),
            lambda lane: named("lane", lane),
            texts.sentence("phone_map"),
        )
    )


def _menu() -> tuple[str, ...] | None:
    """The menu as the office has it; None, everything, where there is no database to ask."""
    from ivr.commands.book import opened
    from logbook.clock import Clock
    from logbook.prompts.current import OfficePrompts
    from logbook.settings.errors import SettingsError
    from logbook.settings.loading import load_settings

    try:
        with opened() as (database, _), database.reading() as conn:
            return OfficePrompts(load_settings(), Clock(), {}).now(conn).menu
    except (click.ClickException, SettingsError):
        return None
