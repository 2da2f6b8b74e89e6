"""Run one peer, see `benchmarks.peers`: ``python -m benchmarks.peers PEER NETWORK DTYPE BATCH``."""

import importlib
import sys
import time

MODULES = {
    "brainscan": "on_jax",
    "own-layers": "on_jax",
    "keras-jax": "on_jax",
    "keras-tensorflow": "on_tensorflow",
    "keras-tensorflow-graph": "on_tensorflow",
    "pytorch": "on_pytorch",
    "pytorch-compiled": "on_pytorch",
    "pytorch-graphs": "on_pytorch",
}


def main() -> None:
    """Answer each line of standard input with the seconds of a warm, synchronised call."""
    peer, network, dtype, *batches = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.peers.{MODULES[peer]}")
    calls = {batch: module.calls(peer, network, int(batch), dtype) for batch in batches}
    print(module.version(), flush=True)
    for line in sys.stdin:
        task, batch = line.split()
        call = calls[batch][task]
        start = time.perf_counter()
        answer = call()
        seconds = time.perf_counter() - start
        print(answer if task in ("operations", "profile") else seconds, flush=True)


if __name__ == "__main__":
    main()
