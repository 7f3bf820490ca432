"""The command: `crisislink …`."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def version() -> None:
    """The installed version."""
    from importlib.metadata import version as installed

    typer.echo(installed("crisislink"))


@app.callback()
def _root() -> None:
    """CrisisLink: temporary, approved, masked live views of city cameras for a medical dispatch room."""


def main() -> None:
    """Entry point of the `crisislink` script."""
    app()


if __name__ == "__main__":
    main()
