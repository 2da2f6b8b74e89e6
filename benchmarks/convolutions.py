"""Forward pass and training step of the paper's six networks, beside Keras and PyTorch.

    python -m benchmarks convolutions
    python -m benchmarks.convolutions --models mobilenet_v2 --rounds 5
    python -m benchmarks.convolutions --batches 16 64 256 --dtypes float32 bfloat16  # on a GPU

Images of 150x150, the paper's head, Adam; by default batches of 16 in float32. Each peer has a
process of its own and answers in turns: brainscan, Keras on JAX, Keras on TensorFlow (XLA), timm on
PyTorch, eager and compiled. A ratio is the peer's seconds over brainscan's in the same round. A
peer may live in another environment (`pip install tensorflow-cpu`; `pip install torch torchvision
timm`): name its Python with --tensorflow or --pytorch. What was measured is kept, and a run that
was cut goes on.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from typing import Any

import jax
import numpy as np

from benchmarks.peers import SIZE
from benchmarks.timing import RESULTS, caption, machine, ratio, spread, write

MODELS = (
    "mobilenet_v2",
    "efficientnet_v2_s",
    "xception",
    "inception_v3",
    "resnet101_v2",
    "inception_resnet_v2",
)
PEERS = {
    "keras-jax": "Keras on JAX",
    "keras-tensorflow": "Keras on TensorFlow",
    "pytorch": "PyTorch",
    "pytorch-compiled": "torch.compile",
}
TASKS = {"forward": "forward", "train": "train step"}


class Peer:
    """A process that runs a network when it is asked to."""

    def __init__(self, python: str, name: str, *setting: str) -> None:
        start = time.perf_counter()
        self.process = subprocess.Popen(
            [python, "-W", "ignore", "-m", "benchmarks.peers", name, *setting],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A peer as it comes: brainscan leaves its memory alone where this is set.
            env=os.environ if name == "brainscan" else {**os.environ, "MALLOC_ARENA_MAX": "0"},
        )
        self.version = self.process.stdout.readline().strip()
        if not self.version:
            reason = self.process.communicate()[1].strip().splitlines()[-1:]
            raise RuntimeError(" ".join(reason) or f"exit code {self.process.returncode}")
        self.start_s = time.perf_counter() - start

    def seconds(self, task: str) -> float:
        """Run a task once, and return how long it took."""
        self.process.stdin.write(task + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="NAME")
    parser.add_argument("--batches", nargs="+", type=int, default=[16], metavar="IMAGES")
    parser.add_argument("--dtypes", nargs="+", default=["float32"], metavar="DTYPE")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tensorflow", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--pytorch", default=sys.executable, metavar="PYTHON")
    arguments, _ = parser.parse_known_args()
    pythons = {"keras-tensorflow": arguments.tensorflow}
    pythons |= {name: arguments.pytorch for name in PEERS if name.startswith("pytorch")}
    name = "convolutions" if jax.default_backend() == "cpu" else "convolutions-gpu"
    kept = RESULTS / f"{name}.json"
    result = json.loads(kept.read_text()) if kept.exists() else {"machine": machine(), "rows": []}
    done = {(row["model"], row["batch"], row["dtype"]) for row in result["rows"]}
    settings = itertools.product(arguments.models, arguments.batches, arguments.dtypes)
    for setting in (setting for setting in settings if setting not in done):
        result["rows"] += compare(*setting, pythons, arguments.rounds)
        write(name, result, table(result))


def compare(
    network: str, batch: int, dtype: str, pythons: dict[str, str], rounds: int
) -> list[dict[str, Any]]:
    """Return a row for the forward pass and one for the training step."""
    peers, absent = {}, {}
    for name in ("brainscan", *PEERS):
        try:
            peers[name] = Peer(pythons.get(name, sys.executable), name, network, str(batch), dtype)
        except RuntimeError as error:
            absent[name] = str(error)
            print(f"{network}: {name} does not run: {error}", flush=True)
    rows = []
    for task in TASKS:
        seconds: dict[str, list[float]] = {name: [] for name in peers}
        for _ in range(rounds):
            for name, peer in peers.items():
                peer.seconds(task)  # its memory and threads awake again
                seconds[name].append(peer.seconds(task))
        ours = seconds["brainscan"]
        rows.append(
            {
                "model": network,
                "batch": batch,
                "dtype": dtype,
                "what": TASKS[task],
                "seconds": seconds,
                "ratio": {name: ratio(seconds[name], ours) for name in PEERS if name in seconds},
                "absent": absent,
            }
        )
    for name, peer in peers.items():
        for row in rows:
            row.setdefault("versions", {})[name] = peer.version
            row.setdefault("start_s", {})[name] = peer.start_s
        peer.close()
    return rows


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    what = f"Seconds for a batch of images of {SIZE}x{SIZE}, and times as fast"
    lines = [
        caption(result["machine"], what),
        "",
        f"| network | images | | brainscan, s | {' | '.join(PEERS.values())} |",
        f"| --- | ---: | --- | ---: |{' ---: |' * len(PEERS)}",
    ]
    for row in result["rows"]:
        images = f"{row['batch']}, {row['dtype']}"
        cells = [spread(row["seconds"]["brainscan"], ".3f")]
        for name in PEERS:
            share = row["ratio"].get(name)
            cells.append("" if share is None else _share(share, row["seconds"][name]))
        lines.append(f"| {row['model']} | {images} | {row['what']} | {' | '.join(cells)} |")
    versions = result["rows"][-1]["versions"]
    named = "; ".join(f"{PEERS[name]}: {versions[name]}" for name in PEERS if name in versions)
    return "\n".join([*lines, "", named]) + "\n"


def _share(share: dict[str, float], seconds: list[float]) -> str:
    median = float(np.median(seconds))
    return f"{share['median']:.1f}x ({median:.3f} s)"


if __name__ == "__main__":
    main()
