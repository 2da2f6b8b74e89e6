"""Compare ways to train on few images, leak-free, and choose one on inner folds.

    python examples/compare_recipes.py path/to/folder --out runs/recipes

Each row is measured on grouped folds, several times over, and compared with the first of those that
are asked for, which is the paper's recipe, on the same images. Rows marked with a star are
candidates: they are also measured on inner folds of what is not tested, so that the last rows are
honest. "chosen" takes, fold by fold, the candidate with the lowest inner log-loss; "mean" averages
all candidates; "stacked" weighs them by a logistic regression on the inner scores. What is finished
is kept in --out, and a run that was cut goes on.
"""

import argparse
import hashlib
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import brainscan as bs
from brainscan.train import FROZEN, PAPER, Recipe

TUNED = replace(
    FROZEN,
    trained=1,
    head_first=True,
    epochs=10,
    batch_size=32,
    augmentation=bs.augment.mri(),
    frozen_batch_norm=True,
    schedule="cosine",
    ema_momentum=0.98,
    checkpoint="last",
)
"""From frozen features, the last resolution is tuned a little, on augmented images."""


@dataclass(frozen=True)
class Row:
    """A way to train; ``recipe`` is None for the SVM on texture features."""

    recipe: Recipe | None
    candidate: bool = False


ROWS = {
    "the paper's": Row(PAPER),
    "texture SVM": Row(None, candidate=True),
    "frozen, last map": Row(replace(FROZEN, head="global_average", flips=False)),
    "frozen, last map, flips": Row(replace(FROZEN, head="global_average"), candidate=True),
    "frozen": Row(FROZEN, candidate=True),
    "frozen, penalty 0.2": Row(replace(FROZEN, penalty=0.2), candidate=True),
    "frozen, penalty 0.0125": Row(replace(FROZEN, penalty=0.0125), candidate=True),
    "frozen, the backbone's scaling": Row(replace(FROZEN, scaling="backbone"), candidate=True),
    "frozen, 180 pixels": Row(replace(FROZEN, size=(180, 180)), candidate=True),
    "frozen, 224 pixels": Row(replace(FROZEN, size=(224, 224)), candidate=True),
    "frozen, bagged": Row(replace(FROZEN, members=5)),
    "frozen, stacked with texture SVM": Row(replace(FROZEN, stacked=("svm",))),
    "tuned": Row(TUNED),
    "tuned, not augmented": Row(replace(TUNED, augmentation=None)),
    "tuned, the paper's augmentation": Row(replace(TUNED, augmentation=bs.augment.paper())),
    "tuned, constant rate": Row(replace(TUNED, schedule="constant")),
    "tuned, no moving average": Row(replace(TUNED, ema_momentum=0.0)),
    "tuned, weight decay 0.05": Row(replace(TUNED, weight_decay=0.05)),
    "tuned, label smoothing 0.1": Row(replace(TUNED, label_smoothing=0.1)),
    "tuned, mixup 0.3": Row(replace(TUNED, mixup=0.3)),
    "tuned, CutMix 1": Row(replace(TUNED, cutmix=1.0)),
    "tuned, batch norm too": Row(replace(TUNED, frozen_batch_norm=False)),
    "tuned, two resolutions": Row(replace(TUNED, trained=2, layer_decay=0.3)),
}
"""The first is what all are compared with; "tuned" rows change one thing of "tuned"."""


class Network:
    """Trains one recipe on some images and scores others; compiled once for all folds."""

    def __init__(self, data, recipe, backbone, weights):
        crop = bs.preprocess.Chain(
            (bs.preprocess.BrainCropper(size=recipe.size, blank="keep"), bs.preprocess.ToRGB())
        )
        self.images = np.stack([crop(image) for image in data])
        self.labels, self.recipe = data.labels, recipe
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
        self.start = model.get_weights()

    def scores(self, train, validation, tested, seed):
        """Return the scores of some images by a model trained on others."""
        if not self.recipe.chooses_an_epoch:
            train, validation = np.concatenate([train, validation]), validation[:0]
        apart = (self.images[validation], self.labels[validation]) if len(validation) else None
        self.trainer.model.set_weights(self.start)
        self.trainer.fit(self.images[train], self.labels[train], apart, seed)
        return self.trainer.scores(self.images[tested])


class TextureSVM:
    """The same for the classical classifier on texture features."""

    def __init__(self, data):
        crop = bs.preprocess.BrainCropper(blank="keep")
        self.table = bs.features.glcm_lbp([crop(image) for image in data])
        self.labels = data.labels

    def scores(self, train, validation, tested, seed):
        """Return the scores of some images by a classifier trained on others."""
        learnt = np.concatenate([train, validation])
        classifier = bs.features.build_classifier("svm", seed)
        classifier.fit(self.table[learnt], self.labels[learnt])
        return classifier.predict_proba(self.table[tested])[:, 1]


def measure(row, data, splits, options):
    """Return the scores of each split's test images, and of its other images on inner folds."""
    weights = None if options.weights == "none" else options.weights
    if row.recipe and (row.recipe.members > 1 or row.recipe.stacked):
        recipe = replace(row.recipe, weights=weights)
        return {"tested": by_a_run(recipe, data, splits, options.backbone), "inner": np.zeros(0)}
    model = (
        TextureSVM(data)
        if row.recipe is None
        else Network(data, row.recipe, options.backbone, weights)
    )
    tested, inner = [], []
    for number, split in enumerate(splits):
        seed = number // 5
        tested.append(model.scores(split.train, split.validation, split.test, seed))
        if row.candidate:
            learnt = learnt_from(split)
            scores = np.zeros(len(learnt))
            for fold in bs.datasets.grouped_folds(data.subset(learnt), folds=options.inner):
                parts = (learnt[part] for part in (fold.train, fold.validation, fold.test))
                scores[fold.test] = model.scores(*parts, seed)
            inner.append(scores)
        print(f"  split {number + 1} of {len(splits)}", end="\r", flush=True)
    return {"tested": np.concatenate(tested), "inner": np.concatenate([*inner, []])}


def by_a_run(recipe, data, splits, backbone):
    """Return the scores of each split's test images by several models, which a run trains."""
    result = bs.benchmark.run(data, [backbone], splits, recipe, progress=False)
    if result.interrupted or result.rows[0].error:
        raise SystemExit(result.rows[0].error)
    return result.predictions[backbone].scores


def kept(path, row, data, splits, options):
    """Return what `measure` gives, from a file where it was measured before."""
    recipe = row.recipe and row.recipe.settings()
    ask = (data.ids, data.groups.tolist(), recipe, options.backbone, options.weights)
    ask = (*ask, options.repeats, options.inner)
    asked = hashlib.sha256(repr(ask).encode()).hexdigest()
    if not path.exists():
        measured = measure(row, data, splits, options)
        with path.with_suffix(".part").open("wb") as file:
            np.savez(file, asked=asked, **measured)
        path.with_suffix(".part").rename(path)
    with np.load(path) as file:
        if str(file["asked"]) != asked:
            raise SystemExit(f"{path} is of another comparison. Choose another --out.")
        return {"tested": file["tested"], "inner": file["inner"]}


def made():
    """Return when, and with what, the table was made."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("brainscan", "keras", "jax"))
    return f"{datetime.now(UTC).date()}, {os.cpu_count()} CPU cores, {versions}, seed 0."


def join_copies(data):
    """Return the data with copies in one group that differ in their margins, as a run does."""
    crops = bs.preprocess.BrainCropper(blank="keep")(list(data))
    joined = bs.datasets.join_groups(data.groups, bs.datasets.group_near_duplicates(crops))
    return data.with_groups(joined)


def learnt_from(split):
    """Return the images of a split that are not tested."""
    return np.concatenate([split.train, split.validation])


def combine(found, data, splits):
    """Return the scores of "chosen", "mean" and "stacked", and what was chosen in each split."""
    names = [name for name in found if ROWS[name].candidate]
    tested = np.split(*cuts([found[n]["tested"] for n in names], [s.test for s in splits]), axis=1)
    inner = np.split(
        *cuts([found[n]["inner"] for n in names], [learnt_from(s) for s in splits]), axis=1
    )
    rows, choices = {"chosen": [], "mean": [], "stacked": []}, []
    for split, test, known in zip(splits, tested, inner, strict=True):
        labels = data.labels[learnt_from(split)]
        losses = [bs.metrics.log_loss(labels, scores) for scores in known]
        choices.append(names[int(np.argmin(losses))])
        rows["chosen"].append(test[np.argmin(losses)])
        rows["mean"].append(test.mean(axis=0))
        stack = LogisticRegression().fit(logit(known).T, labels)
        rows["stacked"].append(stack.predict_proba(logit(test).T)[:, 1])
    return {name: np.concatenate(parts) for name, parts in rows.items()}, choices


def cuts(scores, parts):
    """Return the candidates' scores as one table, and where each split's begin."""
    return np.array(scores), np.cumsum([len(part) for part in parts])[:-1]


def logit(scores):
    """Return log odds, within 0.001 to 0.999."""
    scores = np.clip(scores, 1e-3, 1 - 1e-3)
    return np.log(scores / (1 - scores))


def table(found, data, splits, repeats):
    """Return the Markdown table of all rows, each compared with the first."""
    tests = np.concatenate([split.test for split in splits])
    averaged = {
        name: np.bincount(tests, scores, len(data)) / repeats for name, scores in found.items()
    }
    first = next(iter(averaged))
    lines = [
        f"| | accuracy | AUC | log-loss | accuracy less that of {first} |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, scores in averaged.items():
        figures = bs.metrics.evaluate(data.labels, scores, data.groups)
        gain = bs.metrics.compare(data.labels, scores, averaged[first], data.groups).accuracy
        less = f"{100 * gain.value:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
        accuracy, auc, loss = (figures[k] for k in ("accuracy", "roc_auc", "log_loss"))
        star = " *" if name in ROWS and ROWS[name].candidate else ""
        lines.append(
            f"| {name}{star} | {100 * accuracy.value:.1f}% ({100 * accuracy.low:.1f} to "
            f"{100 * accuracy.high:.1f}) | {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f}) | "
            f"{loss.value:.3f} | {'' if name == first else less} |"
        )
    return lines


def main():
    """Measure the rows, print the table and write it to ``recipes.md``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="a folder with two sub-folders, a class each, or 'phantom'")
    parser.add_argument("--images", type=int, help="how many, for the phantom")
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--weights", default="imagenet", help="imagenet, none, a file or a folder")
    parser.add_argument("--rows", help="measure only these, with ';' between")
    parser.add_argument("--size", type=int, help="in place of the recipes' own, in pixels")
    parser.add_argument("--epochs", type=int, help="in place of the recipes' own")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--inner", type=int, default=3, help="inner folds of the candidates")
    parser.add_argument("--out", type=Path, default=Path("runs/recipes"))
    options = parser.parse_args()
    data = bs.datasets.load(options.data, **({"n": options.images} if options.images else {}))
    data = join_copies(data)
    splits = bs.datasets.grouped_folds(data, repeats=options.repeats)
    options.out.mkdir(parents=True, exist_ok=True)
    found = {}
    for name in options.rows.split(";") if options.rows else ROWS:
        row = ROWS[name]
        changes = {"size": (options.size,) * 2} if options.size else {}
        changes |= {"epochs": options.epochs} if options.epochs else {}
        row = replace(row, recipe=row.recipe and replace(row.recipe, **changes))
        found[name] = kept(options.out / f"{name}.npz", row, data, splits, options)
        print(f"{name}: measured", flush=True)
    scores = {name: arrays["tested"] for name, arrays in found.items()}
    lines = []
    if any(ROWS[name].candidate for name in found):
        combined, choices = combine(found, data, splits)
        scores |= combined
        counts = zip(*np.unique(choices, return_counts=True), strict=True)
        lines = [f"Chosen: {', '.join(f'{name} ({count})' for name, count in counts)}."]
    caption = (
        f"{options.backbone}; {data.name}: {len(data)} images in {len(np.unique(data.groups))} "
        f"groups, 5 grouped folds, {options.repeats} times over, the scores of an image averaged. "
        "95% intervals over groups. * a candidate, also measured on inner folds. "
        f"{made()}"
    )
    lines = [*table(scores, data, splits, options.repeats), "", caption, *lines]
    (options.out / "recipes.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
