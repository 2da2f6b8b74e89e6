"""``brainscan benchmark``."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import ALL_FAILED, INTERRUPTED, fail, load_other, loading, names
from brainscan.cli.root import app

if TYPE_CHECKING:
    from brainscan.benchmark import Result
    from brainscan.train import Recipe


@app.command()
def benchmark(
    data: Annotated[
        str,
        typer.Option(help="A folder with one sub-folder a class, or a data set's name."),
    ] = "phantom",
    preset: Annotated[
        str,
        typer.Option(
            help="quick: frozen ImageNet features and three classifiers, minutes on two cores. "
            "scratch: the same with a small network that needs no weights. "
            "paper: the six networks of the paper, its recipe and its random split. "
            "careful: the recipe that inner folds chose for few images, three times over."
        ),
    ] = "quick",
    protocol: Annotated[
        str | None,
        typer.Option(
            help="grouped (leak-free, 5 folds), repeated (three times that), holdout, "
            "leave_one_source_out, or paper (one random split). Several, with commas between, "
            "are set side by side in one report."
        ),
    ] = None,
    models: Annotated[
        str | None, typer.Option(help="Names with commas between, in place of the preset's.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="In place of the preset's.")] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="What networks start from: imagenet (a download) or none (random)."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="A CSV with columns id, label and, if known, group and source, for a flat folder."
        ),
    ] = None,
    external: Annotated[
        str | None,
        typer.Option(help="A folder of other images to test on; nothing is trained on them."),
    ] = None,
    control: Annotated[
        str | None,
        typer.Option(
            help="Take the answer away, and see whether the figures fall: shuffled_labels, "
            "border_only or centre_masked."
        ),
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Test on corrupted images too.")
    ] = False,
    keep_models: Annotated[
        bool,
        typer.Option(
            "--keep-models",
            help="Write the network of each fold, and their mean, as .keras files.",
        ),
    ] = False,
    classes: Annotated[
        str | None,
        typer.Option(
            help="The classes' names in the order of their labels, tumour-free first, with commas "
            "between, where common names don't tell."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of splits, weights, order and augmentation.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The run folder; a run cut short there goes on. "
            "[default: runs/DATA-PRESET-PROTOCOL-SEED]",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the results as JSON, and nothing else.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Train and test models on one data set; print a table, write a report and all it stands on.

    Without options it runs offline, on simulated slices, in a few minutes.

    The paper's comparison:  brainscan benchmark --data FOLDER --preset paper
    """
    try:
        chosen = brainscan.benchmark.presets[preset]
        protocols = names(protocol or chosen.protocol)
        for name in protocols:
            brainscan.benchmark.protocols[name]  # an unknown one is told before an hour of training
        loaded = brainscan.datasets.load(data, **loading(labels, classes))
        kind = "-".join((*protocols, *([] if control is None else [control])))
        folder = out or Path("runs") / f"{loaded.name}-{preset}-{kind}-{seed}"
        results = _run_each(
            protocols,
            folder,
            as_json,
            data=loaded,
            models=chosen.models if models is None else names(models),
            recipe=_changed(chosen.recipe, epochs, weights),
            seed=seed,
            external=None if external is None else load_other(external, classes),
            control=control,
            robustness=robustness,
            keep_models=keep_models,
        )
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)
    typer.echo(f"The report, tables, predictions and figures are in {folder}", err=True)
    if any(result.interrupted for result in results):
        raise typer.Exit(INTERRUPTED)
    if all(row.error for result in results for row in result.rows):
        raise typer.Exit(ALL_FAILED)


def _run_each(
    protocols: Sequence[str], folder: Path, as_json: bool, **options: Any
) -> "list[Result]":
    """Run one protocol after the other, and set several side by side."""
    results: list[Result] = []
    for name in protocols:
        own = folder / name if len(protocols) > 1 else folder
        results.append(brainscan.benchmark.run(protocol=name, folder=own, **options))
        if not as_json:
            typer.echo(results[-1].to_markdown())
        if results[-1].interrupted:
            break
    if len(results) > 1:
        brainscan.benchmark.write_report(results, folder)
    if as_json:
        found = {"folder": str(folder), "results": [result.to_json() for result in results]}
        typer.echo(json.dumps(found, indent=1))
    return results


def _changed(recipe: "Recipe", epochs: int | None, weights: str | None) -> "Recipe":
    changes: dict[str, Any] = {} if epochs is None else {"epochs": epochs}
    if weights is not None:
        changes["weights"] = None if weights == "none" else weights
    return replace(recipe, **changes)
