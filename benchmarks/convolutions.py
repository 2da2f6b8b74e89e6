"""Forward pass and training step of three networks: brainscan's layers beside Keras's own.

    python -m benchmarks convolutions                          # the three of the README
    python -m benchmarks.convolutions --models vgg16 --rounds 5

Batches of 16 images of 150x150 in float32, the paper's head, Adam; both on JAX, in one process, in
turns. A ratio is Keras's seconds over brainscan's in the same round.
"""

import argparse
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

import brainscan as bs
from benchmarks.timing import caption, first_call, machine, ratio, spread, take_turns, write

MODELS = ("mobilenet_v2", "efficientnet_v2_s", "xception")
BATCH, SIZE = 16, 150


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=9)
    arguments, _ = parser.parse_known_args()
    before = machine()
    rows = [row for name in arguments.models for row in compare(name, arguments.rounds)]
    result = {"machine": before, "batch": BATCH, "size": SIZE, "rows": rows}
    write("convolutions", result, table(result))


def compare(name: str, rounds: int) -> list[dict[str, Any]]:
    """Return a row for the forward pass and one for the training step."""
    ours = bs.models.build(name, (SIZE, SIZE, 3), weights=None, seed=0)
    models = {"brainscan": ours, "keras": bs.models.to_stock(ours)}
    rows = []
    for what, make in (("forward", forward), ("train step", training_step)):
        functions = {who: make(model) for who, model in models.items()}
        compile_s = {who: first_call(function) for who, function in functions.items()}
        seconds = take_turns(functions, rounds)
        rows.append(
            {
                "model": name,
                "what": what,
                "seconds": seconds,
                "first_call_s": compile_s,
                "ratio": ratio(seconds["keras"], seconds["brainscan"]),
            }
        )
        print(name, what, rows[-1]["ratio"], flush=True)
        jax.clear_caches()
    return rows


def batch() -> tuple[jax.Array, jax.Array]:
    """Return images and labels."""
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (BATCH, SIZE, SIZE, 3))
    return jnp.asarray(images, jnp.float32), jnp.asarray(rng.integers(0, 2, BATCH), jnp.float32)


def forward(model: keras.Model) -> Callable[[], Any]:
    """Return a call of the compiled forward pass."""
    images, _ = batch()
    state = [[v.value for v in model.trainable_variables]]
    state.append([v.value for v in model.non_trainable_variables])
    run = jax.jit(lambda state, images: model.stateless_call(*state, images, training=False)[0])
    return lambda: run(state, images)


def training_step(model: keras.Model) -> Callable[[], Any]:
    """Return a call of the compiled training step, which goes on from the last."""
    images, labels = batch()
    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(model.trainable_variables)

    def loss(trainable: Any, fixed: Any, images: Any, labels: Any) -> Any:
        scores, fixed = model.stateless_call(trainable, fixed, images, training=True)
        return keras.losses.binary_crossentropy(labels, scores[:, 0]), fixed

    def step(state: Any, images: Any, labels: Any) -> Any:
        trainable, fixed, slots = state
        slopes, fixed = jax.grad(loss, has_aux=True)(trainable, fixed, images, labels)
        trainable, slots = optimizer.stateless_apply(slots, slopes, trainable)
        return trainable, fixed, slots

    run = jax.jit(step, donate_argnums=0)
    variables = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    state = tuple([jnp.copy(v.value) for v in some] for some in variables)

    def call() -> Any:
        nonlocal state
        state = run(state, images, labels)
        return state

    return call


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    what = f"Seconds for a batch of {BATCH} images of {SIZE}x{SIZE}, float32"
    lines = [
        caption(result["machine"], what),
        "",
        "| network | | brainscan | Keras on JAX | ratio |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for row in result["rows"]:
        ours, theirs = (spread(row["seconds"][who], ".3f") for who in ("brainscan", "keras"))
        share = row["ratio"]
        lines.append(
            f"| {row['model']} | {row['what']} | {ours} | {theirs} "
            f"| {share['median']:.1f} ({share['low']:.1f} to {share['high']:.1f}) |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
