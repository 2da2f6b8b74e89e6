"""``brainscan train``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import ALL_FAILED, INTERRUPTED, fail, loading
from brainscan.cli.root import app

if TYPE_CHECKING:
    from brainscan.train import Recipe


@app.command()
def train(
    data: Annotated[
        str, typer.Argument(help="A folder with one sub-folder a class, or a data set's name.")
    ] = "phantom",
    out: Annotated[
        Path, typer.Option(help="The bundle to write; a file there is replaced.")
    ] = Path("model.brainscan"),
    preset: Annotated[
        str,
        typer.Option(
            help="quick: frozen ImageNet features of EfficientNet-Lite0 under a regularised last "
            "layer, minutes on two cores. careful: the same with the penalty that serves few "
            "images. scratch: a small network that needs no weights. paper: the paper's recipe."
        ),
    ] = "quick",
    model: Annotated[
        str | None,
        typer.Option(
            help="In place of the preset's: a network, which `brainscan models` lists, or a "
            "classical classifier of texture features: knn, svm or tree."
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="In place of the preset's.")] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="What the network starts from: imagenet, none (random) or a file."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="A CSV with columns id, label and, if known, group and source, for a flat folder."
        ),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            help="The classes' names in the order of their labels, tumour-free first, with commas "
            "between, where common names don't tell."
        ),
    ] = None,
    coverage: Annotated[
        float,
        typer.Option(
            help="Of each class's images, the share whose set of possible classes is to hold their "
            'class: more of it, and more answers are "can\'t tell".'
        ),
    ] = 0.9,
    intended_use: Annotated[
        str | None, typer.Option(help="A sentence for the card: what it is for, and what not.")
    ] = None,
    segmenter: Annotated[
        Path | None,
        typer.Option(help="A trained segmenter to put in, as Segmenter.save writes it: for masks."),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            help="A folder for the cross-validation and its report; one that was cut short there "
            "goes on."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of folds, weights, order and augmentation.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the card as JSON, and nothing else.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Train a classifier for use, and write it as one file: a bundle.

    Without options it learns from simulated slices, offline, in a few minutes. Five, each trained
    without a fifth of the images, give the figures and the calibration; the one in the bundle then
    learns from all.

    Then:  brainscan predict SCAN --model model.brainscan
    """
    import json

    from brainscan._core.artifacts import require_output

    try:
        require_output(out)  # told before the training, not after it
        chosen = brainscan.benchmark.presets[preset]
        name = chosen.models[0] if model is None else model
        options: dict[str, Any] = {} if intended_use is None else {"intended_use": intended_use}
        outliner = None if segmenter is None else brainscan.segment.Segmenter.load(segmenter)
        bundle = brainscan.predict.train(
            brainscan.datasets.load(data, **loading(labels, classes)),
            name,
            _changed(chosen.recipe, name, epochs, weights),
            seed=seed,
            folder=run,
            coverage=coverage,
            **options,
        )
        bundle = replace(bundle, segmenter=outliner).save(out)
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)
    except RuntimeError as error:
        if debug:
            raise
        fail(error, ALL_FAILED)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(
        json.dumps(bundle.card.to_json(), indent=2) if as_json else bundle.card.to_markdown()
    )
    typer.echo(f"The bundle is {out}, SHA-256 {bundle.digest}", err=True)


def _changed(recipe: "Recipe", name: str, epochs: int | None, weights: str | None) -> "Recipe":
    if name in brainscan.features.classifiers and (epochs, weights) != (None, None):
        raise ValueError(
            f"--epochs and --weights must be left out for {name}, which has neither; got "
            f"epochs={epochs}, weights={weights!r}."
        )
    changes: dict[str, Any] = {} if epochs is None else {"epochs": epochs}
    if weights is not None:
        changes["weights"] = None if weights == "none" else weights
    return replace(recipe, **changes)
