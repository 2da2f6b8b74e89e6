"""``brainscan models``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import fail
from brainscan.cli.root import app

if TYPE_CHECKING:
    from brainscan.models import Backbone


@app.command()
def models(
    name: Annotated[
        str | None, typer.Argument(help="One of them, for all that is known of it.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """List the networks that can be trained, with their sizes and papers; of one, all facts.

    The parameters are those that training changes, without a head.
    """
    import json

    try:
        every = brainscan.models.names() if name is None else [name]
        facts = [_facts(brainscan.models.info(one)) for one in every]
    except (ValueError, ImportError) as error:
        if debug:
            raise
        fail(error)
    if as_json:
        typer.echo(json.dumps(facts if name is None else facts[0], indent=2))
    elif name is None:
        width = max(len(one["name"]) for one in facts)
        typer.echo(f"{'name':<{width}}  {'parameters':>11}  least side  paper")
        for one in facts:
            count = "" if one["parameters"] is None else f"{one['parameters']:,}"
            side = f"{one['minimum_size']} px"
            typer.echo(f"{one['name']:<{width}}  {count:>11}  {side:>10}  {one['citation']}")
    else:
        for key, value in facts[0].items():
            typer.echo(f"{key.replace('_', ' ')}: {'unknown' if value is None else value}")


def _facts(entry: "Backbone") -> dict[str, Any]:
    kept = ("name", "parameters", "minimum_size", "scaling", "citation", "licence", "file")
    return {key: getattr(entry, key) for key in kept}
