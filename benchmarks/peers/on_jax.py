"""brainscan's layers, or Keras's own, on JAX."""

import importlib.metadata
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

import brainscan as bs
from benchmarks.peers import LEARNING_RATE, SIZE
from brainscan._backend import compiler_options
from brainscan.models import layers

STEPS = 3  # of a profile


def version() -> str:
    """Return what is measured."""
    return f"keras {keras.__version__}, jax {importlib.metadata.version('jax')}"


def calls(peer: str, network: str, batch: int, dtype: str) -> dict[str, Callable[[], Any]]:
    """Return calls of the compiled forward pass and training step, and what is known of the step.

    ``operations`` is how many a training step has, by XLA's count; ``profile`` is the seconds of
    each of a GPU's kernels in a training step, as JSON.
    """
    if dtype == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    if jax.default_backend() == "gpu":
        jax.config.update("jax_default_matmul_precision", "tensorfloat32")
    if peer == "own-layers":  # also where brainscan would take the stock lowering
        layers._fast_here = lambda *_: True
    model = bs.models.build(network, (SIZE, SIZE, 3), weights=None, seed=0)
    model = model if peer != "keras-jax" else bs.models.to_stock(model)
    rng = np.random.default_rng(0)
    images = jnp.asarray(rng.uniform(0, 255, (batch, SIZE, SIZE, 3)), jnp.float32)
    labels = jnp.asarray(rng.integers(0, 2, batch), jnp.float32)
    return forward(peer, model, images) | training_step(peer, model, images, labels)


def forward(peer: str, model: keras.Model, images: jax.Array) -> dict[str, Callable[[], Any]]:
    """Return a call of the compiled forward pass."""
    state = [[v.value for v in model.trainable_variables]]
    state.append([v.value for v in model.non_trainable_variables])

    def scores(state: Any, images: Any) -> Any:
        return model.stateless_call(*state, images, training=False)[0]

    run = (
        jax.jit(scores).lower(state, images).compile(compiler_options=options(peer, inference=True))
    )

    def call() -> Any:
        return jax.block_until_ready(run(state, images))

    call()
    return {"forward": call}


def options(peer: str, inference: bool) -> dict[str, Any]:
    """Return what brainscan tells XLA; nothing for Keras as it comes."""
    return {} if peer == "keras-jax" else compiler_options(inference)


def training_step(
    peer: str, model: keras.Model, images: jax.Array, labels: jax.Array
) -> dict[str, Callable[[], Any]]:
    """Return a call of the compiled training step, which goes on from the last."""
    step, variables = plain_step(model)
    state = values(variables)
    lowered = jax.jit(step, donate_argnums=0).lower(state, images, labels)
    run = lowered.compile(compiler_options=options(peer, inference=False))
    state = None

    def call() -> Any:
        nonlocal state
        if state is None:
            state = jax.tree.map(jnp.copy, values(variables))
        state = jax.block_until_ready(run(state, images, labels))

    def profile() -> str:
        call()
        with tempfile.TemporaryDirectory() as folder:
            with jax.profiler.trace(folder):
                for _ in range(STEPS):
                    call()
            return json.dumps(kernels(Path(folder)))

    return {
        "train": call,
        # Before it is compiled: of what calls cuDNN afterwards XLA counts nothing.
        "operations": lambda: lowered.cost_analysis()["flops"],
        "profile": profile,
    }


def plain_step(model: keras.Model) -> tuple[Callable[..., Any], tuple[list[Any], ...]]:
    """Return a function ``(state, images, labels) -> state``, and the variables of the state."""
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(model.trainable_variables)

    def loss(trainable: Any, fixed: Any, images: Any, labels: Any) -> Any:
        scores, fixed = model.stateless_call(trainable, fixed, images, training=True)
        return jnp.mean(keras.losses.binary_crossentropy(labels[:, None], scores)), fixed

    def step(state: Any, images: Any, labels: Any) -> Any:
        trainable, fixed, slots = state
        slopes, fixed = jax.grad(loss, has_aux=True)(trainable, fixed, images, labels)
        trainable, slots = optimizer.stateless_apply(slots, slopes, trainable)
        return trainable, fixed, slots

    return step, (model.trainable_variables, model.non_trainable_variables, optimizer.variables)


def values(variables: tuple[list[Any], ...]) -> Any:
    """Return the arrays of variables."""
    return tuple([variable.value for variable in some] for some in variables)


def kernels(folder: Path) -> dict[str, float]:
    """Return the seconds a step that each of the GPU's kernels took, the longest first."""
    seconds: Counter[str] = Counter()
    (file,) = folder.rglob("*.xplane.pb")
    for plane in jax.profiler.ProfileData.from_file(str(file)).planes:
        if plane.name.startswith("/device:GPU"):
            for line in plane.lines:
                if line.name.startswith("Stream"):
                    for event in line.events:
                        seconds[event.name] += event.duration_ns / 1e9 / STEPS
    return dict(seconds.most_common())
