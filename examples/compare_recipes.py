"""Compare ways to train on few images, leak-free, and choose one on inner folds.

    python examples/compare_recipes.py path/to/folder --out runs/recipes

Every row is frozen ImageNet features under a last layer, so each image goes through a network once
a recipe, and hundreds of fits take minutes. The last rows are honest in two ways: "chosen" picks
the recipe by the log-loss on inner folds of what is not tested, and "mean of all" picks nothing.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import brainscan as bs
from brainscan.train import CAREFUL

RECIPES = {
    "last map, mean": replace(CAREFUL, head="global_average", flips=False),
    "last map, mean; flips": replace(CAREFUL, head="global_average"),
    "all resolutions": replace(CAREFUL, flips=False),
    "all resolutions; flips": CAREFUL,
    "..., penalty 0.05": replace(CAREFUL, penalty=0.05),
    "..., penalty 1": replace(CAREFUL, penalty=1.0),
    "..., standardised input": replace(CAREFUL, scaling="standardized"),
    "..., 224 pixels": replace(CAREFUL, size=(224, 224)),
}


class Scorer:
    """Trains one recipe on some images and scores others; features are computed once an image."""

    def __init__(self, data, recipe, backbone, weights):
        crop = bs.preprocess.Chain(
            (bs.preprocess.BrainCropper(size=recipe.size, blank="keep"), bs.preprocess.ToRGB())
        )
        self.images = np.stack([np.asarray(crop(image), np.float32) for image in data])
        self.labels = data.labels
        model = bs.models.build(
            backbone,
            (*recipe.size, 3),
            weights,
            recipe.head,
            len(data.class_names),
            recipe.scaling,
            seed=0,
        )
        self.trainer = bs.train.make_trainer(model, recipe)

    def scores(self, learnt, tested):
        """Return the scores of some images by a model trained on others."""
        self.trainer.fit(self.images[learnt], self.labels[learnt])
        return self.trainer.scores(self.images[tested])


def learnt_from(split):
    """Return the images of a split that are not tested."""
    return np.concatenate([split.train, split.validation])


def inner_loss(scorer, data, learnt):
    """Return the log-loss of a recipe on inner folds of the images learnt from."""
    inner = data.subset(learnt)
    scores = np.zeros(len(learnt))
    for split in bs.datasets.grouped_folds(inner, folds=4):
        scores[split.test] = scorer.scores(learnt[learnt_from(split)], learnt[split.test])
    return bs.metrics.log_loss(inner.labels, scores)


def main():
    """Print a table of all recipes with intervals, each compared with the first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="a folder with two sub-folders, a class each, or 'phantom'")
    parser.add_argument("--images", type=int, help="how many, for the phantom")
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--weights", default="imagenet", help="imagenet or none")
    parser.add_argument("--size", type=int, help="in place of the recipes' own, in pixels")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("runs/recipes"))
    options = parser.parse_args()
    data = bs.datasets.load(options.data, **({"n": options.images} if options.images else {}))
    weights = None if options.weights == "none" else options.weights
    recipes = RECIPES
    if options.size:
        recipes = {k: replace(r, size=(options.size,) * 2) for k, r in recipes.items()}
    splits = bs.datasets.grouped_folds(data, repeats=options.repeats)
    tests = np.concatenate([split.test for split in splits])
    losses, found = [], {}
    for name, recipe in recipes.items():
        scorer = Scorer(data, recipe, options.backbone, weights)
        losses.append([inner_loss(scorer, data, learnt_from(split)) for split in splits])
        found[name] = [scorer.scores(learnt_from(split), split.test) for split in splits]
        print(f"{name}: inner log-loss {np.mean(losses[-1]):.3f}", flush=True)
    every = list(found.values())
    chosen = np.argmin(losses, axis=0)
    found["chosen on inner folds"] = [every[best][fold] for fold, best in enumerate(chosen)]
    found["mean of all"] = [np.mean(parts, axis=0) for parts in zip(*every, strict=True)]

    def averaged(parts):
        """Return the mean over the repeats of each image's score."""
        return np.bincount(tests, np.concatenate(parts)) / options.repeats

    lines = [
        f"| {options.backbone} | accuracy | AUC | accuracy less the first |",
        "| --- | ---: | ---: | ---: |",
    ]
    first = averaged(every[0])
    for name, parts in found.items():
        scores = averaged(parts)
        figures = bs.metrics.evaluate(data.labels, scores, data.groups)
        gain = bs.metrics.compare(data.labels, scores, first, data.groups).accuracy
        accuracy, auc = figures["accuracy"], figures["roc_auc"]
        lines.append(
            f"| {name} | {100 * accuracy.value:.1f}% ({100 * accuracy.low:.1f} to "
            f"{100 * accuracy.high:.1f}) | {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f}) | "
            f"{100 * gain.value:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f}) |"
        )
    counts = dict(zip(*np.unique(np.array(list(recipes))[chosen], return_counts=True), strict=True))
    lines.append(
        f"\n{data.name}: {len(data)} images in {len(np.unique(data.groups))} groups, 5 grouped "
        f"folds, {options.repeats} times over; the scores of an image averaged. 95% intervals over "
        f"groups. Chosen: {', '.join(f'{name} ({count})' for name, count in counts.items())}."
    )
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "recipes.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
