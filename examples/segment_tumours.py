"""Train a network that outlines tumours, and measure it on patients that it has never seen.

    python examples/segment_tumours.py path/to/cheng --out runs/segmenter
    python examples/segment_tumours.py phantom --images 200 --backbone small_cnn --weights none

The folder holds images/, masks/ (one file an image, of the same name) and manifest.csv (id, label,
group: the patient). A fifth of the patients is for the test, a fifth of the rest chooses the best
epoch, the threshold and the post-processing. In --out come tumours.segmenter, which outlines any
image (brainscan.segment.Segmenter.load), figures.json, segmentation.md and overlays.png.

With --settings FIGURES.JSON of such a run nothing is left to choose: threshold and post-processing
are that run's, and the patients that chose them are learnt from too. With --start TUMOURS.SEGMENTER
of such a run its network is trained further, on larger images if --size says so. With --average of
several such files their networks are averaged into one, with the settings of the first or those of
--settings, and none is trained. Where --out holds a segmenter already, that is measured again. All
must be of runs that tested the same images, so that none of these was learnt from.
"""

import argparse
import hashlib
import itertools
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image as PilImage

import brainscan as bs
from brainscan.benchmark.environment import environment
from brainscan.metrics import dice, evaluate_masks
from brainscan.segment import Frame, Postprocess, Segmenter

MISSED = 0.1  # a Dice below it
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
PLAIN = Postprocess(fill_holes=False)
CLEANINGS = {
    "none": PLAIN,
    "holes filled": Postprocess(),
    "holes filled, parts below 0.05% of the image removed": Postprocess(0.0005),
    "holes filled, the largest part alone": Postprocess(largest_only=True),
}


def load(options):
    """Return the data set."""
    if options.data == "phantom":
        return bs.datasets.load("phantom", n=options.images)
    folder = Path(options.data)
    return bs.datasets.load(
        folder / "images",
        labels=folder / "manifest.csv",
        masks=folder / "masks",
        classes=("glioma", "meningioma", "pituitary"),
    )


def prepare(data, frame):
    """Return what the network sees of each image, and of its mask."""
    images = np.stack([frame.image(image) for image in data])
    return images, np.stack([frame.mask(m, i) for m, i in zip(data.masks, data, strict=True)])


def train(data, split, options):
    """Return the trained network and its history."""
    recipe = replace(
        bs.train.SEGMENT,
        epochs=options.epochs,
        batch_size=options.batch,
        learning_rate=options.rate,
        size=(options.size, options.size),
        weights=None if options.weights == "none" else options.weights,
        decoder=options.decoder,
    )
    model = bs.models.build_segmenter(
        options.backbone,
        (*recipe.size, 3),
        recipe.weights,
        recipe.decoder,
        scaling=recipe.scaling,
        seed=options.network_seed,
    )
    if options.start:
        model.set_weights(Segmenter.load(options.start).model.get_weights())
    images, masks = prepare(data, Frame(recipe.size))
    learnt, held_out = split.train, (images[split.validation], None, masks[split.validation])
    if options.settings:
        learnt, held_out = np.concatenate([split.train, split.validation]), None
    trainer = bs.train.make_trainer(model, recipe)
    print(f"{len(learnt)} images to learn from; the first epoch also compiles", flush=True)
    begin = time.perf_counter()

    def on_epoch(epoch):
        seen = "" if held_out is None else f", validation Dice {epoch.validation_dice:.3f}"
        print(
            f"epoch {epoch.number}/{recipe.epochs}: loss {epoch.loss:.3f}, Dice {epoch.dice:.3f}"
            f"{seen}, {time.perf_counter() - begin:.0f} s",
            flush=True,
        )

    history = trainer.fit(
        images[learnt], None, held_out, options.network_seed, on_epoch, masks=masks[learnt]
    )
    if held_out is not None:
        print(f"epoch {history.best_epoch} is kept, by the validation loss", flush=True)
    return trainer.predictor(), history, recipe


def digest(data, split):
    """Return what tells one choice of test images from another."""
    ids = sorted(str(data.ids[index]) for index in split.test)
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def read_run(file, tested=None):
    """Return how an earlier segmenter was made, or end where other images were tested then."""
    try:
        run = json.loads(file.read_text())["run"]
        same = tested in (None, run["tested"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(
            f"{file} must be what such a run wrote beside its segmenter; got {error!r}."
        ) from None
    if not same:
        raise SystemExit(
            f"{file} is of a run that tested other images, so it may have learnt from some of "
            "these, or chosen by them. Give the data, --images and --seed that it had."
        )
    return run


def read_earlier(options, tested):
    """Return the runs of --settings, --start and --average, by file, or end where one won't do."""
    segmenters = [*(options.average or []), *([options.start] if options.start else [])]
    for file in segmenters:
        if not file.is_file():
            raise SystemExit(f"{file} must be a segmenter; there is none.")
    runs = {file: read_run(file.with_name("figures.json"), tested) for file in segmenters}
    if options.settings:
        runs[options.settings] = read_run(options.settings, tested)
    if options.start:
        for name in ("backbone", "decoder"):
            theirs, ours = runs[options.start].get(name), getattr(options, name)
            if theirs != ours:
                raise SystemExit(f"--{name} must be that of --start, {theirs}; got {ours}.")
    sizes = sorted({runs[file]["size"] for file in options.average or []})
    if len(sizes) > 1:
        raise SystemExit(f"--average takes networks of one size; got {sizes} pixels.")
    return runs


def make(data, split, options, runs):
    """Return a segmenter with its settings, and the record of how it was made."""
    if options.average:
        return average(options, runs)
    begin = time.perf_counter()
    model, history, recipe = train(data, split, options)
    minutes = (time.perf_counter() - begin) / 60
    segmenter = Segmenter(model, postprocess=PLAIN)
    if options.settings:
        segmenter = settle(segmenter, runs[options.settings])
    else:
        segmenter = choose(segmenter, data.subset(split.validation))
    before = runs.get(options.start)
    kept = ("size", "epochs", "training_minutes")
    run = {
        **{
            name: getattr(options, name)
            for name in ("backbone", "decoder", "size", "seed", "network_seed")
        },
        "after": before and {name: before[name] for name in kept},
        "epochs": len(history.epochs),
        "best_epoch": history.best_epoch,
        "training_minutes": minutes,
        "device": environment()["device"],
        **settings(segmenter),
        "counts": {name: len(part) for name, part in split.parts().items()},
        "all_learnt_from": options.settings is not None,
        "test_patients": len(np.unique(data.groups[split.test])),
        "tested": digest(data, split),
        "recipe": recipe.settings(),
    }
    return segmenter, {"run": run, "history": history.to_dict()}


def settle(segmenter, run):
    """Return the segmenter with the threshold and post-processing of an earlier run."""
    return replace(segmenter, threshold=run["threshold"], postprocess=CLEANINGS[run["cleaning"]])


def settings(segmenter):
    """Return the threshold and post-processing, as plain values."""
    cleaning = next(name for name, c in CLEANINGS.items() if c == segmenter.postprocess)
    return {"threshold": segmenter.threshold, "cleaning": cleaning}


def average(options, runs):
    """Return a segmenter of the mean of several networks, and the record of how it was made."""
    members = [Segmenter.load(file) for file in options.average]
    mean = replace(members[0], model=bs.models.ensemble([member.model for member in members]))
    if options.settings:
        mean = settle(mean, runs[options.settings])
    made = [runs[file] for file in options.average]
    same = ("size", "seed", "counts", "test_patients", "tested")
    run = {
        **{name: made[0][name] for name in same},
        **settings(mean),
        "averaged": list(itertools.chain(*(run.get("averaged", [run]) for run in made))),
    }
    return mean, {"run": run}


def choose(segmenter, data):
    """Return the segmenter with the threshold and post-processing of the highest mean Dice."""
    maps = [segmenter.probability(image) for image in data]
    settings = list(itertools.product(THRESHOLDS, CLEANINGS.values()))

    def mean(setting):
        threshold, clean = setting
        found = [dice(t, clean(m > threshold)) for t, m in zip(data.masks, maps, strict=True)]
        return np.mean([value for value in found if value is not None])  # else both are empty

    threshold, clean = max(settings, key=mean)
    return replace(segmenter, threshold=threshold, postprocess=clean)


def measure(segmenter, data, seed):
    """Return Dice and the other figures on images, as plain values."""
    truths, found = list(data.masks), [segmenter(image) for image in data]
    every = evaluate_masks(truths, found, data.groups, seed=seed)
    values = every.values["dice"]
    known = np.isfinite(values)
    patients = np.unique(data.groups[known])
    means = np.array([values[known & (data.groups == patient)].mean() for patient in patients])
    low, high = bs.metrics.bootstrap_mean(means, seed=seed)
    figures = {
        name: [estimate.value, estimate.low, estimate.high]
        for name, estimate in every.means.items()
        if estimate.value is not None
    }
    figures["dice_of_patients"] = [float(means.mean()), low, high]
    figures["median_dice"] = float(np.median(values[known]))
    shown = known & [mask.any() for mask in truths]  # an empty one can't be missed
    figures["kinds"] = [
        {
            "name": data.class_names[label],
            "slices": int(chosen.sum()),
            "patients": len(np.unique(data.groups[chosen])),
            "dice": float(values[chosen].mean()),
            "missed": int((values[chosen] < MISSED).sum()),
        }
        for label in np.unique(data.labels[shown])
        for chosen in [shown & (data.labels == label)]
    ]
    return figures, values, found


def draw(data, found, values, path):
    """Draw the best, the median and the worst outlines: the truth green, what is found red."""
    order = np.argsort(values)[: np.isfinite(values).sum()].tolist()
    middle = len(order) // 2
    columns = {"worst": order[:4], "median": order[middle - 2 : middle + 2], "best": order[-4:]}
    figure, axes = plt.subplots(3, 4, figsize=(10, 8), layout="constrained", squeeze=False)
    for row, (name, chosen) in zip(axes, columns.items(), strict=True):
        for axis in row:
            axis.axis("off")
        for axis, index in zip(row, chosen, strict=False):
            show(axis, data[index], found[index], data.masks[index])
            axis.set_title(f"{name}: {data.ids[index]}, Dice {values[index]:.2f}", fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def show(axis, image, found, truth=None):
    """Draw an image with its outlines."""
    axis.imshow(image, cmap="gray")
    for mask, colour in ((truth, "lime"), (found, "red")):
        if mask is not None and mask.any() and not mask.all():
            axis.contour(mask, [0.5], colors=colour, linewidths=1)


def look(segmenter, folder, path, count=24):
    """Draw what is found in images of another collection, whose truth is not known here."""
    files = sorted(p for p in Path(folder).iterdir() if p.is_file())[:count]
    figure, axes = plt.subplots(-(-len(files) // 6), 6, figsize=(12, 9), layout="constrained")
    for axis, file in zip(axes.flat, files, strict=False):
        image = np.asarray(PilImage.open(file).convert("RGB"))
        outline = segmenter.outline(image)
        show(axis, image, outline.mask)
        axis.set_title(f"{file.name}, {outline.probability.max():.2f}", fontsize=8)
        axis.axis("off")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def page(result):
    """Return the figures as Markdown."""
    names = {
        "dice": "Dice, mean over slices",
        "dice_of_patients": "Dice, mean over patients",
        "iou": "IoU",
        "mask_sensitivity": "sensitivity",
        "mask_precision": "precision",
        "hd95": "HD95, pixels",
        "average_surface_distance": "average surface distance, pixels",
        "lesion_f1": "lesion F1",
    }
    lines = [
        "| | threshold 0.5, nothing post-processed | as chosen | the mirror image too |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, shown in names.items():
        cells = []
        for kind in ("plain", "chosen", "mirrored"):
            value = result[kind].get(name)
            form = ".1f" if "pixels" in shown else ".3f"
            text = "" if value is None else f"{value[0]:{form}}"
            if value is not None and value[1] is not None:  # none where all values are the same
                text += f" ({value[1]:{form}} to {value[2]:{form}})"
            cells.append(text)
        lines.append(f"| {shown} | {' | '.join(cells)} |")
    lines += ["", f"| | slices | patients | Dice | missed (Dice below {MISSED}) |"]
    lines += ["| --- | ---: | ---: | ---: | ---: |"]
    for kind in result["chosen"]["kinds"]:
        cells = f"{kind['slices']} | {kind['patients']} | {kind['dice']:.2f} | {kind['missed']}"
        lines.append(f"| {kind['name']} | {cells} |")
    lines += ["", f"Of all slices the median Dice is {result['chosen']['median_dice']:.2f}."]
    run, machine = result["run"], result["environment"]
    made = "; ".join(map(training, run.get("averaged", [run])))
    many = f"the mean of {len(run['averaged'])} networks: " if "averaged" in run else ""
    facts = (
        f"{many}{made}. {run['counts']['test']} slices of {run['test_patients']} patients tested. "
        f"95% intervals over patients. Threshold {run['threshold']}, {run['cleaning']}. "
        f"Tested on {result['date']}, {machine['device']}, brainscan {machine['brainscan']}, keras "
        f"{machine['keras']}, jax {machine['jax']}, seed {run['seed']}."
    )
    return "\n".join([*lines, "", facts]) + "\n"


def training(run):
    """Return how a network was trained, in words."""
    counts = run["counts"]
    use = f"{counts['train']} slices learnt from, {counts['validation']} to choose by"
    if run["all_learnt_from"]:
        use = f"{counts['train'] + counts['validation']} slices learnt from"
    before = ""
    if run["after"]:
        before = "after {epochs} of {size} pixels in {training_minutes:.0f} minutes"
        before = f", {before.format(**run['after'])}"
    return (
        f"{run['backbone']}, {run['decoder']}, {run['size']} pixels, {run['epochs']} epochs (the "
        f"best: {run['best_epoch']}) in {run['training_minutes']:.0f} minutes{before} on "
        f"{run['device']}, {use}"
    )


def main():
    """Train, choose, test, draw, and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="phantom", help="a folder, or 'phantom'")
    parser.add_argument("--images", type=int, default=200, help="how many, for the phantom")
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--decoder", default="unet")
    parser.add_argument("--weights", default="imagenet", help="imagenet or none")
    parser.add_argument("--start", type=Path, help="a segmenter of such a run, to train further")
    parser.add_argument("--size", type=int, default=bs.train.SEGMENT.size[0])
    parser.add_argument("--epochs", type=int, default=bs.train.SEGMENT.epochs)
    parser.add_argument("--batch", type=int, default=bs.train.SEGMENT.batch_size)
    parser.add_argument("--rate", type=float, default=bs.train.SEGMENT.learning_rate)
    parser.add_argument("--seed", type=int, default=0, help="parts the patients")
    parser.add_argument("--network-seed", type=int, default=0, help="of weights and of the order")
    parser.add_argument(
        "--average", nargs="+", type=Path, metavar="SEGMENTER", help="of such runs, to average"
    )
    parser.add_argument("--settings", type=Path, help="figures.json of a run that chose them")
    parser.add_argument("--look-at", help="a folder of other images, to draw what is found there")
    parser.add_argument("--out", type=Path, default=Path("runs/segmenter"))
    options = parser.parse_args()
    file, record = options.out / "tumours.segmenter", options.out / "figures.json"
    others = ("average", "settings", "start")
    if file.exists() and any(getattr(options, name) for name in others):
        parser.error(f"{file} is there already, and would be measured again; name another --out.")
    if options.average and (options.start or len(options.average) < 2):
        parser.error("--average takes two segmenters or more, and no --start.")
    data = load(options)
    if file.exists():
        options.seed = read_run(record)["seed"]  # which parted the patients
    split = bs.datasets.grouped_holdout(data, options.seed)[0]
    tested = digest(data, split)
    if file.exists():
        read_run(record, tested)
        chosen, result = Segmenter.load(file), json.loads(record.read_text())
    else:
        runs = read_earlier(options, tested)
        options.out.mkdir(parents=True, exist_ok=True)
        chosen, result = make(data, split, options, runs)
        record.write_text(json.dumps(result, indent=1) + "\n")
        chosen.save(file)
    test = data.subset(split.test)
    plain = replace(chosen, threshold=0.5, postprocess=PLAIN)
    result["plain"] = measure(plain, test, options.seed)[0]
    result["chosen"], values, found = measure(chosen, test, options.seed)
    mirrored = replace(chosen, model=bs.models.mirrored(chosen.model))
    result["mirrored"] = measure(mirrored, test, options.seed)[0]
    result["date"], result["environment"] = datetime.now(UTC).date().isoformat(), environment()
    record.write_text(json.dumps(result, indent=1) + "\n")
    (options.out / "segmentation.md").write_text(page(result))
    draw(test, found, values, options.out / "overlays.png")
    if options.look_at:
        look(chosen, options.look_at, options.out / "others.png")
    print(page(result))


if __name__ == "__main__":
    main()
