"""The formats a model is exported to, one a file."""

from brainscan.predict.exporters import onnx as onnx
from brainscan.predict.exporters import openvino as openvino
from brainscan.predict.exporters import stablehlo as stablehlo
from brainscan.predict.exporters.exporter import Exporter, Run, exporters

__all__ = ["Exporter", "Run", "exporters"]
