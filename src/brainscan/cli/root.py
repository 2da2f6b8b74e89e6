"""The command ``brainscan`` itself, to which each file beside this one adds a command."""

from typing import Annotated

import typer

import brainscan

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Classify brain MRI slices, honestly. For research use only: no diagnosis.",
)


def _show_version(asked: bool) -> bool:
    if asked:
        typer.echo(f"brainscan {brainscan.__version__}")
        raise typer.Exit
    return asked


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Take the options that go before a command."""
