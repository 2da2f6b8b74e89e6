"""The command ``brainscan``."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

import brainscan

if TYPE_CHECKING:
    from brainscan.benchmark import Result
    from brainscan.datasets import Dataset
    from brainscan.train import Recipe

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Classify brain MRI slices, honestly. For research use only: no diagnosis.",
)

_BAD_INPUT, _ALL_FAILED, _INTERRUPTED = 2, 1, 130


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
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Train and test models on one data set; print a table, write a report and all it stands on.

    Without options it runs offline, on simulated slices, in a few minutes.

    The paper's comparison:  brainscan benchmark --data FOLDER --preset paper
    """
    try:
        chosen = brainscan.benchmark.presets[preset]
        protocols = _names(protocol or chosen.protocol)
        for name in protocols:
            brainscan.benchmark.protocols[name]  # an unknown one is told before an hour of training
        loaded = brainscan.datasets.load(data, **_loading(labels, classes))
        kind = "-".join((*protocols, *([] if control is None else [control])))
        folder = out or Path("runs") / f"{loaded.name}-{preset}-{kind}-{seed}"
        results = _run_each(
            protocols,
            folder,
            data=loaded,
            models=chosen.models if models is None else _names(models),
            recipe=_changed(chosen.recipe, epochs, weights),
            seed=seed,
            external=None if external is None else _load_other(external, classes),
            control=control,
            robustness=robustness,
            keep_models=keep_models,
        )
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        _fail(str(error))
    typer.echo(f"The report, tables, predictions and figures are in {folder}", err=True)
    if any(result.interrupted for result in results):
        raise typer.Exit(_INTERRUPTED)
    if all(row.error for result in results for row in result.rows):
        raise typer.Exit(_ALL_FAILED)


def _run_each(protocols: Sequence[str], folder: Path, **options: Any) -> "list[Result]":
    """Run one protocol after the other, and set several side by side."""
    results: list[Result] = []
    for name in protocols:
        own = folder / name if len(protocols) > 1 else folder
        results.append(brainscan.benchmark.run(protocol=name, folder=own, **options))
        typer.echo(results[-1].to_markdown())
        if results[-1].interrupted:
            break
    if len(results) > 1:
        brainscan.benchmark.write_report(results, folder)
    return results


def _load_other(name: str, classes: str | None) -> "Dataset":
    """Load other images; if from a folder, with the same names of classes."""
    return brainscan.datasets.load(name, **_loading(None, classes if Path(name).is_dir() else None))


def _changed(recipe: "Recipe", epochs: int | None, weights: str | None) -> "Recipe":
    changes: dict[str, Any] = {} if epochs is None else {"epochs": epochs}
    if weights is not None:
        changes["weights"] = None if weights == "none" else weights
    return replace(recipe, **changes)


def _loading(labels: Path | None, classes: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {} if labels is None else {"labels": labels}
    if classes is not None:
        options["classes"] = tuple(name.strip() for name in classes.split(","))
    return options


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
        data = brainscan.datasets.load(folder, **_loading(labels, classes))
        other = None if against is None else _load_other(against, classes)
        report = brainscan.datasets.audit(data, other, seed=seed)
        if html is not None:
            write_text(html, report.to_html())
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        _fail(str(error))
    typer.echo(json.dumps(report.to_json(), indent=2) if as_json else report.to_text())
    if html is not None:
        typer.echo(f"The page is {html}", err=True)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.replace(" ", "").split(","))


def _fail(message: str) -> NoReturn:
    Console(stderr=True).print(f"brainscan: {message}", style="red", markup=False, highlight=False)
    raise typer.Exit(_BAD_INPUT)


def main() -> None:
    """Run the command line."""
    sys.exit(app())
