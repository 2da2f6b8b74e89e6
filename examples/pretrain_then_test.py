"""Pre-train an ImageNet network on slices with tumour masks, and see what that is worth elsewhere.

    python examples/pretrain_then_test.py path/to/target \
        --source path/to/cheng/images --labels path/to/cheng/manifest.csv \
        --masks path/to/cheng/masks

The network learns the kind of tumour, and in which of the cells of its last map the tumour lies.
Patients that it is judged on meanwhile are not learnt from. Then its frozen features and ImageNet's
are tested on the same leak-free folds of the target, and compared image by image.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

import brainscan as bs
from brainscan.train import FROZEN

# isort: split
import cv2
import jax
import keras  # after brainscan, which puts it on JAX


class Batches(keras.utils.PyDataset):
    """Augmented images with their class and, for each cell of the map, the tumour's share of it."""

    def __init__(self, images, masks, labels, cells, learnt, batch_size=16, **options):
        super().__init__(**options)
        self.images, self.masks, self.labels = images, masks, labels
        self.cells, self.learnt, self.batch_size = cells, learnt, batch_size
        self.warp = bs.augment.mri()
        self.draw = np.random.default_rng(0)
        self.on_epoch_begin()

    def __len__(self):
        return len(self.learnt) // self.batch_size

    def on_epoch_begin(self):
        """Draw a new order."""
        self.order = self.draw.permutation(self.learnt)

    def __getitem__(self, number):
        rows = self.order[number * self.batch_size :][: self.batch_size]
        key = jax.random.key(int(self.draw.integers(2**31)))
        masks = np.asarray(self.warp.transform_mask(key, self.masks[rows]))
        targets = {"kind": self.labels[rows], "where": shares(masks, self.cells)}
        return np.asarray(self.warp(key, self.images[rows]), np.float32), targets


def shares(masks, cells):
    """Return the share of each cell of a ``cells x cells`` grid that a mask fills."""
    grid = (cells, cells)
    small = [cv2.resize(m.astype(np.float32), grid, interpolation=cv2.INTER_AREA) for m in masks]
    return np.stack(small)[..., None]


def crops(data, size):
    """Return the images cropped to the head, as RGB, and their masks cut out with them."""
    crop = bs.preprocess.BrainCropper(size=(size, size), blank="keep")
    images, masks = [], []
    for image, mask in zip(data, data.masks, strict=True):
        box = crop.box(image)
        part = mask[box.top : box.bottom, box.left : box.right].astype(np.uint8)
        masks.append(cv2.resize(part, (size, size), interpolation=cv2.INTER_NEAREST) > 0)
        images.append(bs.preprocess.ToRGB()(crop(image)))
    return np.stack(images), np.stack(masks)


def without_copies(source, target):
    """Return the source less what is a near-duplicate of an image of the target."""
    groups = bs.datasets.group_near_duplicates(chain(target, source))
    new = ~np.isin(groups[len(target) :], groups[: len(target)])
    print(f"{(~new).sum()} of {len(source)} source images are in the target too, and left out")
    return source.subset(new)


def pretrain(source, options, path):
    """Train the backbone on kind and place of the tumour, and write its weights."""
    images, masks = crops(source, options.size)
    split = bs.datasets.grouped_folds(source)[0]
    shape = (options.size, options.size, 3)
    weights = None if options.weights == "none" else options.weights
    model = bs.models.build(
        options.backbone, shape, weights, "global_average", scaling="backbone", seed=0
    )
    backbone = model.get_layer(options.backbone)
    for layer in backbone.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    pool = next(x for x in model.layers if isinstance(x, keras.layers.GlobalAveragePooling2D))
    features, pooled = pool.input, pool.output  # of images that the model itself scales
    kinds = len(source.class_names)
    kind = keras.layers.Dense(kinds, activation="softmax", name="kind")(pooled)
    where = keras.layers.Conv2D(1, 1, activation="sigmoid", name="where")(features)
    learner = keras.Model(model.inputs, {"kind": kind, "where": where})
    learner.compile(
        keras.optimizers.Adam(options.rate),
        {"kind": "sparse_categorical_crossentropy", "where": "binary_crossentropy"},
        metrics={"kind": "accuracy"},
    )
    cells = features.shape[1]
    learnt = np.concatenate([split.train, split.validation])
    judged = {"kind": source.labels[split.test], "where": shares(masks[split.test], cells)}
    learner.fit(
        Batches(images, masks, source.labels, cells, learnt),
        epochs=options.epochs,
        validation_data=(images[split.test].astype(np.float32), judged),
        verbose=2,
    )
    backbone.save_weights(path)


def make(path, source, target, options):
    """Pre-train, unless the weights are there of a run of the same settings and images."""
    asked = {name: getattr(options, name) for name in ("weights", "size", "epochs", "rate")}
    images = repr((source.ids, source.labels.tolist(), target.ids))
    asked["images"] = hashlib.sha256(images.encode()).hexdigest()
    record = path.with_suffix(".json")
    if record.exists() and json.loads(record.read_text()) != asked:
        raise SystemExit(
            f"{path} is of other settings: {record.read_text()}. Choose another --out."
        )
    if not record.exists():
        pretrain(without_copies(source, target), options, path)
        record.write_text(json.dumps(asked))


def main():
    """Pre-train, test both starts on the target, and print the gain with its interval."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", help="a folder with two sub-folders, a class each, or 'phantom'")
    parser.add_argument("--source", required=True, help="the folder of images, or 'phantom'")
    parser.add_argument("--labels", help="the CSV file of the source's labels and groups")
    parser.add_argument("--masks", help="the folder of the source's masks")
    parser.add_argument("--images", type=int, help="how many, for the phantom")
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--weights", default="imagenet", help="imagenet or none")
    parser.add_argument("--size", type=int, default=150)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--protocol", default="repeated")
    parser.add_argument("--out", type=Path, default=Path("runs/pretrained"))
    options = parser.parse_args()
    images = {"n": options.images} if options.images else {}
    target = bs.datasets.load(options.target, **(images if options.target == "phantom" else {}))
    if options.source == "phantom":
        source = bs.datasets.load("phantom", seed=1, **images)
    else:
        source = bs.datasets.load(
            options.source,
            labels=options.labels,
            masks=options.masks,
            classes=("glioma", "meningioma", "pituitary"),
        )
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{options.backbone}.weights.h5"
    make(path, source, target, options)
    found = {}
    starts = {"before": None if options.weights == "none" else options.weights, "after": path}
    for name, weights in starts.items():
        recipe = replace(FROZEN, weights=weights, size=(options.size, options.size))
        result = bs.benchmark.run(
            target, [options.backbone], options.protocol, recipe, folder=options.out / name
        )
        found[name] = result.predictions[options.backbone].averaged()
        print(result.to_markdown())
    before, after = found["before"], found["after"]
    gain = bs.metrics.compare(after.labels, after.scores, before.scores, after.groups)
    for name, of in (("accuracy", gain.accuracy), ("AUC", gain.roc_auc)):
        print(f"gain in {name}: {of.value:+.3f} ({of.low:+.3f} to {of.high:+.3f})")


if __name__ == "__main__":
    main()
