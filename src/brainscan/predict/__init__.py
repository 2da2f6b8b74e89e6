"""Use what was trained: a bundle, a predictor, exports."""

from brainscan.predict.export import export
from brainscan.predict.exporters import Exporter, exporters

__all__ = ["Exporter", "export", "exporters"]
