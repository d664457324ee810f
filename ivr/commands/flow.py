"""`tongdai flow`: prints the whole dialogue as a diagram, drawn from the dialogue itself."""

import click


@click.command()
@click.option("--svg", "drawn", is_flag=True, help="Hình vẽ SVG thay cho Mermaid, tên gọi bằng tiếng Việt.")
@click.option("--language", default="vi", help="Ngôn ngữ của tên gọi trong hình (vi, en).")
def flow(*, drawn: bool, language: str) -> None:
    """Print the dialogue as a Mermaid flowchart, or as a drawing."""
    from callflows.atlas import example_office, mermaid, survey

    if not drawn:
        click.echo(mermaid(survey()))
        return
    from ivr.softphone.drawing import svg
    from logbook.texts.catalogue import load_texts

    texts = load_texts().get(language)
    if texts is None:
        raise click.BadParameter(f"không có ngôn ngữ {language}")

    def named(kind: str, key: str) -> str:
        name = f"phone_{kind}_{key.replace('.', '_')}"
        return texts.sentence(name) if name in texts.sentences else key

    atlas = survey([example_office("open"), example_office("after")])
    click.echo(
        svg(
            atlas,
            lambda state: named("state", state),
            lambda lane: named("lane", lane),
            texts.sentence("phone_map"),
        )
    )
