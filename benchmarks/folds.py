"""Five folds of a cross-validation in one program (vmap), beside one after the other.

    python -m benchmarks folds

A training step of each of five networks that start alike, on batches of their own: five calls of
one compiled step, or one call of the step mapped over weights and batches.
"""

import argparse
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import brainscan as bs
from benchmarks.peers import SIZE
from benchmarks.peers.on_jax import plain_step, values
from benchmarks.timing import caption, machine, ratio, spread, take_turns, write

NETWORKS = ("mobilenet_v2", "small_cnn")
FOLDS, BATCH, ROUNDS = 5, 16, 7


def main() -> None:
    """Run both in turns, for each network, and write the result."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    rows = [compare(network) for network in NETWORKS]
    result: dict[str, Any] = {"machine": machine(), "rows": rows}
    place = "-gpu" if jax.default_backend() == "gpu" else ""
    what = f"Seconds for a training step of {FOLDS} folds, batches of {BATCH} at {SIZE}x{SIZE}x3"
    lines = [
        caption(result["machine"], what),
        "",
        "| network | one after the other | in one program | times as fast |",
        "| --- | ---: | ---: | ---: |",
    ]
    for row in rows:
        turns, together = (spread(row["seconds"][how], ".4f") for how in ("turns", "together"))
        lines.append(f"| {row['network']} | {turns} | {together} | {row['ratio']['median']:.2f} |")
    write(f"folds{place}", result, "\n".join(lines) + "\n")


def compare(network: str) -> dict[str, Any]:
    """Return the seconds of both ways."""
    head = "paper" if network != "small_cnn" else "global_max"
    model = bs.models.build(network, (SIZE, SIZE, 3), weights=None, seed=0, head=head)
    step, variables = plain_step(model)
    rng = np.random.default_rng(0)
    images = jnp.asarray(rng.uniform(0, 255, (FOLDS, BATCH, SIZE, SIZE, 3)), jnp.float32)
    labels = jnp.asarray(rng.integers(0, 2, (FOLDS, BATCH)), jnp.float32)
    states = [jax.tree.map(jnp.copy, values(variables)) for _ in range(FOLDS)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    one, all_folds = jax.jit(step, donate_argnums=0), jax.jit(jax.vmap(step), donate_argnums=0)

    def turns() -> Any:
        for fold in range(FOLDS):
            states[fold] = one(states[fold], images[fold], labels[fold])
        return states

    def together() -> Any:
        nonlocal stacked
        stacked = all_folds(stacked, images, labels)
        return stacked

    ways = {"turns": turns, "together": together}
    take_turns(ways, 2)  # compiles
    seconds = take_turns(ways, ROUNDS)
    both = ratio(seconds["turns"], seconds["together"])
    return {"network": network, "seconds": seconds, "ratio": both}


if __name__ == "__main__":
    main()
