"""timm's networks on PyTorch, channels last, eager or compiled."""

from collections.abc import Callable
from typing import Any

import numpy as np
import timm
import torch

from benchmarks.peers import LEARNING_RATE, SIZE

NETWORKS = {
    "inception_resnet_v2": "inception_resnet_v2",
    "inception_v3": "inception_v3",
    "mobilenet_v2": "mobilenetv2_100",
    "resnet101_v2": "resnetv2_101",
    "xception": "legacy_xception",
    "efficientnet_v2_s": "tf_efficientnetv2_s",
}
MODES = {"pytorch-compiled": "default", "pytorch-graphs": "reduce-overhead"}


def version() -> str:
    """Return what is measured."""
    return f"timm {timm.__version__}, torch {torch.__version__}, channels last"


def calls(peer: str, network: str, batch: int, dtype: str) -> dict[str, Callable[[], Any]]:
    """Return a warm call of the forward pass and of the training step."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    model = build(network).to(device)
    rng = np.random.default_rng(0)
    images = torch.tensor(rng.uniform(0, 255, (batch, 3, SIZE, SIZE)), dtype=torch.float32)
    images = images.to(device, memory_format=torch.channels_last)
    labels = torch.tensor(rng.integers(0, 2, (batch, 1)), dtype=torch.float32, device=device)
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, foreach=True)
    run = torch.compile(model, mode=MODES[peer]) if peer in MODES else model
    narrow = torch.autocast(device, torch.bfloat16, enabled=dtype == "bfloat16")

    def forward() -> Any:
        model.eval()
        with torch.inference_mode(), narrow:
            scores = torch.sigmoid(run(images / 127.5 - 1))
        wait()
        return scores

    def train() -> Any:
        model.train()
        optimizer.zero_grad()
        with narrow:
            logits = run(images / 127.5 - 1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), labels)
        loss.backward()
        optimizer.step()
        wait()

    def wait() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    found = {"forward": forward, "train": train}
    for call in found.values():
        call()
        call()
    if device == "cuda":
        optimizer.zero_grad()
        torch.cuda.empty_cache()  # for the others
    return found


def build(network: str) -> torch.nn.Module:
    """Return timm's network with the paper's head."""
    body = timm.create_model(NETWORKS[network], num_classes=0, global_pool="")
    with torch.inference_mode():
        features = body.eval()(torch.zeros(1, 3, SIZE, SIZE)).numel()
    head = [torch.nn.Flatten(), torch.nn.Linear(features, 1024), torch.nn.ReLU()]
    model = torch.nn.Sequential(body, *head, torch.nn.Dropout(0.2), torch.nn.Linear(1024, 1))
    return model.to(memory_format=torch.channels_last)
