"""OpenVINO, which reads ONNX and writes its own form of it."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._core.extras import require
from brainscan.predict.exporters.exporter import Exporter, Run, exporters
from brainscan.predict.exporters.onnx import write_onnx

_REPORTER = "openvino_telemetry"


def _openvino() -> Any:
    """Import OpenVINO without its reporter, which forks, and tells its makers of each import."""
    if _REPORTER in sys.modules or "openvino" in sys.modules:
        return require("openvino", "openvino")
    modules: dict[str, Any] = sys.modules
    modules[_REPORTER] = None  # then OpenVINO goes on without it
    try:
        return require("openvino", "openvino")
    finally:
        del modules[_REPORTER]


def _write(model: keras.Model, path: Path) -> None:
    openvino = _openvino()
    with tempfile.TemporaryDirectory() as folder:
        onnx = Path(folder) / "model.onnx"
        write_onnx(model, onnx, extra="openvino")
        # Not convert_model, which reports its use; and not 16 bits, which would change the scores.
        openvino.save_model(openvino.Core().read_model(onnx), path, compress_to_fp16=False)


def _load(path: Path) -> Run:
    openvino = _openvino()
    # Some processors have fast 16-bit arithmetic, which OpenVINO would take.
    compiled = openvino.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.array(compiled(images)[0])

    return run


exporters.add("openvino", Exporter(".xml", "OpenVINO", ("jax2onnx", "openvino"), _write, _load))
