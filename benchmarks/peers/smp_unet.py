"""segmentation-models-pytorch's U-Net over timm's EfficientNet-Lite0, channels last.

``python -m benchmarks.peers.smp_unet SIZE WEIGHTS COMPILED``: the encoder starts from a PyTorch
file of EfficientNet-Lite0, whose tensors come in the same order under other names. Its answers are
those of `benchmarks.peers.outlining`.
"""

import sys
import time
from typing import Any

import numpy as np
import segmentation_models_pytorch as smp
import timm
import torch

from benchmarks.peers.outlining import BATCH, LEARNING_RATE, answer, mean_dice, timed


def main() -> None:
    """Build, compile, and answer."""
    size, weights, compiled = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "compiled"
    torch.manual_seed(0)
    model = build(weights)
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, foreach=True)
    run = torch.compile(model) if compiled else model

    def forward(images: Any) -> Any:
        model.eval()
        with torch.inference_mode():
            return torch.sigmoid(run(scale(images)))[:, 0]

    def step(images: Any, masks: Any, counts: Any) -> None:
        model.train()
        optimizer.zero_grad()
        (losses(run(scale(images))[:, 0], masks) * counts).sum().div(counts.sum()).backward()
        optimizer.step()

    def learn(data: dict[str, Any], epochs: int) -> dict[str, Any]:
        rng, found = np.random.default_rng(0), []
        for _ in range(epochs):
            begin = time.perf_counter()
            order = rng.permutation(len(data["train_images"]))
            for first in range(0, len(order), BATCH):
                rows = np.resize(order[first:], BATCH)
                counts = torch.tensor((np.arange(BATCH) < len(order) - first).astype(np.float32))
                step(tensor(data["train_images"][rows]), target(data["train_masks"][rows]), counts)
            held_out = dice(data, "validation")
            found.append({"seconds": time.perf_counter() - begin, "validation": held_out})
        found[-1]["test"] = dice(data, "test")
        return {"epochs": found}

    def dice(data: dict[str, Any], part: str) -> float:
        images = data[f"{part}_images"]
        batches = (images[i : i + BATCH] for i in range(0, len(images), BATCH))
        maps = np.concatenate([forward(tensor(batch)).numpy() for batch in batches])
        return mean_dice(data[f"{part}_masks"], maps)

    rng = np.random.default_rng(0)
    images = tensor(rng.integers(0, 256, (BATCH, size, size, 3), np.uint8))
    masks, counts = target(rng.integers(0, 2, (BATCH, size, size), np.uint8)), torch.ones(BATCH)
    calls = {
        "forward": timed(lambda: forward(images)),
        "train": timed(lambda: step(images, masks, counts)),
    }
    start = [parameter.detach().clone() for parameter in model.state_dict().values()]
    slots = optimizer.state_dict()
    for call in (*calls.values(), *calls.values()):
        call()
    with torch.no_grad():  # the calls above were to warm up, not to learn
        for parameter, value in zip(model.state_dict().values(), start, strict=True):
            parameter.copy_(value)
    optimizer.load_state_dict(slots)
    parameters = sum(p.numel() for p in model.parameters())
    print(
        f"segmentation-models-pytorch {smp.__version__}, timm {timm.__version__}, "
        f"torch {torch.__version__}, {parameters:,} parameters",
        flush=True,
    )
    answer(calls, learn)


def build(weights: str) -> torch.nn.Module:
    """Return the network, its encoder filled from a file of tensors."""
    model = smp.Unet("timm-tf_efficientnet_lite0", encoder_weights=None)
    tensors = torch.load(weights, weights_only=True)
    values = [t for name, t in tensors.items() if not name.endswith("num_batches_tracked")]
    state = model.encoder.state_dict()
    names = [name for name in state if not name.endswith("num_batches_tracked")]
    for name, value in zip(names, values, strict=False):  # the file ends with a classifier
        state[name].copy_(value)
    return model.to(memory_format=torch.channels_last)


def scale(images: Any) -> Any:
    """Return images as the encoder was trained on them."""
    return (images - 127) / 128


def losses(logits: Any, masks: Any) -> Any:
    """Return cross-entropy and 1 less soft Dice of each image, as brainscan's default is."""
    pixels = torch.nn.functional.binary_cross_entropy_with_logits(logits, masks, reduction="none")
    found = torch.sigmoid(logits)
    both, sizes = (found * masks).sum((1, 2)), (found + masks).sum((1, 2))
    return pixels.mean((1, 2)) + 1 - (2 * both + 1) / (sizes + 1)


def tensor(images: Any) -> Any:
    """Return images as PyTorch takes them."""
    moved = torch.tensor(np.ascontiguousarray(images.transpose(0, 3, 1, 2)), dtype=torch.float32)
    return moved.to(memory_format=torch.channels_last)


def target(masks: Any) -> Any:
    """Return masks as float32."""
    return torch.tensor(masks, dtype=torch.float32)


if __name__ == "__main__":
    main()
