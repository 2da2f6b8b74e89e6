"""``brainscan audit``."""

from pathlib import Path
from typing import Annotated

import typer

import brainscan
from brainscan.cli.common import fail, load_other, loading
from brainscan.cli.root import app


@app.command()
def audit(
    folder: Annotated[
        str, typer.Argument(help="A folder with one sub-folder a class, or a data set's name.")
    ],
    against: Annotated[
        str | None,
        typer.Option(help="Another folder or name: what both share is reported too."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="A CSV with columns id, label and, if known, group and source, for a flat FOLDER."
        ),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            help="The classes' names in the order of their labels, tumour-free first, with commas "
            "between, where common names don't tell."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page that shows the images of each finding.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the shortcut test.")] = 0,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Look for duplicates, contradicting labels, outliers and shortcuts; print what was found.

    A data set with findings is no error: the exit code is 0.
    """
    import json

    from brainscan._core.artifacts import write_text

    try:
        data = brainscan.datasets.load(folder, **loading(labels, classes))
        other = None if against is None else load_other(against, classes)
        report = brainscan.datasets.audit(data, other, seed=seed)
        if html is not None:
            write_text(html, report.to_html())
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)
    typer.echo(json.dumps(report.to_json(), indent=2) if as_json else report.to_text())
    if html is not None:
        typer.echo(f"The page is {html}", err=True)
