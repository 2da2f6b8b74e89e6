"""Write small bundles of the present format, and what they answer, for a test to keep for ever.

    PYTHONPATH=tests python -P tools/format_bundle.py

Run it once for each new version of the format; the files of older ones stay as they are.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import brainscan as bs
from brainscan.models.layers import Conv2D, DepthwiseConv2D, MaxPooling2D, SeparableConv2D
from brainscan.predict.archive import VERSION
from brainscan.predict.scorer import Scorer
from brainscan.predict.texture import fit_texture
from format_images import IMAGES, waves

import keras  # isort: skip  after brainscan, which puts it on JAX

SIZE = (48, 48)
CROP = bs.preprocess.BrainCropper(SIZE, blank="keep")
FOLDER = Path(__file__).parents[1] / "tests" / "data"


def classifier() -> keras.Model:
    """Return a network with a layer of every kind that brainscan registers."""
    keras.utils.set_random_seed(0)
    image = keras.Input((*SIZE, 3), name="image")
    features: Any = keras.layers.Rescaling(1 / 255)(image)
    features = Conv2D(8, 3, strides=2, padding="same", use_bias=False)(features)
    features = keras.layers.BatchNormalization()(features)
    features = MaxPooling2D(2)(keras.layers.ReLU()(features))
    features = DepthwiseConv2D(3, padding="same", activation="relu6")(features)
    features = SeparableConv2D(16, 3, padding="same", activation="swish")(features)
    pooled: Any = keras.ops.sqrt(keras.ops.var(features, axis=(1, 2)) + 1e-6)
    features = keras.layers.Concatenate()([keras.ops.max(features, axis=(1, 2)), pooled])
    features = keras.layers.Dropout(0.2)(features)
    return keras.Model(image, keras.layers.Dense(1, activation="sigmoid", name="score")(features))


def outliner() -> keras.Model:
    """Return a network that gives a mask."""
    image = keras.Input((*SIZE, 3), name="image")
    features: Any = keras.layers.Rescaling(1 / 255)(image)
    features = Conv2D(4, 3, padding="same", activation="relu")(features)
    return keras.Model(image, keras.layers.Conv2D(1, 1, activation="sigmoid")(features))


def crops_of_waves() -> Any:
    """Return ``(40, height, width, 3)`` crops."""
    steps = np.linspace(0.05, 0.5, 40)
    return np.stack([np.repeat(CROP(waves(step=s))[..., None], 3, axis=2) for s in steps])


def make() -> bs.predict.Bundle:
    """Return the bundle of a network."""
    network, crops = classifier(), crops_of_waves()
    _, features = Scorer(network, flips=True)(crops)
    # Logits from about -2 to 2, so that a changed weight shows.
    last: Any = network.get_layer("score")
    kernel = np.asarray(last.kernel)
    logits = features @ kernel
    kernel = kernel * (2 / np.abs(logits - np.median(logits)).max())
    last.set_weights([kernel, -np.median(features @ kernel, axis=0)])
    scores, features = Scorer(network, flips=True)(crops)
    labels = np.arange(40) % 2
    card = bs.predict.Card(
        "kept",
        "A test of old bundles.",
        {
            "name": "waves",
            "images": 40,
            "groups": 40,
            "counts": {"no": 20, "yes": 20},
            "licence": "Apache-2.0",
            "citation": "",
        },
        {"recipe": {}, "seed": 0, "protocol": "None: nothing was trained.", "date": "2026-11-25"},
        ("0" * 64,),
        bs.metrics.evaluate(labels, scores),
        (0.9, None),
        0.5,
        {"keras": keras.__version__},
    )
    return bs.predict.Bundle(
        network,
        ("no", "yes"),
        CROP,
        True,
        bs.metrics.Temperature(1.25),
        float(np.median(scores)),
        bs.metrics.fit_conformal(labels, scores),
        bs.predict.fit_outliers(features, np.arange(40)),
        card,
        bs.segment.Segmenter(outliner(), 0.4, bs.segment.Postprocess(minimum_area=3)),
    )


def make_classical() -> bs.predict.Bundle:
    """Return the bundle of a support vector machine, with the same segmenter."""
    crops, labels = crops_of_waves(), (np.arange(40) * 0.05).round().astype(np.int64) % 2
    machine = fit_texture("svm", crops, labels, seed=0)
    scores, features = machine(crops)
    return replace(
        make(),
        classifier=machine,
        flips=False,
        threshold=float(np.median(scores)),
        conformal=bs.metrics.fit_conformal(labels, scores),
        outliers=bs.predict.fit_outliers(features, np.arange(40)),
    )


def main() -> None:
    """Write each bundle and its answers."""
    for kind, made in (("bundle", make()), ("classical", make_classical())):
        path = FOLDER / f"{kind}-format-{VERSION}.brainscan"
        bundle = made.save(path)
        found = bs.predict.Predictor.load(path)(IMAGES)
        answers = [one.to_json() | {"mask": int(one.mask.sum())} for one in found]
        expected = {"digest": bundle.digest, "answers": answers}
        path.with_suffix(".json").write_text(json.dumps(expected, indent=2) + "\n")
        print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
