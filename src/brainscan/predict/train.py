"""From a data set to a bundle, with figures that hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainscan import models
from brainscan._core.progress import JobProgress
from brainscan._core.registry import Registry
from brainscan.datasets import Dataset
from brainscan.predict.bundle import Bundle
from brainscan.predict.card import INTENDED_USE, Card
from brainscan.predict.outliers import fit_outliers
from brainscan.predict.scorer import Scorer
from brainscan.predict.texture import CLASSICAL, fit_texture
from brainscan.preprocess import BrainCropper
from brainscan.train import CAREFUL, Recipe, fit
from brainscan.train.checks import check_one_network

if TYPE_CHECKING:
    from brainscan.benchmark import Result
    from brainscan.predict.crossfit import Calibration

_PROTOCOL = "grouped"


def train(
    data: Dataset,
    model: str = "efficientnet_lite0",
    recipe: Recipe = CAREFUL,
    seed: int = 0,
    folder: str | Path | None = None,
    coverage: float = 0.9,
    intended_use: str = INTENDED_USE,
    progress: bool = True,
) -> Bundle:
    """Train a classifier for use, and measure how good it is.

    Five are trained first, each without a fifth of the groups, and score that fifth. These scores,
    of images that the scoring classifier had not seen, give the temperature, the threshold, the
    conformal sets and the figures on the card. Then one is trained on all images, and that is the
    one for use: five would cost five times the time and the space. It has seen a quarter more
    images than those that were measured, so the figures are its own only nearly, and lean to the
    careful side.

    Args:
        data: the images; see `brainscan.datasets.load`.
        model: a network, by a name of `brainscan.models.names`; or a classical classifier of
            texture features, ``"knn"``, ``"svm"`` or ``"tree"``.
        recipe: how to train. One that chooses an epoch on validation images trains the last network
            for the median of the epochs that the five chose. Of it a classical classifier takes
            the size of the crops alone.
        seed: decides folds, weights, order and augmentation.
        folder: where the run of the five is written as it goes, with its report; one that was cut
            short there goes on. None writes nothing.
        coverage: the share of each class's images whose set of possible classes should hold their
            class.
        intended_use: a sentence or two for the card.
        progress: whether to show how far it is, on standard error.

    Returns:
        A bundle; `Bundle.save` writes it.

    Raises:
        ValueError: an unknown name, too few images, or a recipe of several networks.
        RuntimeError: training failed; the message says how.
        KeyboardInterrupt: it was stopped; what is finished is in the folder.

    Examples:
        >>> import brainscan as bs
        >>> data = bs.datasets.load("phantom", n=60)
        >>> bundle = bs.predict.train(data, "small_cnn", recipe)  # doctest: +SKIP
        >>> bundle = bundle.save("model.brainscan")  # doctest: +SKIP
    """
    # Here, since it takes a second to load, which one who only predicts need not wait.
    from brainscan import benchmark
    from brainscan.predict.crossfit import calibrate

    _known()[model]  # an unknown one is told at once
    if model not in CLASSICAL:
        check_one_network(recipe)
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must be between 0 and 1; got {coverage}.")
    result = benchmark.run(
        data, [model], _PROTOCOL, recipe, seed=seed, folder=folder, progress=progress
    )
    if result.interrupted:
        raise KeyboardInterrupt
    if result.rows[0].error is not None:
        raise RuntimeError(f"{model} could not be trained: {result.rows[0].error}")
    seen = result.predictions[model].averaged()
    place = {name: i for i, name in enumerate(seen.ids)}
    order = np.array([place[name] for name in result.images])
    labels, groups = seen.labels[order], seen.groups[order]
    assert result.crops is not None  # they are there in a result that was just made
    if model in CLASSICAL:
        classifier, flips = fit_texture(model, result.crops, labels, seed), False
        features, how = classifier.features(result.crops), {"size": list(recipe.size)}
    else:
        classifier, how = _on_everything(result, model, recipe, labels, seed, progress)
        flips = recipe.flips
        _, features = Scorer(classifier, flips)(result.crops)
    fitted = calibrate(seen, coverage, seed)
    return Bundle(
        classifier,
        data.class_names,
        BrainCropper(size=recipe.size, blank="keep"),
        flips,
        fitted.temperature,
        fitted.threshold,
        fitted.conformal,
        fit_outliers(features, groups),
        _card(result, model, data, labels, fitted, how, intended_use),
        temperature_interval=fitted.temperature_interval,
    )


def _known() -> Registry[str]:
    """Return the names of what can be trained for use."""
    known: Registry[str] = Registry(
        "model", listing=f"brainscan.models.names(), or {', '.join(CLASSICAL)}"
    )
    for name in (*models.names(), *CLASSICAL):
        known.add(name, name)
    return known


def _on_everything(
    result: "Result",
    model: str,
    recipe: Recipe,
    labels: NDArray[np.int64],
    seed: int,
    progress: bool,
) -> tuple[Any, dict[str, Any]]:
    """Return a network that was trained on all images, and how."""
    if recipe.chooses_an_epoch:
        best = int(np.median([history.best_epoch for history in result.histories[model]]))
        recipe = replace(recipe, epochs=max(1, best), checkpoint="last")
    network = models.build(
        model,
        (*recipe.size, 3),
        weights=recipe.weights,
        head=recipe.head,
        classes=len(result.settings["data"]["classes"]),
        scaling=recipe.scaling,
        seed=seed,
    )
    with JobProgress(1, shown=progress) as shown:
        shown.note(f"{model}: on all {len(labels)} images")
    history = fit(network, result.crops, labels, recipe=recipe, seed=seed, progress=progress)  # pyright: ignore[reportArgumentType]
    if history.interrupted:
        raise KeyboardInterrupt
    return network, recipe.settings()


def _card(
    result: "Result",
    model: str,
    data: Dataset,
    labels: NDArray[np.int64],
    fitted: "Calibration",
    how: dict[str, Any],
    intended_use: str,
) -> Card:
    from brainscan.benchmark.environment import environment

    settings = result.settings
    counts = np.bincount(labels, minlength=len(data.class_names)).tolist()
    return Card(
        model,
        intended_use,
        {
            "name": data.name,
            "images": len(labels),
            "groups": settings["data"]["groups"],
            "counts": dict(zip(data.class_names, counts, strict=True)),
            "licence": data.licence,
            "citation": data.citation,
        },
        {
            "recipe": how,
            "seed": settings["seed"],
            "protocol": settings["caption"],
            "date": date.today().isoformat(),
        },
        tuple(record.sha256 for record in result.images.values()),
        fitted.metrics,
        fitted.coverage,
        fitted.answered,
        environment(),
    )
