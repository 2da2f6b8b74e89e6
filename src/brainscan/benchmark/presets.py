"""Whole benchmarks by name: models, protocol and recipe."""

from dataclasses import dataclass

from brainscan._core.registry import Registry
from brainscan.augment import Compose, HorizontalFlip, Rotation, Shift
from brainscan.train import CAREFUL, FROZEN, PAPER, Recipe

CLASSIFIERS = ("knn", "tree", "svm")
PAPER_NETWORKS = (
    "inception_resnet_v2",
    "inception_v3",
    "mobilenet_v2",
    "resnet101_v2",
    "xception",
    "efficientnet_v2_s",
)


@dataclass(frozen=True)
class Preset:
    """What is compared, and how.

    Args:
        models: the names of networks and classical classifiers.
        protocol: the name of the protocol.
        recipe: how the networks are trained.
        about: one sentence for the command line's help.
    """

    models: tuple[str, ...]
    protocol: str
    recipe: Recipe
    about: str


presets: Registry[Preset] = Registry("preset")
"""The presets by name: ``quick``, ``scratch``, ``paper`` and ``careful``."""

QUICK = presets.add(
    "quick",
    Preset(
        ("efficientnet_lite0", *CLASSIFIERS),
        "grouped",
        FROZEN,
        "frozen ImageNet features of EfficientNet-Lite0 under a regularised last layer, and the "
        "three classical classifiers; needs the extra brainscan[offline]",
    ),
)

presets.add(
    "scratch",
    Preset(
        ("small_cnn", *CLASSIFIERS),
        "grouped",
        Recipe(
            epochs=20,
            learning_rate=3e-3,
            augmentation=Compose(
                (Rotation(angle_deg=10), Shift(height=0.05, width=0.05), HorizontalFlip())
            ),
            size=(128, 128),
            weights=None,
            head="global_max",
            scaling="backbone",
        ),
        "a small network from scratch, which needs no weights, and the three classical classifiers",
    ),
)

PAPER_PRESET = presets.add(
    "paper",
    Preset(
        (*PAPER_NETWORKS, *CLASSIFIERS),
        "paper",
        PAPER,
        "the six networks of the paper's Table II with its recipe, and the classifiers of Figure 6",
    ),
)

CAREFUL_PRESET = presets.add(
    "careful",
    Preset(
        ("efficientnet_lite0", *CLASSIFIERS),
        "repeated",
        CAREFUL,
        "EfficientNet-Lite0 from ImageNet by the recipe that inner folds chose for few images, and "
        "the classifiers, leak-free three times over; needs the extra brainscan[offline]",
    ),
)
