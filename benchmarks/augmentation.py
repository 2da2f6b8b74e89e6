"""The paper's augmentations: brainscan beside Keras's layers on JAX, images a second.

    python -m benchmarks augmentation

Rotation, shift, shear, zoom and flip of a batch of 16 images of 150x150x3: one jitted function
beside the stack of Keras's layers, called on batches as in an input pipeline. On a GPU, also its
share of a network's training step.
"""

import argparse
from typing import Any

import jax
import keras
import numpy as np

import brainscan as bs
from benchmarks.peers import on_jax
from benchmarks.timing import machine, rates_table, ratio, take_turns, write

BATCH, SIZE, ROUNDS = 16, 150, 15
PEER = "Keras layers on JAX"
NETWORK = "mobilenet_v2"


def main() -> None:
    """Run all in turns and write the result."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    images = np.random.default_rng(0).uniform(0, 255, (BATCH, SIZE, SIZE, 3)).astype(np.float32)
    parts = (
        bs.augment.Rotation(angle_deg=20),
        bs.augment.Shift(height=0.2, width=0.2),
        bs.augment.Shear(factor=0.2),
        bs.augment.Zoom(fraction=0.2),
        bs.augment.HorizontalFlip(),
    )
    warp = jax.jit(bs.augment.Compose(parts))
    key = jax.random.key(0)
    layers = keras.Sequential(
        [
            keras.layers.RandomRotation(20 / 360),
            keras.layers.RandomTranslation(0.2, 0.2),
            keras.layers.RandomShear(0.2, 0.2),
            keras.layers.RandomZoom(0.2, 0.2),
            keras.layers.RandomFlip("horizontal"),
        ]
    )
    functions = {
        "brainscan": lambda: warp(key, images),
        PEER: lambda: layers(images, training=True),
    }
    for function in functions.values():
        jax.block_until_ready(function())
    seconds = take_turns(functions, ROUNDS)
    result: dict[str, Any] = {"machine": machine(), "batch": BATCH, "seconds": seconds}
    result["ratio"] = ratio(seconds[PEER], seconds["brainscan"])
    each = {who: [s / BATCH for s in some] for who, some in seconds.items()}
    what = f"Batches of {BATCH} at {SIZE}x{SIZE}x3"
    shown = rates_table(result, what, PEER, each)
    if jax.default_backend() == "cpu":
        write("augmentation", result, shown)
        return
    step = on_jax.calls("brainscan", NETWORK, BATCH, "float32")["train"]
    both = take_turns({"warp": functions["brainscan"], "step": step}, ROUNDS + 1)
    result["share_of_a_step"] = ratio(both["warp"][1:], both["step"][1:])  # the first is cold
    share = result["share_of_a_step"]["median"]
    shown += f"\nOf a training step of {NETWORK}, {share:.1%}.\n"
    write("augmentation-gpu", result, shown)


if __name__ == "__main__":
    main()
