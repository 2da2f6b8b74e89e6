"""``brainscan app``: the web page."""

from pathlib import Path
from typing import Annotated

import typer

from brainscan.cli.common import fail
from brainscan.cli.root import app


@app.command("app")
def page(
    bundle: Annotated[Path, typer.Argument(help="What `brainscan train` wrote.")],
    host: Annotated[
        str,
        typer.Option(
            help="The address to listen at. Another than the loopback lets other machines in, "
            "without a password and without encryption."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="To listen at; 0 takes a free one.")
    ] = 8765,
    file_mib: Annotated[float, typer.Option(help="The largest file, in MiB.")] = 64,
    files: Annotated[int, typer.Option(help="That one drop may hold.")] = 20,
    slices: Annotated[
        int, typer.Option(help="Of a volume that are answered, spread evenly over it.")
    ] = 64,
    waiting: Annotated[
        int, typer.Option(help="Files in work at once; others are told to wait.")
    ] = 8,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Serve the web page: drop scans, see what the network says and where it looked.

    For research use only: no diagnosis. Nothing that is uploaded is kept; Ctrl-C ends it.
    """
    try:
        from brainscan.app import Limits, serve

        limits = Limits(file_mib=file_mib, files=files, slices=slices, waiting=waiting)
        serve(bundle, host, port, limits, ready=lambda url: _tell(url, open_browser))
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)


def _tell(url: str, open_browser: bool) -> None:
    typer.echo(f"The page is {url} (for research use only; Ctrl-C ends it)", err=True)
    if open_browser:
        import webbrowser

        webbrowser.open(url)
