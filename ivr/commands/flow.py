"""`tongdai flow`: prints the whole dialogue as a diagram, drawn from the dialogue itself."""

import click


@click.command()
def flow() -> None:
    """Print the dialogue as a Mermaid flowchart."""
    from callflows.atlas import mermaid, survey

    click.echo(mermaid(survey()))
