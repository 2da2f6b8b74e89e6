"""timm's networks on PyTorch, channels last, eager or compiled."""

from collections.abc import Callable
from typing import Any

import numpy as np
import timm
import torch

from benchmarks.peers import BATCH, LEARNING_RATE, SIZE

NETWORKS = {
    "inception_resnet_v2": "inception_resnet_v2",
    "inception_v3": "inception_v3",
    "mobilenet_v2": "mobilenetv2_100",
    "resnet101_v2": "resnetv2_101",
    "xception": "legacy_xception",
    "efficientnet_v2_s": "tf_efficientnetv2_s",
}


def version() -> str:
    """Return what is measured."""
    return f"timm {timm.__version__}, torch {torch.__version__}, channels last"


def calls(peer: str, network: str) -> dict[str, Callable[[], Any]]:
    """Return a warm call of the forward pass and of the training step."""
    torch.manual_seed(0)
    model = build(network)
    rng = np.random.default_rng(0)
    images = torch.tensor(rng.uniform(0, 255, (BATCH, 3, SIZE, SIZE)), dtype=torch.float32)
    images = images.to(memory_format=torch.channels_last)
    labels = torch.tensor(rng.integers(0, 2, (BATCH, 1)), dtype=torch.float32)
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, foreach=True)
    run = torch.compile(model) if peer == "pytorch-compiled" else model

    def forward() -> Any:
        model.eval()
        with torch.inference_mode():
            return torch.sigmoid(run(images / 127.5 - 1))

    def train() -> Any:
        model.train()
        optimizer.zero_grad()
        logits = run(images / 127.5 - 1)
        torch.nn.functional.binary_cross_entropy_with_logits(logits, labels).backward()
        optimizer.step()

    found = {"forward": forward, "train": train}
    for call in found.values():
        call()
        call()
    return found


def build(network: str) -> torch.nn.Module:
    """Return timm's network with the paper's head."""
    body = timm.create_model(NETWORKS[network], num_classes=0, global_pool="")
    with torch.inference_mode():
        features = body.eval()(torch.zeros(1, 3, SIZE, SIZE)).numel()
    head = [torch.nn.Flatten(), torch.nn.Linear(features, 1024), torch.nn.ReLU()]
    model = torch.nn.Sequential(body, *head, torch.nn.Dropout(0.2), torch.nn.Linear(1024, 1))
    return model.to(memory_format=torch.channels_last)
