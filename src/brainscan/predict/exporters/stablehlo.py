"""StableHLO, by JAX itself: what a machine with JAX, and without Keras or brainscan, can run."""

from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
from jax import export as jax_export
from numpy.typing import NDArray

from brainscan._backend import require_jax
from brainscan._core.extras import require
from brainscan.predict.exporters.exporter import Exporter, Run, exporters

_PLATFORMS = ("cpu", "cuda")


def _write(model: keras.Model, path: Path) -> None:
    require_jax("the export to StableHLO")
    require("flatbuffers", "stablehlo")
    (batch,) = jax_export.symbolic_shape("batch")
    images = jax.ShapeDtypeStruct((batch, *model.input_shape[1:]), np.float32)

    def score(images: jax.Array) -> Any:
        return model(images, training=False)

    exported = jax_export.export(jax.jit(score), platforms=_PLATFORMS)(images)
    path.write_bytes(exported.serialize())


def _load(path: Path) -> Run:
    require("flatbuffers", "stablehlo")
    exported = jax_export.deserialize(bytearray(path.read_bytes()))
    compiled = jax.jit(exported.call)

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(compiled(images))

    return run


exporters.add("stablehlo", Exporter(".stablehlo", "JAX", ("jax", "jaxlib"), _write, _load))
