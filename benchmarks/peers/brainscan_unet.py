"""brainscan's U-Net over EfficientNet-Lite0, ``python -m benchmarks.peers.brainscan_unet SIZE``.

Its answers are those of `benchmarks.peers.outlining`.
"""

import importlib.metadata
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import brainscan as bs
from benchmarks.peers.outlining import BATCH, LEARNING_RATE, answer, mean_dice


def main() -> None:
    """Build, compile, and answer."""
    size = int(sys.argv[1])
    model = bs.models.build_segmenter("efficientnet_lite0", (size, size, 3), seed=0)
    start = model.get_weights()
    recipe = bs.train.Recipe(
        epochs=1,
        batch_size=BATCH,
        learning_rate=LEARNING_RATE,
        augmentation=None,
        size=(size, size),
        checkpoint="last",
    )
    trainer = bs.train.Trainer(model, recipe)
    calls = warm_calls(trainer, size)

    def learn(data: dict[str, Any], epochs: int) -> dict[str, Any]:
        model.set_weights(start)
        learner = bs.train.Trainer(model, replace(recipe, epochs=epochs))
        held_out = (data["validation_images"], None, data["validation_masks"])
        pairs = {"masks": data["train_masks"]}
        history = learner.fit(data["train_images"], None, held_out, **pairs)
        found: list[dict[str, Any]] = [
            {"seconds": epoch.seconds, "validation": epoch.validation_dice}
            for epoch in history.epochs
        ]
        found[-1]["test"] = mean_dice(data["test_masks"], learner.masks(data["test_images"]))
        return {"epochs": found}

    print(
        f"brainscan {bs.__version__}, jax {importlib.metadata.version('jax')}, "
        f"{model.count_params():,} parameters",
        flush=True,
    )
    answer(calls, learn)


def warm_calls(trainer: bs.train.Trainer, size: int) -> dict[str, Callable[[], float]]:
    """Return a warm call of the forward pass and of the training step."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BATCH, size, size, 3), np.uint8)
    masks = rng.integers(0, 2, (BATCH, size, size), np.uint8)
    calls = {
        "forward": lambda: trainer.seconds_a_step(images, repeats=1),
        "train": lambda: trainer.fit(images, None, masks=masks).seconds,
    }
    for call in calls.values():
        call()
    return calls


if __name__ == "__main__":
    main()
