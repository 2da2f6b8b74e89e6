"""Networks by name: a backbone with its input scaling and a head or a decoder, as one model."""

from brainscan._backend import keep_compiled_code
from brainscan.models import backbones as backbones
from brainscan.models.backbones.existing import register_model
from brainscan.models.backbones.registry import Backbone, info, names, register
from brainscan.models.build import build
from brainscan.models.build_segmenter import build_segmenter
from brainscan.models.decoders import decoders
from brainscan.models.ensemble import ensemble
from brainscan.models.folding import fold_batch_norm
from brainscan.models.heads import Head, heads
from brainscan.models.layers import to_stock
from brainscan.models.mirrored import mirrored
from brainscan.models.scaling import scalings
from brainscan.models.stored import from_stored, to_stored

keep_compiled_code()

__all__ = [
    "Backbone",
    "Head",
    "build",
    "build_segmenter",
    "decoders",
    "ensemble",
    "fold_batch_norm",
    "from_stored",
    "heads",
    "info",
    "mirrored",
    "names",
    "register",
    "register_model",
    "scalings",
    "to_stock",
    "to_stored",
]
