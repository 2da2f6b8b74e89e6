"""Run one peer: ``python -m benchmarks.peers PEER NETWORK BATCH DTYPE``; see `benchmarks.peers`."""

import importlib
import sys
import time

MODULES = {
    "brainscan": "on_jax",
    "keras-jax": "on_jax",
    "keras-tensorflow": "on_tensorflow",
    "pytorch": "on_pytorch",
    "pytorch-compiled": "on_pytorch",
}


def main() -> None:
    """Answer each line of standard input with the seconds of a warm, synchronised call."""
    peer, network, batch, dtype = sys.argv[1:]
    module = importlib.import_module(f"benchmarks.peers.{MODULES[peer]}")
    calls = module.calls(peer, network, int(batch), dtype)
    print(module.version(), flush=True)
    for line in sys.stdin:
        call = calls[line.strip()]
        start = time.perf_counter()
        call()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
