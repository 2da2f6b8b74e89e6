"""brainscan's layers, or Keras's own, on JAX."""

import importlib.metadata
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

import brainscan as bs
from benchmarks.peers import LEARNING_RATE, SIZE
from brainscan.train.compiled import Compiled


def version() -> str:
    """Return what is measured."""
    return f"keras {keras.__version__}, jax {importlib.metadata.version('jax')}"


def calls(peer: str, network: str, batch: int, dtype: str) -> dict[str, Callable[[], Any]]:
    """Return a warm call of the forward pass and of the training step."""
    if dtype == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    if jax.default_backend() == "gpu":
        jax.config.update("jax_default_matmul_precision", "tensorfloat32")
    model = bs.models.build(network, (SIZE, SIZE, 3), weights=None, seed=0)
    model = model if peer == "brainscan" else bs.models.to_stock(model)
    rng = np.random.default_rng(0)
    images = jnp.asarray(rng.uniform(0, 255, (batch, SIZE, SIZE, 3)), jnp.float32)
    labels = jnp.asarray(rng.integers(0, 2, batch), jnp.float32)
    found = {"forward": forward(peer, model, images), "train": training_step(model, images, labels)}
    for call in found.values():
        call()
    return found


def forward(peer: str, model: keras.Model, images: jax.Array) -> Callable[[], Any]:
    """Return a call of the compiled forward pass."""
    state = [[jnp.copy(v.value) for v in model.trainable_variables]]
    state.append([jnp.copy(v.value) for v in model.non_trainable_variables])
    run = Compiled(
        inference=("forward",) if peer == "brainscan" else (),
        forward=lambda state, images: model.stateless_call(*state, images, training=False)[0],
    )
    return lambda: jax.block_until_ready(run("forward", state, images))


def training_step(model: keras.Model, images: jax.Array, labels: jax.Array) -> Callable[[], Any]:
    """Return a call of the compiled training step, which goes on from the last."""
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

    run = jax.jit(step, donate_argnums=0)
    variables = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    state = tuple([jnp.copy(v.value) for v in some] for some in variables)

    def call() -> Any:
        nonlocal state
        state = jax.block_until_ready(run(state, images, labels))

    return call
