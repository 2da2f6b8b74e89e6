"""Forward pass and training step of the paper's six networks, beside Keras and PyTorch.

    python -m benchmarks convolutions
    python -m benchmarks.convolutions --models mobilenet_v2 --rounds 5

Images of 150x150, the paper's head, Adam; by default batches of 16 in float32. Each peer has a
process of its own and answers in turns: brainscan, Keras on JAX, Keras on TensorFlow (compiled by
XLA, and as a graph), timm on PyTorch, eager and compiled. A ratio is the peer's seconds over
brainscan's in the same round. A peer may live in another environment (`pip install tensorflow-cpu`;
`pip install torch torchvision timm`): name its Python with --tensorflow or --pytorch. A run that
was cut goes on where it is repeated with as many rounds on the same machine with the same versions;
else all is measured anew.

On a GPU, where a training step takes long to compile, the processes of a few networks compile side
by side before the first is timed:

    python -m benchmarks.convolutions --batches 16 64 256 --dtypes float32 bfloat16 --ahead 2
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
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
    "keras-tensorflow": "Keras on TensorFlow, XLA",
    "keras-tensorflow-graph": "Keras on TensorFlow, graph",
    "pytorch": "PyTorch",
    "pytorch-compiled": "torch.compile",
}
ON_GPU = {
    "own-layers": "the CPU's lowerings",
    "pytorch-compiled": "torch.compile",
    "pytorch-graphs": "torch.compile, CUDA graphs",
}
DEPTHWISE = MODELS[:3]  # the CPU's lowerings are of interest for these
TASKS = {"forward": "forward", "train": "train step"}
# Of a GPU's kernels, by what their names hold; the first that fits.
KERNELS = {
    "depthwise": ("depthwise", "grouped", "conv2d_c1_k1", "wgrad2d_c1_k1"),
    "other convolutions, products": ("gemm", "cutlass", "nvjet", "cublas", "convol", "xmma"),
    "fused passes over memory": ("fusion",),
    "copies": ("memcpy", "memset"),
    "other kernels": ("",),
}


class Peer:
    """A process that runs a network when it is asked to."""

    def __init__(self, python: str, name: str, *setting: str) -> None:
        self.name, self.begin, self.start_s = name, time.perf_counter(), 0.0
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  until the process ends
        # A peer as it comes: brainscan leaves its memory alone where this is set.
        memory = {} if name == "brainscan" else {"MALLOC_ARENA_MAX": "0"}
        self.process = subprocess.Popen(
            [python, "-W", "ignore", "-m", "benchmarks.peers", name, *setting],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**os.environ, **memory},
        )
        self.version = ""

    def ready(self) -> bool:
        """Wait until it has compiled, and return whether it could."""
        self.version = self.process.stdout.readline().strip()
        self.start_s = time.perf_counter() - self.begin
        if not self.version:
            self.errors.seek(0)
            reason = self.errors.read().strip().splitlines()[-1:]
            print(f"{self.name} does not run: {' '.join(reason)}", flush=True)
        return bool(self.version)

    def ask(self, *what: object) -> str:
        """Send a line, and return the answer."""
        self.process.stdin.write(" ".join(map(str, what)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # the peers need a GPU's memory
    on_gpu = jax.default_backend() == "gpu"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="NAME")
    parser.add_argument("--batches", nargs="+", type=int, default=[16], metavar="IMAGES")
    parser.add_argument("--dtypes", nargs="+", default=["float32"], metavar="DTYPE")
    parser.add_argument("--peers", nargs="+", default=ON_GPU if on_gpu else PEERS, metavar="PEER")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--ahead", type=int, default=1, help="networks that compile side by side")
    parser.add_argument("--tensorflow", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--pytorch", default=sys.executable, metavar="PYTHON")
    arguments = parser.parse_args()
    pythons = {name: arguments.tensorflow for name in PEERS if name.startswith("keras-tensorflow")}
    pythons |= {name: arguments.pytorch for name in PEERS | ON_GPU if name.startswith("pytorch")}
    name = "convolutions-gpu" if on_gpu else "convolutions"
    result = earlier(RESULTS / f"{name}.json", machine(), arguments.rounds)
    if on_gpu:
        peaks = {dtype: peak(dtype) for dtype in arguments.dtypes}
        result["peak"] = result.get("peak", {}) | peaks
    done = {(row["model"], row["dtype"], row["batch"]) for row in result["rows"]}
    settings = [
        (model, dtype, batches)
        for model, dtype in itertools.product(arguments.models, arguments.dtypes)
        if (batches := [b for b in arguments.batches if (model, dtype, b) not in done])
    ]
    if not settings:
        print("All of it is measured already.")
    for first in range(0, len(settings), arguments.ahead):
        some = settings[first : first + arguments.ahead]
        started = [start(*setting, arguments.peers, pythons) for setting in some]
        ready = [[peer for peer in peers if peer.ready()] for peers in started]
        for setting, peers in zip(some, ready, strict=True):
            for rows in compare(*setting, peers, arguments.rounds, on_gpu=on_gpu):
                result["rows"] += rows
                write(name, result, table(result))
            for peer in peers:
                peer.close()


def earlier(kept: Path, facts: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Return what a run that was cut has measured, or nothing where it was another machine's."""
    anew: dict[str, Any] = {"machine": facts, "rows": []}
    if not kept.exists():
        return anew
    found = json.loads(kept.read_text())
    same = ("processor", "cores", "python", "devices", "xla_flags", "versions")
    if any(found["machine"].get(name, "") != facts[name] for name in same):
        print("Measured anew: the earlier results are of another machine or other versions.")
        return anew
    if any(len(row["seconds"]["brainscan"]) != rounds for row in found["rows"]):
        print(f"Measured anew: the earlier results are not of {rounds} rounds.")
        return anew
    print(f"Goes on from {found['machine']['date']}: {len(found['rows'])} rows are measured.")
    return found


def start(
    network: str, dtype: str, batches: list[int], peers: list[str], pythons: dict[str, str]
) -> list[Peer]:
    """Return the processes of one network, which begin to compile."""
    names = [name for name in peers if name != "own-layers" or network in DEPTHWISE]
    setting = (network, dtype, *map(str, batches))
    return [
        Peer(pythons.get(name, sys.executable), name, *setting) for name in ["brainscan", *names]
    ]


def compare(
    network: str, dtype: str, batches: list[int], peers: list[Peer], rounds: int, *, on_gpu: bool
) -> Any:
    """Yield a row for the forward pass and one for the training step, for each size of batch."""
    ours = peers[0]
    if ours.name != "brainscan":
        raise RuntimeError(f"brainscan does not run {network}.")
    for batch in batches:
        rows = []
        for task in TASKS:
            seconds: dict[str, list[float]] = {peer.name: [] for peer in peers}
            for _ in range(rounds):
                for peer in peers:
                    peer.ask(task, batch)  # its memory and threads awake again
                    seconds[peer.name].append(float(peer.ask(task, batch)))
            first = seconds["brainscan"]
            row = {
                "model": network,
                "batch": batch,
                "dtype": dtype,
                "what": TASKS[task],
                "seconds": seconds,
                "ratio": {
                    who: ratio(some, first) for who, some in seconds.items() if some != first
                },
                "versions": {peer.name: peer.version for peer in peers},
                "start_s": {peer.name: peer.start_s for peer in peers},
            }
            if on_gpu and task == "train":
                row["operations"] = float(ours.ask("operations", batch))
                row["kernels"] = json.loads(ours.ask("profile", batch))
            rows.append(row)
        yield rows


def peak(dtype: str) -> float:
    """Return how many operations a second a large matrix product of this device has."""
    jax.config.update("jax_default_matmul_precision", "tensorfloat32")
    size, times = 8192, 10
    factor = jax.random.normal(jax.random.key(0), (size, size), dtype)
    multiply = jax.jit(jnp.dot)
    jax.block_until_ready(multiply(factor, factor))
    begin = time.perf_counter()
    jax.block_until_ready([multiply(factor, factor) for _ in range(times)])
    return 2 * size**3 * times / (time.perf_counter() - begin)


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    what = f"Seconds for a batch of images of {SIZE}x{SIZE}, and times as fast"
    named = ON_GPU if "peak" in result else PEERS
    measured = {who for row in result["rows"] for who in row["ratio"]}
    named = {who: text for who, text in named.items() if who in measured}
    versions = {who: text for row in result["rows"] for who, text in row["versions"].items()}
    more = " share of peak |" if "peak" in result else ""
    lines = [
        caption(result["machine"], what),
        "",
        f"| network | images | | brainscan, s | {' | '.join(named.values())} |{more}",
        f"| --- | ---: | --- | ---: |{' ---: |' * (len(named) + bool(more))}",
    ]
    for row in result["rows"]:
        images = f"{row['batch']}, {row['dtype']}"
        seconds = row["seconds"]["brainscan"]
        cells = [spread(seconds, ".4f" if more else ".3f")]
        for name in named:
            share = row["ratio"].get(name)
            cells.append("" if share is None else _share(share, row["seconds"][name]))
        if more:
            rate = row.get("operations", float("nan")) / float(np.median(seconds))
            cells.append(f"{rate / result['peak'][row['dtype']]:.0%}" if rate == rate else "")
        lines.append(f"| {row['model']} | {images} | {row['what']} | {' | '.join(cells)} |")
    shown = "; ".join(f"{named[who]}: {versions[who]}" for who in named if who in versions)
    if more:
        rates = ", ".join(f"{rate / 1e12:.0f} in {dtype}" for dtype, rate in result["peak"].items())
        shown += f". Peak, of a product of matrices of 8192x8192, in TFLOP/s: {rates}"
        shown += "\n\n" + profiles(result["rows"])
    return "\n".join([*lines, "", shown]) + "\n"


def profiles(rows: list[dict[str, Any]]) -> str:
    """Return where a training step's time goes on a GPU, in Markdown."""
    kinds = [*KERNELS, "no kernel runs"]
    lines = [
        f"| share of brainscan's train step | images | {' | '.join(kinds)} |",
        f"| --- | --- |{' ---: |' * len(kinds)}",
    ]
    for row in rows:
        if "kernels" not in row:
            continue
        seconds = dict.fromkeys(kinds, 0.0)
        for kernel, time_s in row["kernels"].items():
            kind = next(k for k, parts in KERNELS.items() if any(part in kernel for part in parts))
            seconds[kind] += time_s
        step = float(np.median(row["seconds"]["brainscan"]))
        seconds["no kernel runs"] = step - sum(seconds.values())
        cells = " | ".join(f"{value / step:.0%}" for value in seconds.values())
        lines.append(f"| {row['model']} | {row['batch']}, {row['dtype']} | {cells} |")
    return "\n".join(lines)


def _share(share: dict[str, float], seconds: list[float]) -> str:
    median = float(np.median(seconds))
    return f"{share['median']:.1f}x ({median:.4g} s)"


if __name__ == "__main__":
    main()
