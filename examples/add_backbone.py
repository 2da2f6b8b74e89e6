"""Register a network of one's own and benchmark it beside a built-in one and a classifier."""

import argparse
from dataclasses import replace

import brainscan as bs

# isort: split
import keras  # after brainscan, which puts it on JAX


@bs.models.register("two_stages", scaling="unit", minimum_size=16, citation="mine", licence="MIT")
def two_stages(input_shape, weights):
    """Return two strided convolutions with batch norm between."""
    image = keras.Input(input_shape)
    features = keras.layers.Conv2D(16, 5, strides=4, activation="relu")(image)
    features = keras.layers.BatchNormalization(momentum=0.9)(features)
    features = keras.layers.Conv2D(32, 3, strides=2, activation="relu")(features)
    return keras.Model(image, features)


def main():
    """Print the table of three models on simulated slices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", default="runs/add_backbone")
    options = parser.parse_args()
    recipe = replace(bs.benchmark.presets["scratch"].recipe, epochs=options.epochs)
    result = bs.benchmark.run(
        bs.datasets.load("phantom", n=options.images),
        models=["two_stages", "small_cnn", "svm"],
        recipe=recipe,
        folder=options.out,
    )
    print(result.to_markdown())


if __name__ == "__main__":
    main()
