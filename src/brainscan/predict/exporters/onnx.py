"""ONNX, by jax2onnx, which Keras itself uses on JAX; run by ONNX Runtime."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._core.extras import require
from brainscan.models import to_stock
from brainscan.predict.exporters.exporter import Exporter, Run, exporters
from brainscan.predict.exporters.pooling import pool_by_taps


def write_onnx(model: keras.Model, path: Path, extra: str = "onnx") -> None:
    """Write a model as one ONNX file, for batches of any size.

    Args:
        model: a functional model of one input and one output.
        path: ends in ``.onnx``.
        extra: what to install where jax2onnx is missing.
    """
    require("jax2onnx", extra)
    images = keras.InputSpec("float32", (None, *model.input_shape[1:]), name="image")
    # Keras's own convolutions are one operation of ONNX each; ours would be one a tap.
    stock = to_stock(model)
    pool_by_taps(stock)
    # The exporter moves large weights into a second file, and looks for that in the folder where
    # the process is: it gets a name that is nobody's, and both become one file.
    draft = path.with_name(f"{uuid4().hex}.onnx")
    stock.export(str(draft), format="onnx", verbose=False, input_signature=[images])
    onnx: Any = require("onnx", extra)
    onnx.save(onnx.load(draft), path)
    for part in path.parent.glob(f"{draft.name}*"):
        part.unlink()


def _load(path: Path) -> Run:
    runtime: Any = require("onnxruntime", "onnx")
    settings = runtime.SessionOptions()
    settings.log_severity_level = 3  # errors alone
    session = runtime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        return session.run(None, {name: images})[0]

    return run


exporters.add(
    "onnx", Exporter(".onnx", "ONNX Runtime", ("jax2onnx", "onnxruntime"), write_onnx, _load)
)
