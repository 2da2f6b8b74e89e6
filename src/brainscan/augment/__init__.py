"""Random changes of training images: pure functions of a key and an image, on JAX.

Keras is imported only with `Augmentation`, the layer.
"""

from typing import TYPE_CHECKING, Any

from brainscan._backend import keep_compiled_code
from brainscan.augment.affine import HorizontalFlip, Rotation, Shear, Shift, Zoom
from brainscan.augment.bias_field import BiasField
from brainscan.augment.chain import Compose, any_weighting, mri, paper
from brainscan.augment.color import ColorShift
from brainscan.augment.contrast import Brightness, Gamma
from brainscan.augment.crop import RandomCrop
from brainscan.augment.part import AffinePart, ColorPart
from brainscan.augment.registry import register
from brainscan.augment.tone_curve import ToneCurve

if TYPE_CHECKING:
    from brainscan.augment.layer import Augmentation

keep_compiled_code()

__all__ = [
    "AffinePart",
    "Augmentation",
    "BiasField",
    "Brightness",
    "ColorPart",
    "ColorShift",
    "Compose",
    "Gamma",
    "HorizontalFlip",
    "RandomCrop",
    "Rotation",
    "Shear",
    "Shift",
    "ToneCurve",
    "Zoom",
    "any_weighting",
    "mri",
    "paper",
    "register",
]


def __getattr__(name: str) -> Any:
    if name == "Augmentation":
        from brainscan.augment.layer import Augmentation

        return Augmentation
    raise AttributeError(f"module 'brainscan.augment' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
